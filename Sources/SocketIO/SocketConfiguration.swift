public import EngineIO
public import NIOCore

/// What one client may hold of the server's memory.
public struct SocketLimits: Sendable {
    /// The most binary attachments of one packet.
    public var maxAttachments = 10
    /// The most bytes of all attachments of one packet.
    public var maxAttachmentBytes = 10_000_000
    /// The most namespaces that one connection may join.
    public var maxNamespaces = 32
    /// The longest name of a namespace, in bytes, that a pattern or a function is asked about.
    public var maxNamespaceName = 256
    /// The most rooms that one socket may be in.
    public var maxRooms = 1_000
    /// The most events of one socket that wait for the one being handled; above it the client is not read any more.
    public var maxWaitingEvents = 256
    /// The same in bytes of their JSON and attachments.
    public var maxWaitingBytes = 2_000_000
    /// The most acknowledgements that one socket may owe.
    public var maxPendingAcks = 1_024

    public init() {}
}

/// Everything about a Socket.IO server that its owner may choose.
public struct SocketConfiguration: Sendable {
    public var engine = EngineConfiguration()
    public var limits = SocketLimits()
    /// How long a client may take from the handshake to its first CONNECT.
    public var connectTimeout = TimeAmount.seconds(45)
    /// Lets clients that lose their connection get back what they had; nil, the default, does not.
    public var recovery: ConnectionRecovery?

    public init() {}
}
