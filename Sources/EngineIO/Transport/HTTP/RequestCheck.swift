import NIOCore
import NIOHTTP1

/// What a request to the engine is, found by the checks in the protocol's order.
enum CheckedRequest {
    /// Begins a session over polling or over a WebSocket.
    case handshake(Transport)
    case poll(LoopBox<Connection>)
    case post(LoopBox<Connection>)
    /// A WebSocket for a session that exists.
    case upgrade(LoopBox<Connection>)

    /// Checks in this order: transport, origin, session, method, upgrade; the application's own check and the protocol
    /// version of a handshake come last.
    static func check(
        _ head: HTTPRequestHead, _ target: RequestTarget, engine: Engine
    ) throws(Refusal) -> CheckedRequest {
        let configuration = engine.configuration
        guard let transport = target["transport"].flatMap(Transport.init(rawValue:)),
            configuration.transports.contains(transport)
        else { throw .transportUnknown(target["transport"]) }
        try configuration.origins.check(head.headers)
        let isScript = configuration.allowsJSONP && target["j"] != nil
        if configuration.checksFetchMetadata,
            !FetchMetadata.isAllowed(head.headers, configuration.origins, isScript: isScript)
        {
            throw .forbidden("Request from another site refused")
        }
        let wantsUpgrade = head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
        if configuration.allowsJSONP, target["j"] != nil, !JSONP.isAllowed(head.headers, configuration.origins) {
            throw .forbidden("Origin not allowed")
        }
        if let sid = target["sid"] {
            guard let connection = engine.connection(SessionID(sid)) else { throw .unknownSession(sid) }
            switch (transport, wantsUpgrade, head.method) {
            case (.websocket, true, .GET): return .upgrade(connection)
            case (.websocket, _, _), (_, true, _): throw .badRequest(.transportHandshake)
            case (.polling, false, .GET): return .poll(connection)
            case (.polling, false, .POST): return .post(connection)
            default: throw .badMethod(head.method.rawValue)
            }
        }
        guard head.method == .GET else { throw .badMethod(head.method.rawValue) }
        guard (transport == .websocket) == wantsUpgrade else { throw .badRequest(.transportHandshake) }
        return .handshake(transport)
    }
}

extension OriginPolicy {
    /// Refuses a request from a page that may not connect.
    func check(_ headers: HTTPHeaders) throws(Refusal) {
        guard let origin = headers.first(name: "origin") else { return }
        guard origin.utf8.allSatisfy({ $0 == 9 || (32..<127).contains($0) || $0 >= 160 }) else {
            throw .badRequest(.invalidOrigin(origin))
        }
        switch self {
        case .any: return
        case .list(let origins) where origins.contains(origin): return
        case .sameOrigin, .list:
            guard isSame(origin, headers) else { throw .forbidden("Origin not allowed") }
        }
    }

    /// Compares host and port only: behind a proxy the engine cannot know the scheme that the browser used.
    ///
    /// `X-Forwarded-Host` counts too, because proxies that rewrite `Host` set it and a page cannot: for a header of its
    /// own choice the browser first asks permission, which is not given here.
    private func isSame(_ origin: String, _ headers: HTTPHeaders) -> Bool {
        guard let scheme = origin.firstRange(of: "://") else { return false }
        let host = Self.withoutDefaultPort(origin[scheme.upperBound...])
        return (headers["host"] + headers[canonicalForm: "x-forwarded-host"].map(String.init))
            .contains { Self.withoutDefaultPort($0[...]) == host }
    }

    private static func withoutDefaultPort(_ host: Substring) -> String {
        let lower = host.lowercased()
        for port in [":80", ":443"] where lower.hasSuffix(port) { return String(lower.dropLast(port.count)) }
        return lower
    }
}
