/// Why a session ended, in the words that Socket.IO servers use.
public enum CloseReason: String, Sendable, CaseIterable {
    /// The connection broke, or the client broke the rules of its transport.
    case transportError = "transport error"
    /// The client closed the connection or said that it leaves.
    case transportClose = "transport close"
    /// The server closed the session.
    case forcedClose = "forced close"
    /// The client did not answer a ping in time.
    case pingTimeout = "ping timeout"
    /// The client sent something that is no packet.
    case parseError = "parse error"
    /// The client did not read what was sent to it, and its queue was full.
    case slowClient = "slow client"
    /// The whole server stops.
    case shuttingDown = "server shutting down"
}

/// How a client and the server exchange packets.
public enum Transport: String, Sendable, CaseIterable {
    case polling, websocket
}
