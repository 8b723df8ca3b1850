public import EngineIO

/// Why a socket left its namespace, in the words that Socket.IO servers use.
public enum DisconnectReason: Sendable, Equatable, CustomStringConvertible {
    /// The whole connection ended.
    case connection(CloseReason)
    /// The client left this namespace.
    case clientLeft
    /// The server put the socket out of this namespace.
    case serverDisconnect

    public var description: String {
        switch self {
        case .connection(let reason): reason.rawValue
        case .clientLeft: "client namespace disconnect"
        case .serverDisconnect: "server namespace disconnect"
        }
    }
}
