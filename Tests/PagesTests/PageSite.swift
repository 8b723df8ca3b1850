import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import NIOCore
import NIOEmbedded
import Storage
import WebTestSupport

@testable import Pages
@testable import WebCore

/// The pages on a store of their own, without a socket: asked as a browser asks, answered as it is answered.
struct PageSite {
    /// What a program may send to the route that is not a page.
    static let mostBytes = 1_000_000

    private let ground: Ground
    var store: Store { ground.store }
    var queue: MemoryCheckQueue { ground.queue }
    var actions: WatchActions { ground.actions }
    let threads: PageThreads
    let assets: Assets
    /// Each time that a request has come into the line for a thread.
    let waits: AsyncStream<Void>
    /// Every request's connection.
    let channel = NIOAsyncTestingChannel()
    private let responder: any HTTPResponder<WebContext>

    /// Runs `body` with a site whose store is gone afterwards; with `requester` everybody is that one.
    static func run(
        base: String = "", as requester: Requester? = nil, banners: [Banner] = [],
        _ body: (PageSite) async throws -> Void
    ) async throws {
        try await Ground.run { try await body(PageSite($0, base: base, requester, banners)) }
    }

    private init(_ ground: Ground, base: String, _ requester: Requester?, _ banners: [Banner]) throws {
        self.ground = ground
        let (waits, sayWaits) = AsyncStream.makeStream(of: Void.self)
        self.waits = waits
        threads = PageThreads(width: 1, mostWaiting: 1, onWait: { sayWaits.yield() })
        let renderer = try Samples.renderer(base: base)
        assets = renderer.assets
        let pages = PageRoutes(
            store: ground.store, queue: ground.queue, steps: LiveSteps(), lateness: Lateness(), actions: ground.actions,
            proxies: ground.proxies, pages: renderer, threads: threads,
            baseURL: URL(string: "https://turnstone.example\(base)/"), banners: { banners }, now: { Samples.now })
        let router = Router(context: WebContext.self)
        router.add(middleware: CompressionMiddleware())
        router.add(middleware: pages.errors)
        router.add(middleware: pages.sameOrigin)
        if let requester { router.add(middleware: Posing(requester: requester)) }
        pages.add(to: router)
        router.get("api/v1/long") { _, _ in Response.long }
        router.post("api/v1/open") { _, _ in Response(status: .noContent) }
        router.post("api/v1/large") { request, _ in
            _ = try await request.body.collect(upTo: Self.mostBytes)
            return APIAnswer.none
        }
        router.get("locked") { _, _ -> Response in throw StoreError.locked }
        router.get("broken") { _, _ -> Response in throw Broken() }
        router.refuseOtherMethods()
        responder = router.buildResponder()
    }

    private struct Broken: Error {}

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> WebAnswer {
        try await ask(.get, path, [], headers)
    }

    func post(_ path: String, _ form: [String: String], _ headers: [String: String] = [:]) async throws -> WebAnswer {
        let body = form.map { "\(ListQuery.encode($0))=\(ListQuery.encode($1))" }.joined(separator: "&")
        return try await ask(.post, path, Array(body.utf8), headers)
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8], _ headers: [String: String]
    ) async throws -> WebAnswer {
        var fields: HTTPFields = [.accept: "text/html"]
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return try await WebAnswer.of(responder, method, path, body: body, fields, on: channel)
    }

    /// A watch with `texts` as its versions, a minute apart.
    func watch(_ url: String = "https://example.org/", title: String? = nil, _ texts: String...) async throws -> WatchID
    {
        try await ground.watch(url, title: title, texts: texts)
    }
}

extension WebAnswer {
    var location: String { headers[.location] ?? "" }
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
