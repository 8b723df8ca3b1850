public import NIOCore
public import NIOHTTP1

/// Everything about an engine that its owner may choose.
public struct EngineConfiguration: Sendable {
    /// Requests whose path starts with this are the engine's; it ends with a slash.
    public var path = "/socket.io/"
    public var transports: Set<Transport> = [.polling, .websocket]
    public var session = SessionSettings()
    /// The most sessions at a time; above it handshakes are answered 503.
    public var maxSessions = 100_000
    /// Which pages may connect.
    public var origins = OriginPolicy.sameOrigin
    /// Tells browsers that pages of other origins may read answers; nil sends no CORS headers at all.
    public var cors: CORS?
    /// The cookie that carries the session's identifier to a load balancer with sticky sessions; nil sends none.
    public var cookie: SessionCookie?
    /// Decides about each handshake after all other checks; nil admits everyone.
    public var admit: (@Sendable (HandshakeRequest) async -> Admission)?
    /// More headers for the answer to a handshake.
    public var initialHeaders: (@Sendable (HandshakeRequest, SessionID) -> HTTPHeaders)?
    /// The official client's files, served below `path`; nil serves none.
    public var clientFiles: ClientFiles?

    public init() {}
}

/// The answer of an application to a handshake.
public enum Admission: Sendable, Equatable {
    case accept
    /// Answers 403 with this message.
    case refuse(message: String)
}

/// Which pages may talk to the engine, judged by the `Origin` header that browsers send.
///
/// A request without `Origin` is never refused: it does not come from a page of another site.
public enum OriginPolicy: Sendable, Equatable {
    /// Only pages that came from the host the request is for.
    case sameOrigin
    /// Pages of these origins, as in `https://example.org`, and those of the same origin.
    case list([String])
    case any
}

/// What the Cross-Origin Resource Sharing headers say.
public struct CORS: Sendable {
    public var allowsCredentials = false
    public var methods = ["GET", "POST"]
    /// Request headers a page may send; nil allows those that it asks for.
    public var allowedHeaders: [String]?
    public var exposedHeaders: [String] = []
    public var maxAge: TimeAmount?

    public init() {}
}

/// The attributes of the cookie that carries a session's identifier.
public struct SessionCookie: Sendable {
    public var name = "io"
    public var path = "/"
    public var attributes = "HttpOnly; SameSite=Lax"

    public init() {}
}

/// What is known of a client from the request that began its session.
public struct HandshakeRequest: Sendable {
    /// The request target as it came, path and query.
    public let uri: String
    /// The query's pairs, percent-decoded, in order.
    public let query: [(name: String, value: String)]
    public let headers: HTTPHeaders
    /// The peer of the TCP connection, which may be a proxy.
    public let remoteAddress: SocketAddress?
    public let transport: Transport
}
