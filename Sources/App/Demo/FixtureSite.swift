import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A small web site whose pages change on command: the demonstration shows it, the end-to-end tests drive it.
final class FixtureSite: Sendable {
    /// What one path answers.
    struct Page: Sendable {
        var status: HTTPResponse.Status = .ok
        var contentType = "text/html; charset=utf-8"
        var bytes: [UInt8]
        var headers: HTTPFields = [:]

        init(contentType: String, bytes: [UInt8]) {
            self.contentType = contentType
            self.bytes = bytes
        }

        init(
            status: HTTPResponse.Status = .ok, contentType: String = "text/html; charset=utf-8", body: String,
            headers: HTTPFields = [:]
        ) {
            self.init(contentType: contentType, bytes: Array(body.utf8))
            self.status = status
            self.headers = headers
        }
    }

    private struct State {
        var pages: [String: Page] = [:]
        var requests: [String: Int] = [:]
        /// Answers that wait for `release`, so that a test can look at a check while it runs.
        var held: Set<String> = []
        var waiting: [(path: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// Puts a page at `path`, in place of what was there.
    func put(_ path: String, _ page: Page) {
        state.withLock { $0.pages[path] = page }
    }

    /// Puts an HTML page at `path`.
    func put(_ path: String, title: String, _ html: String) {
        put(path, Page(body: "<!doctype html><html lang=en><title>\(title)</title><body>\(html)</body></html>"))
    }

    /// How often `path` was asked for.
    func requests(of path: String) -> Int {
        state.withLock { $0.requests[path, default: 0] }
    }

    /// Lets answers at `path` wait until `release`.
    func hold(_ path: String) {
        state.withLock { _ = $0.held.insert(path) }
    }

    /// Answers everything that waits at `path` and holds no more.
    func release(_ path: String) {
        let waiting = state.withLock { all in
            all.held.remove(path)
            let waiting = all.waiting.filter { $0.path == path }
            all.waiting.removeAll { $0.path == path }
            return waiting
        }
        for waiter in waiting { waiter.continuation.resume() }
    }

    private func answer(_ path: String) async -> Response {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { all in
                all.requests[path, default: 0] += 1
                guard all.held.contains(path) else { return false }
                all.waiting.append((path, continuation))
                return true
            }
            if !isHeld { continuation.resume() }
        }
        guard let page = state.withLock({ $0.pages[path] }) else { return Response(status: .notFound) }
        var headers = page.headers
        headers[.contentType] = page.contentType
        return Response(
            status: page.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: page.bytes)))
    }

    /// The site as a service on 127.0.0.1; `onReady` hears the port.
    func application(
        port: Int = 0, logger: Logger, onReady: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        let router = Router()
        router.get("**") { request, _ in await self.answer(request.uri.path) }
        return Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) }, logger: logger)
    }
}
