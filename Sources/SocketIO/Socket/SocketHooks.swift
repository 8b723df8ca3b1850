/// What an application wants to hear of one socket, or to decide for it, beside its events.
struct SocketHooks: Sendable {
    var middlewares: [@Sendable (Event) async throws -> Void] = []
    var incoming: [@Sendable (Event) -> Void] = []
    var outgoing: [@Sendable (Event) -> Void] = []

    /// Whether what is sent to the socket is heard by anyone.
    var hearsOutgoing: Bool { !outgoing.isEmpty }
}
