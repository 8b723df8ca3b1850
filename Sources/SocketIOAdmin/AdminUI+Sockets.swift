import EngineIO
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import SocketIO

/// What is shown of sockets and their events.
extension AdminUI {
    /// Has every namespace there is and will be tell of its sockets.
    func watchAll() {
        server?.onNamespace { [weak self] namespace in
            guard let self, namespace.name != settings.namespace else { return }
            watch(namespace)
        }
    }

    private func watch(_ namespace: Namespace) {
        let name = namespace.name
        namespace.watch(
            SocketWatcher(
                joined: { [weak self] in self?.socketJoined($0, client: $1, $2) },
                upgraded: { [weak self] in self?.socketUpgraded($0) },
                changed: { [weak self] in self?.socketChanged($0) },
                left: { [weak self] in self?.socketLeft($0, $1) }))
        namespace.onMembershipChange { [weak self] id, room, isIn in
            self?.tell(isIn ? "room_joined" : "room_left", name, room, id)
        }
        namespace.onIncoming { [weak self] socket, event in self?.event("event_received", socket, event) }
        namespace.onOutgoing { [weak self] socket, event in self?.event("event_sent", socket, event) }
    }

    private static func key(_ socket: Socket) -> String { socket.namespace.name + "," + socket.id }

    private func socketJoined(_ socket: Socket, client: String, _ transport: Transport) {
        let seen = Seen(socket: socket, client: client, transport: transport.rawValue)
        state.withLockedValue { $0.seen[Self.key(socket)] = seen }
        guard isWatched else { return }
        tell("socket_connected", describe(seen, rooms: [socket.id]))
    }

    private func socketUpgraded(_ socket: Socket) {
        state.withLockedValue { $0.seen[Self.key(socket)]?.transport = Transport.websocket.rawValue }
        guard isWatched else { return }
        let change = AdminSocketChange(
            id: socket.id, nsp: socket.namespace.name, transport: Transport.websocket.rawValue)
        try? everyone?.emit("socket_updated", change)
    }

    private func socketChanged(_ socket: Socket) {
        guard isWatched else { return }
        let change = AdminSocketChange(
            id: socket.id, nsp: socket.namespace.name, data: ShownValue.object(socket.sharedValues))
        try? everyone?.emit("socket_updated", change)
    }

    private func socketLeft(_ socket: Socket, _ reason: DisconnectReason) {
        state.withLockedValue { $0.seen[Self.key(socket)] = nil }
        tell("socket_disconnected", socket.namespace.name, socket.id, reason.description)
    }

    private func event(_ what: String, _ socket: Socket, _ event: Event) {
        guard isWatched else { return }
        // Bytes are not shown: without its attachments a placeholder is plain data.
        var text = ByteBuffer(string: "[\(JSONText.quoted(socket.namespace.name)),\(JSONText.quoted(socket.id)),")
        text.writeImmutableBuffer(event.json)
        text.writeString(",\(JSONText.quoted(Self.now))]")
        guard let arguments = Arguments(json: text) else { return }
        try? everyone?.emit(what, arguments)
    }

    private static var now: String { Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    /// Sends what happened and when to everyone who looks.
    private func tell<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) {
        guard isWatched else { return }
        try? everyone?.emit(event, repeat each arguments, Self.now)
    }

    func describe(_ seen: Seen) async -> AdminSocket {
        describe(seen, rooms: [seen.socket.id] + (await seen.socket.rooms()).sorted())
    }

    private func describe(_ seen: Seen, rooms: [String]) -> AdminSocket {
        let handshake = seen.socket.handshake
        let request = handshake.request
        return AdminSocket(
            id: seen.socket.id, clientId: seen.client, transport: seen.transport, nsp: seen.socket.namespace.name,
            data: ShownValue.object(seen.socket.sharedValues),
            handshake: .init(
                address: request.remoteAddress?.ipAddress ?? "",
                headers: Dictionary(
                    handshake.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
                query: Dictionary(request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
                issued: Int(handshake.issued.timeIntervalSince1970 * 1000), secure: false,
                time: handshake.issued.ISO8601Format(), url: request.uri,
                xdomain: handshake.headers.contains(name: "origin")), rooms: rooms)
    }
}
