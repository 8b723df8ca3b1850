public import NIOCore

/// How a server is shown to administrators.
public struct AdminSettings: Sendable {
    public enum Mode: Sendable {
        /// Every socket and every event is shown; each event of each client costs an event to each who looks.
        case development
        /// Counts only.
        case production
    }

    public var name: String
    public var password: String
    public var mode = Mode.development
    /// Shows, but takes no commands.
    public var isReadOnly = false
    /// The namespace that the page connects to.
    public var namespace = "/admin"
    /// What the page calls this server; the host's name and the process when nil.
    public var serverID: String?
    /// How often the server's figures are sent while somebody looks.
    public var interval = TimeAmount.seconds(2)

    public init(name: String, password: String) {
        self.name = name
        self.password = password
    }
}
