import EngineIO
import Foundation
import Logging
import Metrics
import NIOCore

/// One connection as Socket.IO sees it: runs its `ClientState` and owns its sockets, on the connection's event loop.
final class Client: ConnectionReceiver {
    private let connection: Connection
    private let directory: NamespaceDirectory
    private var state: ClientState
    private var sockets: [String: SocketCore] = [:]
    private var connectTimer: Scheduled<Void>?
    private var fullInboxes = 0
    private var isOver = false

    init(_ connection: Connection, directory: NamespaceDirectory) {
        self.connection = connection
        self.directory = directory
        state = ClientState(limits: directory.configuration.limits)
        let bound = NIOLoopBound(self, eventLoop: connection.loop)
        connectTimer = connection.loop.scheduleTask(in: directory.configuration.connectTimeout) {
            bound.value.connectTimedOut()
        }
    }

    // MARK: from the connection

    func received(_ message: Message) {
        guard !isOver else { return }
        let action =
            switch message {
            case .text(let text): state.received(text: text)
            case .binary(let bytes): state.received(binary: bytes)
            }
        if let action { perform(action) }
    }

    func upgraded() {}

    func ended(_ reason: CloseReason) {
        isOver = true
        stopConnectTimer()
        for name in Array(sockets.keys) { remove(name, .connection(reason)) }
    }

    private func connectTimedOut() {
        connectTimer = nil
        if let action = state.connectTimeout() { perform(action) }
    }

    private func stopConnectTimer() {
        connectTimer?.cancel()
        connectTimer = nil
    }

    private func perform(_ action: ClientState.Action) {
        switch action {
        case .authorize(let namespace, let auth): authorize(namespace, auth)
        case .deliver(let namespace, let event, let ackID):
            directory.metrics.eventsReceived.increment()
            guard let socket = sockets[namespace]?.socket else { return }
            socket.handle(event, ackID: ackID, socket.namespace.handlers)
        case .acknowledged(let namespace, let id, let arguments): sockets[namespace]?.acknowledged(id, arguments)
        case .left(let namespace): remove(namespace, .clientLeft)
        case .close(let violation):
            directory.logger.debug("Socket.IO client closed", metadata: ["violation": "\(violation)"])
            connection.close(.forcedClose)
        }
    }

    // MARK: joining a namespace

    private func authorize(_ name: String, _ auth: ByteBuffer?) {
        guard let namespace = directory.namespace(name) else {
            refuse(name, ConnectionRefused("Invalid namespace"))
            return
        }
        let handlers = namespace.handlers
        let core = SocketCore(
            id: Self.makeID(), namespace: name, connection: connection, limits: directory.configuration.limits)
        let handshake = Handshake(request: connection.handshake, auth: auth, issued: Date())
        let socket = Socket(
            core: core, namespace: namespace, handshake: handshake, client: self, loop: connection.loop,
            limits: directory.configuration.limits)
        guard namespace.rooms.add(core, loop: connection.loop) else {
            directory.logger.error("A client came in on an event loop that is not of the server's group")
            refuse(name, ConnectionRefused("Internal error"))
            return
        }
        core.socket = socket
        sockets[name] = core
        guard !handlers.middlewares.isEmpty else {
            welcome(core, socket, handlers)
            return
        }
        let bound = NIOLoopBound(self, eventLoop: connection.loop)
        let loop = connection.loop
        Task {
            let refusal = await handlers.admit(socket)
            loop.execute { bound.value.judged(name, socket, refusal) }
        }
    }

    /// Twenty characters, like the identifiers of connections, but not one of those: they are secrets.
    private static func makeID() -> String {
        var generator = SystemRandomNumberGenerator()
        return SessionID.random(from: &generator)
    }

    private func judged(_ name: String, _ socket: Socket, _ refusal: ConnectionRefused?) {
        guard !isOver, let core = sockets[name], core.id == socket.id else { return }
        if let refusal {
            sockets[name] = nil
            _ = socket.namespace.rooms.remove(core, loop: connection.loop)
            core.disconnected()
            refuse(name, refusal)
        } else {
            welcome(core, socket, socket.namespace.handlers)
        }
    }

    private func welcome(_ core: SocketCore, _ socket: Socket, _ handlers: NamespaceHandlers) {
        guard state.admitted(core.namespace) else { return }
        stopConnectTimer()
        let answer = ByteBuffer(string: #"{"sid":"\#(core.id)"}"#)
        connection.send(Outgoing(SocketPacket(.connect, namespace: core.namespace, payload: answer)))
        guard !isOver else { return }
        core.connected()
        socket.setConnected(true)
        socket.begin(handlers)
    }

    private func refuse(_ name: String, _ refusal: ConnectionRefused) {
        state.refused(name)
        connection.send(Outgoing(SocketPacket(.connectError, namespace: name, payload: refusal.json)))
    }

    // MARK: leaving

    /// Takes a socket out of everything and lets the application hear of it.
    private func remove(_ name: String, _ reason: DisconnectReason) {
        guard let core = sockets.removeValue(forKey: name), let socket = core.socket else { return }
        let wasConnected = core.isConnected
        let rooms = Set(socket.namespace.rooms.remove(core, loop: connection.loop))
        core.disconnected()
        socket.setConnected(false)
        if wasConnected { socket.end(reason, rooms: rooms, socket.namespace.handlers) }
    }

    /// Puts the client out of a namespace, or ends the connection after it has been put out of all.
    func disconnect(_ name: String, close: Bool) {
        for expelled in close ? Array(sockets.keys) : [name] where sockets[expelled]?.isConnected == true {
            connection.send(Outgoing(SocketPacket(.disconnect, namespace: expelled)))
            state.expelled(expelled)
            remove(expelled, .serverDisconnect)
        }
        if close { connection.close(.forcedClose) }
    }

    /// Reads no more from a client whose events come faster than they are handled.
    func inboxChanged(isFull: Bool) {
        fullInboxes += isFull ? 1 : -1
        if fullInboxes > 0 { connection.pause() } else { connection.resume() }
    }
}
