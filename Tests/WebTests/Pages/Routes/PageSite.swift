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

/// The pages on a store of their own, without a socket: asked as a browser asks, answered as it is answered.
struct PageSite {
    struct Answer {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var location: String { headers[.location] ?? "" }
    }

    let store: Store
    let queue: MemoryCheckQueue
    let actions: WatchActions
    let pages: PageRenderer
    let threads: PageThreads
    /// Each time that a request has come into the line for a thread.
    let waits: AsyncStream<Void>
    /// Every request's connection.
    let channel = NIOAsyncTestingChannel()
    private let responder: any HTTPResponder<WebContext>

    /// Runs `body` with a site whose store is gone afterwards.
    static func run(base: String = "", _ body: (PageSite) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pages-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(at: folder.appending(path: "test.db").path())
        try await body(PageSite(store: store, base: base))
        try store.close()
    }

    private init(store: Store, base: String) throws {
        self.store = store
        queue = MemoryCheckQueue(limitPerHost: 2)
        let (waits, sayWaits) = AsyncStream.makeStream(of: Void.self)
        self.waits = waits
        threads = PageThreads(width: 1, mostWaiting: 1, onWait: { sayWaits.yield() })
        actions = WatchActions(
            store: store, queue: queue, bus: SignalBus(),
            addressProblem: { $0.hasPrefix("http") ? nil : "Only http and https addresses are fetched" },
            hostOf: { _ in "" },
            wakeScheduler: { _ in }, now: { Samples.now })
        pages = try Samples.renderer(base: base)
        let router = Router(context: WebContext.self)
        let source = PageSource(store: store, queue: queue, steps: LiveSteps(), now: { Samples.now })
        PageRoutes.add(
            to: router, source: source, actions: actions, pages: pages, threads: threads,
            baseURL: URL(string: "https://turnstone.example\(base)/"))
        router.get("api/v1/long") { _, _ in Response.long }
        router.post("api/v1/open") { _, _ in Response(status: .noContent) }
        router.post("api/v1/large") { request, context in
            _ = try await APIBody.object(request, context)
            return APIAnswer.none
        }
        router.get("locked") { _, _ -> Response in throw StoreError.locked }
        router.get("broken") { _, _ -> Response in throw Broken() }
        router.refuseOtherMethods()
        responder = router.buildResponder()
    }

    private struct Broken: Error {}

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await ask(.get, path, [], headers)
    }

    func post(_ path: String, _ form: [String: String], _ headers: [String: String] = [:]) async throws -> Answer {
        let body = form.map { "\(ListQuery.encode($0))=\(ListQuery.encode($1))" }.joined(separator: "&")
        return try await ask(.post, path, Array(body.utf8), headers)
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8], _ headers: [String: String]
    ) async throws -> Answer {
        var fields: HTTPFields = [.accept: "text/html"]
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "turnstone.test:5000", path: path, headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let source = ApplicationRequestContextSource(
            channel: channel, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let response = try await responder.respond(to: request, context: WebContext(source: source))
        let sink = Sink()
        try await response.body.write(SinkWriter(sink: sink))
        return Answer(status: response.status.code, headers: response.headers, bytes: sink.bytes)
    }

    /// A watch with `texts` as its versions, a minute apart.
    func watch(_ url: String = "https://example.org/", title: String? = nil, _ texts: String...) async throws -> WatchID
    {
        let made = try await actions.add([WatchDraft(url: url, title: title)])
        guard let watch = made.first else { throw Broken() }
        for (index, text) in texts.enumerated() {
            let bytes = Array(text.utf8)
            let sum = Checksum(bytes: Array("\(index)".utf8))
            let verdict = Verdict(decision: .changed(text: bytes), pageChecksum: sum, textChecksum: sum)
            let outcome = CheckOutcome(
                watch: watch.id, revision: 1, startedAt: Samples.now.addingTimeInterval(TimeInterval(index * 60 - 600)),
                duration: .milliseconds(120), status: 200, byteCount: bytes.count, result: .verdict(verdict))
            _ = try await store.record([DatedOutcome(outcome, nextDue: nil)])
        }
        return watch.id
    }
}

extension Response {
    fileprivate static var long: Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody { writer in
                for _ in 0..<1_000 { try await writer.write(ByteBuffer(string: "[\"again and again\"],")) }
                try await writer.finish(nil)
            })
    }
}

final class Sink: @unchecked Sendable {
    // Safety: written by one task, and read after it is done.
    var bytes: [UInt8] = []
}

struct SinkWriter: ResponseBodyWriter {
    let sink: Sink

    mutating func write(_ buffer: ByteBuffer) async throws {
        sink.bytes += buffer.readableBytesView
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
