public import NIOCore
public import NIOHTTP1

/// Everything about an engine that its owner may choose.
public struct EngineConfiguration: Sendable {
    /// Requests whose path starts with this are the engine's. Without a slash at its end the path itself is one too.
    public var path = "/socket.io/"
    public var transports: Set<Transport> = [.polling, .websocket]
    public var session = SessionSettings()
    /// Whether clients of Engine.IO 3 (Socket.IO 1 and 2) may connect, by saying `EIO=3`.
    ///
    /// To them the identifier of a session is also that of its socket in `/`, so an application that shows sockets'
    /// identifiers to others gives away a secret.
    public var allowsVersion3 = false
    /// Whether polling answers may be scripts, for browsers that cannot do better. A page of another site needs no
    /// permission to run a script, so such requests are refused by `Sec-Fetch-Site` and `Referer` unless `origins` is
    /// `any`.
    public var allowsJSONP = false
    /// Compression of polling answers by gzip or deflate; nil compresses nothing.
    public var compression: ResponseCompression? = ResponseCompression()
    /// Compression of WebSocket messages (RFC 7692); nil, the default, never agrees to it: it costs far more time than
    /// it saves on small messages.
    public var messageCompression: MessageCompression?
    /// The most sessions at a time; above it handshakes are answered 503.
    public var maxSessions = 100_000
    /// The most sessions at a time from one remote address, or from one network of 64 bits in IPv6, where a client has
    /// so many addresses; above it handshakes are answered 429. nil, the default, sets no such limit. The address is
    /// the peer's: behind a proxy all clients have the proxy's.
    public var maxSessionsPerAddress: Int?
    /// How long a request may take from its head to its end; a client that is slower is cut off.
    public var requestTimeout = TimeAmount.seconds(30)
    /// How long a connection may be open without a request in hand.
    public var idleTimeout = TimeAmount.seconds(75)
    /// Which pages may connect.
    public var origins = OriginPolicy.sameOrigin
    /// Whether a request without `Origin` is judged by what else a browser says of where it comes from (an image or a
    /// script of another site sends none): by `Sec-Fetch-Site` and `Sec-Fetch-Dest`, or by `Referer` where there are
    /// neither. Programs send none of these. Nothing is refused where `origins` is `any`.
    public var checksFetchMetadata = true
    /// Tells browsers that pages of other origins may read answers; nil sends no CORS headers at all.
    public var cors: CORS?
    /// The cookie that carries the session's identifier to a load balancer with sticky sessions; nil sends none.
    public var cookie: SessionCookie?
    /// Decides about each handshake after all other checks; nil admits everyone.
    public var admit: (@Sendable (HandshakeRequest) async -> Admission)?
    /// Looks at every request, also those of existing sessions, before anything else does; one that throws refuses the
    /// request as bad.
    public var middlewares: [@Sendable (HTTPRequestHead) async throws -> Void] = []
    /// Hears of every request that is refused.
    public var onConnectionError: (@Sendable (ConnectionError) -> Void)?
    /// May change the headers of every answer, that of an upgrade too.
    public var headers: (@Sendable (inout HTTPHeaders, HTTPRequestHead) -> Void)?
    /// More headers for the answer to a handshake.
    public var initialHeaders: (@Sendable (HandshakeRequest, SessionID) -> HTTPHeaders)?
    /// The official client's files, served below `path`; nil serves none.
    public var clientFiles: ClientFiles?

    public init() {}
}

/// When polling answers are compressed.
public struct ResponseCompression: Sendable {
    /// The smallest body, in bytes, for which it is worth it.
    public var threshold = 1024

    public init() {}
}

/// When WebSocket messages are compressed.
///
/// No context is kept from one message to the next, on either side: that would cost a client 300 KB of memory, and a
/// message for many could not be compressed once for all.
public struct MessageCompression: Sendable {
    /// The smallest message, in bytes, for which it is worth it.
    public var threshold = 1024

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
/// A request without `Origin` is judged by `EngineConfiguration.checksFetchMetadata`.
public enum OriginPolicy: Sendable, Equatable {
    /// Only pages that came from the host the request is for.
    case sameOrigin
    /// Pages of these origins, as in `https://example.org`, and those of the same origin.
    case list([String])
    case any
}

/// What the Cross-Origin Resource Sharing headers say.
public struct CORS: Sendable {
    /// The origin to name to everyone, as servers with a single page do; nil names the asking page's when it may
    /// connect.
    public var fixedOrigin: String?
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
    public let version: ProtocolVersion

    /// Whether the client of version 3 cannot take bytes in polling answers.
    var wantsBase64: Bool { query.contains { $0.name == "b64" && $0.value == "1" } }

    /// How polling answers to this client are written.
    var payloadForm: PayloadForm {
        version == .four ? .separated : .counted(allowsBinary: !wantsBase64)
    }
}
