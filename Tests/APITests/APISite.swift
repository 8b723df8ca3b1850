import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import NIOEmbedded
import Storage
import StoreTestKit
import WebCore
import WebTestSupport

@testable import API

/// The API on a store of its own, without a socket.
struct APISite {
    let store: Store
    private let responder: any HTTPResponder<WebContext>

    private static let key = "0123456789abcdef0123456789abcdef"

    /// Every request has the key; with `requester` it is as if that one had sent it.
    static func run(as requester: Requester? = nil, _ body: (APISite) async throws -> Void) async throws {
        try await Ground.run { try await body(APISite($0, requester)) }
    }

    private init(_ ground: Ground, _ requester: Requester?) {
        store = ground.store
        let router = Router(context: WebContext.self)
        let api = router.group("api/v1").add(middleware: APIKeyMiddleware(key: Self.key))
        if let requester { api.add(middleware: Posing(requester: requester)) }
        WatchRoutes(store: store, actions: ground.actions).add(to: api)
        HistoryRoutes(store: store, actions: ground.actions, base: "").add(to: api)
        DifferenceRoutes(store: store, threads: PageThreads()).add(to: api)
        ExplainRoutes(store: store, actions: ground.actions).add(to: api)
        EditsRoutes(store: store).add(to: api)
        TagAPIRoutes(store: store, actions: ground.actions).add(to: api)
        responder = router.buildResponder()
    }

    func get(_ path: String) async throws -> WebAnswer { try await ask(.get, path, "") }

    func ask(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> WebAnswer {
        try await WebAnswer.of(
            responder, method, "/api/v1/\(path)", body: Array(body.utf8),
            [.contentType: "application/json", HTTPField.Name("x-api-key")!: Self.key], on: NIOAsyncTestingChannel())
    }

    /// Makes a watch through the API.
    func watch(_ fields: String) async throws -> WebAnswer { try await ask(.post, "watch", fields) }

    /// A watch with versions of these texts, taken a second apart from 1,700,000,001 on; the last with a body.
    func watch(texts: [String], body: String? = nil) async throws -> WatchID {
        let watch = try await store.create([NewWatch(url: "https://example.org/")], now: Ground.now)[0].id
        for (number, text) in texts.enumerated() {
            var outcome = CheckOutcome(
                watch: watch, revision: 1, startedAt: Date(timeIntervalSince1970: Double(1_700_000_001 + number)),
                duration: .zero, status: 200, contentType: "text/html",
                result: .verdict(
                    Verdict(
                        decision: .changed(text: Array(text.utf8)), pageChecksum: Checksum(bytes: [UInt8(number)]),
                        textChecksum: Checksum(bytes: [UInt8(number)]))))
            if number == texts.count - 1 { outcome.body = body.map { Array($0.utf8) } }
            _ = try await store.record([DatedOutcome(outcome, nextDue: Ground.now)])
        }
        return watch
    }
}

extension WebAnswer {
    var json: JSONValue { JSONValue.parse(bytes) ?? .null }
}
