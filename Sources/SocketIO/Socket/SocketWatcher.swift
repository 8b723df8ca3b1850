package import EngineIO

/// Hears what becomes of the sockets of a namespace, beside the application; called on their event
/// loops unless said otherwise, must not block.
package struct SocketWatcher: Sendable {
    /// A socket has joined. `client` names its connection and is no secret.
    package var joined: @Sendable (_ socket: Socket, _ client: String, Transport) -> Void
    /// A socket's connection has moved to WebSocket.
    package var upgraded: @Sendable (Socket) -> Void
    /// A value of a socket that other processes may read is another now; called by whoever set it.
    package var changed: @Sendable (Socket) -> Void
    package var left: @Sendable (Socket, DisconnectReason) -> Void

    package init(
        joined: @escaping @Sendable (Socket, String, Transport) -> Void,
        upgraded: @escaping @Sendable (Socket) -> Void, changed: @escaping @Sendable (Socket) -> Void,
        left: @escaping @Sendable (Socket, DisconnectReason) -> Void
    ) {
        self.joined = joined
        self.upgraded = upgraded
        self.changed = changed
        self.left = left
    }
}
