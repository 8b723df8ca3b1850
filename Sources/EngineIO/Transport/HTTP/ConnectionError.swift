public import NIOHTTP1

/// A request that the engine refused, for the application's log.
public struct ConnectionError: Sendable {
    public let request: HTTPRequestHead
    /// The protocol's number: 0 transport unknown, 1 session unknown, 2 bad method, 3 bad request, 4 forbidden,
    /// 5 unsupported version.
    public let code: Int
    public let message: String
    /// What exactly was wrong, in the words of the Node server.
    public let context: [String: String]

    /// Whether it was refused for where it comes from, or by the application: with status 403.
    public var isForbidden: Bool { code == 4 }
}

/// Why a request is refused, with the code and the words of the protocol.
enum Refusal: Error, Equatable {
    case transportUnknown(String?)
    case unknownSession(String)
    case badMethod(String)
    case badRequest(Cause)
    case forbidden(String)
    case unsupportedVersion(String?)

    /// What makes a request a bad one.
    enum Cause: Equatable {
        case invalidOrigin(String)
        case transportHandshake
        case transportMismatch(String)
        case middleware
    }

    var code: Int {
        switch self {
        case .transportUnknown: 0
        case .unknownSession: 1
        case .badMethod: 2
        case .badRequest: 3
        case .forbidden: 4
        case .unsupportedVersion: 5
        }
    }

    var message: String {
        switch self {
        case .transportUnknown: "Transport unknown"
        case .unknownSession: "Session ID unknown"
        case .badMethod: "Bad handshake method"
        case .badRequest: "Bad request"
        case .forbidden(let message): message
        case .unsupportedVersion: "Unsupported protocol version"
        }
    }

    var context: [String: String] {
        switch self {
        case .transportUnknown(let transport): transport.map { ["transport": $0] } ?? [:]
        case .unknownSession(let id): ["sid": id]
        case .badMethod(let method): ["method": method]
        case .badRequest(.invalidOrigin(let origin)): ["name": "INVALID_ORIGIN", "origin": origin]
        case .badRequest(.transportHandshake): ["name": "TRANSPORT_HANDSHAKE_ERROR"]
        case .badRequest(.transportMismatch(let transport)): ["name": "TRANSPORT_MISMATCH", "transport": transport]
        case .badRequest(.middleware): ["name": "MIDDLEWARE_FAILURE"]
        case .forbidden(let message): ["message": message]
        case .unsupportedVersion(let version): version.map { ["protocol": $0] } ?? [:]
        }
    }
}
