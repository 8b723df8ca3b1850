import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Monitor
import NIOCore
import NIOEmbedded
import Storage

@testable import Web

/// The API on a store of its own, without a socket.
struct APISite {
    struct Answer {
        let status: Int
        let bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { JSONValue.parse(bytes) ?? .null }
    }

    let store: Store
    let actions: WatchActions
    private let responder: any HTTPResponder<WebContext>

    static func run(_ body: (APISite) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "api-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(at: folder.appending(path: "test.db").path())
        try await body(APISite(store: store))
        try store.close()
    }

    private init(store: Store) {
        self.store = store
        actions = WatchActions(
            store: store, queue: MemoryCheckQueue(limitPerHost: 2), bus: SignalBus(),
            addressProblem: { $0.hasPrefix("http") ? nil : "Only http and https addresses are fetched" },
            hostOf: { _ in "" }, wakeScheduler: { _ in }, now: { Samples.now })
        let router = Router(context: WebContext.self)
        let api = router.group("api/v1")
        WatchRoutes(store: store, actions: actions).add(to: api)
        HistoryRoutes(store: store, actions: actions, base: "").add(to: api)
        DifferenceRoutes(store: store, threads: PageThreads()).add(to: api)
        ExplainRoutes(store: store, actions: actions).add(to: api)
        TagRoutes(store: store, actions: actions).add(to: api)
        responder = router.buildResponder()
    }

    func get(_ path: String) async throws -> Answer { try await ask(.get, path, "") }

    func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> Answer {
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "turnstone.test:5000", path: "/api/v1/\(path)",
            headerFields: [.contentType: "application/json"])
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let source = ApplicationRequestContextSource(
            channel: NIOAsyncTestingChannel(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let response = try await responder.respond(to: request, context: WebContext(source: source))
        let sink = Sink()
        try await response.body.write(SinkWriter(sink: sink))
        return Answer(status: response.status.code, bytes: sink.bytes)
    }

    /// Makes a watch through the API.
    func watch(_ fields: String) async throws -> Answer { try await ask(.post, "watch", fields) }

    /// A watch with versions of these texts, taken a second apart from 1,700,000,001 on; the last with a body.
    func watch(texts: [String], body: String? = nil) async throws -> WatchID {
        let watch = try await store.create([NewWatch(url: "https://example.org/")], now: Samples.now)[0].id
        for (number, text) in texts.enumerated() {
            var outcome = CheckOutcome(
                watch: watch, revision: 1, startedAt: Date(timeIntervalSince1970: Double(1_700_000_001 + number)),
                duration: .zero, status: 200, contentType: "text/html",
                result: .verdict(
                    Verdict(
                        decision: .changed(text: Array(text.utf8)), pageChecksum: Checksum(bytes: [UInt8(number)]),
                        textChecksum: Checksum(bytes: [UInt8(number)]))))
            if number == texts.count - 1 { outcome.body = body.map { Array($0.utf8) } }
            _ = try await store.record([DatedOutcome(outcome, nextDue: Samples.now)])
        }
        return watch
    }
}
