import NIOCore
import NIOHTTP1

/// Which requests come in at all, whoever they are for behind the door.
package struct FrontDoorRules: Sendable {
    enum Judgement {
        /// As those behind are to see it.
        case passes(HTTPRequestHead)
        /// It asks whether the program lives.
        case asksForLife
        case refused(RequestRefusal)
    }

    /// What comes before every path, or nothing.
    let base: String
    private let socketPath: String
    private let hosts: AllowedHosts
    /// The program has no memory left for more than the least.
    private let isExhausted: @Sendable () -> Bool
    private let log: RefusalLog
    private let page: @Sendable (String) -> [UInt8]

    /// What is answered when nothing else is: who looks after the program asks it.
    private static let health = ["/healthz", "/readyz", "/worker-health", "/version", "/gc-cleanup"]

    /// `page` makes the page for a person who came by a name that is not allowed; `isExhausted` says that only health
    /// can be answered. `socketPath` is where the socket's requests go, below `base`.
    package init(
        hosts: AllowedHosts, base: String, socketPath: String, log: RefusalLog,
        isExhausted: @escaping @Sendable () -> Bool = { false }, page: @escaping @Sendable (String) -> [UInt8]
    ) {
        self.hosts = hosts
        self.base = base
        self.socketPath = socketPath
        self.log = log
        self.isExhausted = isExhausted
        self.page = page
    }

    /// `isExtra` says that there was no room for the connection.
    func judge(_ head: HTTPRequestHead, isExtra: Bool) -> Judgement {
        guard Self.isFramedPlainly(head) else { return .refused(.badCoding) }
        guard let (head, host) = Self.addressed(head) else { return .refused(.badHost) }
        guard let host, !hosts.allows(host) else {
            return asksForLife(head) ? .asksForLife : whenThereIsRoom(head, isExtra: isExtra)
        }
        log.note(
            .foreignName,
            [("host", host.name), ("origin", head.headers.first(name: "origin") ?? ""), ("path", head.uri)])
        return .refused(.misdirected(host.name, page: page(RefusalLog.printable(host.name))))
    }

    /// `refusal` as the answer to `head`.
    func answer(_ refusal: RequestRefusal, to head: HTTPRequestHead) -> (head: HTTPResponseHead, body: ByteBuffer) {
        var local = head
        local.uri = BasePath.without(base, head.uri)
        var answer = refusal.answer(to: local, socketPath: socketPath)
        if Self.isBefore11(head.version) { answer.head.version = .http1_0 }
        return answer
    }

    private func asksForLife(_ head: HTTPRequestHead) -> Bool {
        guard head.method == .GET || head.method == .HEAD else { return false }
        let uri = BasePath.without(base, head.uri)
        return uri == "/healthz" || uri.hasPrefix("/healthz?")
    }

    private func whenThereIsRoom(_ head: HTTPRequestHead, isExtra: Bool) -> Judgement {
        let isShort = isExtra || isExhausted()
        let uri = BasePath.without(base, head.uri)
        guard isShort, !Self.health.contains(where: { uri == $0 || uri.hasPrefix($0 + "?") }) else {
            return .passes(head)
        }
        log.note(.overload, [("reason", isExtra ? "connections" : "memory"), ("path", head.uri)])
        return .refused(
            .busy(isExtra ? "There are as many connections as this server takes." : "Memory is running out."))
    }

    /// The request in origin form, and whom it is for: nobody in particular for one of HTTP/1.0 that does not say. nil
    /// when it does not say it as it must (RFC 9112 3.2).
    private static func addressed(_ head: HTTPRequestHead) -> (HTTPRequestHead, RequestHost?)? {
        let named = head.headers["host"]
        guard named.count == 1 || named.isEmpty && isBefore11(head.version) else { return nil }
        let host = named.first.map { RequestHost($0) }
        if case .some(.none) = host { return nil }
        guard !head.uri.hasPrefix("/"), let rest = withoutScheme(head.uri) else { return (head, host ?? nil) }
        // The target's authority counts, whatever `Host` says (RFC 9112 3.2.2).
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let target = RequestHost(rest[..<end]) else { return nil }
        var plain = head
        plain.uri = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
        plain.headers.replaceOrAdd(name: "Host", value: String(rest[..<end]))
        return (plain, target)
    }

    /// A body in chunks and nothing else can be read here; HTTP/1.0 has none, so that whoever passes one on has not
    /// understood where it ends (RFC 9112 6.1).
    private static func isFramedPlainly(_ head: HTTPRequestHead) -> Bool {
        let codings = head.headers["transfer-encoding"]
        guard let coding = codings.first else { return true }
        return codings.count == 1 && !isBefore11(head.version)
            && coding.lowercased() == "chunked"
    }

    private static func isBefore11(_ version: HTTPVersion) -> Bool {
        version.major < 1 || version.major == 1 && version.minor == 0
    }

    /// What follows the scheme of a target in absolute form.
    private static func withoutScheme(_ uri: String) -> Substring? {
        for scheme in ["http://", "https://"] where uri.prefix(scheme.count).lowercased() == scheme {
            return uri.dropFirst(scheme.count)
        }
        return nil
    }
}
