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
    private var fullQueues = 0
    private var isOver = false

    init(_ connection: Connection, directory: NamespaceDirectory) {
        self.connection = connection
        self.directory = directory
        state = ClientState(limits: directory.configuration.limits, version: connection.version)
        guard connection.version == .four else { return }
        let bound = NIOLoopBound(self, eventLoop: connection.loop)
        connectTimer = connection.loop.scheduleTask(in: directory.configuration.connectTimeout) {
            bound.value.connectTimedOut()
        }
    }

    // MARK: from the connection

    func opened() {
        if let action = state.opened() { perform(action) }
    }

    func received(_ message: Message) {
        guard !isOver else { return }
        let action =
            switch message {
            case .text(let text): state.received(text: text)
            case .binary(let bytes): state.received(binary: bytes)
            }
        if let action { perform(action) }
    }

    func upgraded() {
        for core in sockets.values where core.isConnected {
            guard let socket = core.socket else { continue }
            socket.namespace.handlers.watcher?.upgraded(socket)
        }
    }

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
        case .acknowledged(let namespace, let id, let arguments):
            if sockets[namespace]?.acknowledged(id, arguments) == false { directory.metrics.lateAcks.increment() }
        case .left(let namespace): remove(namespace, .clientLeft)
        case .close(let violation):
            directory.logger.debug("Socket.IO client closed", metadata: ["violation": "\(violation)"])
            for core in sockets.values { core.socket?.failed(violation) }
            connection.close(.forcedClose)
        }
    }

    // MARK: joining a namespace

    private func authorize(_ name: String, _ auth: ByteBuffer?) {
        if let namespace = directory.acquire(name) {
            join(namespace, auth)
        } else if directory.hasFamilies {
            let bound = NIOLoopBound(self, eventLoop: connection.loop)
            let (loop, directory) = (connection.loop, directory)
            Task {
                let namespace = await directory.make(name, auth: auth)
                loop.execute { bound.value.found(namespace, name, auth) }
            }
        } else {
            refuse(name, .invalidNamespace)
        }
    }

    private func found(_ namespace: Namespace?, _ name: String, _ auth: ByteBuffer?) {
        let isAwaited = !isOver && state.isConnecting(name) && sockets[name] == nil
        if let namespace {
            if isAwaited { join(namespace, auth) } else { directory.release(namespace) }
        } else if isAwaited {
            refuse(name, .invalidNamespace)
        }
    }

    private func join(_ namespace: Namespace, _ auth: ByteBuffer?) {
        let name = namespace.name
        let handlers = namespace.handlers
        let back = connection.version == .four ? namespace.rooms.log?.take(auth) : nil
        let core = SocketCore(
            id: back?.returning.session.id ?? makeID(in: name), namespace: name, connection: connection,
            limits: directory.configuration.limits)
        if namespace.rooms.log != nil, connection.version == .four {
            core.privateID = back?.privateID ?? Self.randomID()
        }
        let handshake = Handshake(request: connection.handshake, auth: auth, issued: Date())
        let socket = Socket(
            core: core, namespace: namespace, handshake: handshake, client: self, loop: connection.loop,
            limits: directory.configuration.limits, recovered: back?.returning.session.values)
        guard namespace.rooms.add(core, loop: connection.loop) else {
            directory.logger.error("A client came in on an event loop that is not of the server's group")
            directory.release(namespace)
            refuse(name, ConnectionRefused("Internal error"))
            return
        }
        core.socket = socket
        core.hearsOutgoing = !handlers.outgoing.isEmpty
        sockets[name] = core
        let isKnown = back != nil && namespace.rooms.log?.skipsMiddlewares == true
        guard !handlers.middlewares.isEmpty, !isKnown else {
            welcome(core, socket, handlers, back?.returning)
            return
        }
        let bound = NIOLoopBound(self, eventLoop: connection.loop)
        let loop = connection.loop
        Task {
            let refusal = await handlers.admit(socket)
            loop.execute { bound.value.decided(name, socket, refusal, back?.returning) }
        }
    }

    /// A new identifier; for clients of version 3 the one that they work out for themselves.
    private func makeID(in namespace: String) -> String {
        switch connection.version {
        case .four: Self.randomID()
        case .three: namespace == "/" ? connection.id.description : "\(namespace)#\(connection.id)"
        }
    }

    /// Twenty characters, like the identifiers of connections, but not one of those: they are secrets.
    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        return SessionID.random(from: &generator)
    }

    private func decided(
        _ name: String, _ socket: Socket, _ refusal: ConnectionRefused?, _ back: RecoveryLog.Return?
    ) {
        guard !isOver, let core = sockets[name], core.socket === socket else { return }
        if let refusal {
            sockets[name] = nil
            _ = socket.namespace.rooms.remove(core, loop: connection.loop)
            core.disconnected()
            directory.release(socket.namespace)
            refuse(name, refusal)
        } else {
            welcome(core, socket, socket.namespace.handlers, back)
        }
    }

    private func welcome(
        _ core: SocketCore, _ socket: Socket, _ handlers: NamespaceHandlers, _ back: RecoveryLog.Return?
    ) {
        guard state.admitted(core.namespace) else { return }
        stopConnectTimer()
        if let back { restore(core, socket.namespace.rooms, back) }
        let secret = core.privateID.map { #","pid":"\#($0)""# } ?? ""
        let answer = connection.version == .four ? ByteBuffer(string: #"{"sid":"\#(core.id)"\#(secret)}"#) : nil
        connection.send(Outgoing(SocketPacket(.connect, namespace: core.namespace, payload: answer)))
        guard !isOver else { return }
        core.connected()
        socket.setConnected(true)
        handlers.watcher?.joined(socket, publicName, connection.transport)
        socket.begin(handlers)
    }

    /// Gives a client that came back its rooms and what it missed; what is sent from now on comes after that.
    private func restore(_ core: SocketCore, _ rooms: LocalRooms, _ back: RecoveryLog.Return) {
        rooms.join(core, back.session.rooms, loop: connection.loop)
        guard let (missed, last) = rooms.log?.missed(since: back.heard, id: core.id, rooms: Set(core.places.keys))
        else { return }
        for packet in missed { connection.send(packet) }
        core.heard = last
    }

    /// Names the connection without giving away its identifier, which is a secret: the hash is keyed anew by each
    /// process.
    private var publicName: String { String(UInt(bitPattern: connection.id.hashValue), radix: 36) }

    private func refuse(_ name: String, _ refusal: ConnectionRefused) {
        state.refused(name)
        let json = connection.version == .four ? refusal.json : refusal.jsonForVersion3
        connection.send(Outgoing(SocketPacket(.connectError, namespace: name, payload: json)))
    }

    // MARK: leaving

    /// Takes a socket out of everything and lets the application hear of it.
    private func remove(_ name: String, _ reason: DisconnectReason) {
        guard let core = sockets.removeValue(forKey: name), let socket = core.socket else { return }
        let wasConnected = core.isConnected
        let rooms = Set(socket.namespace.rooms.remove(core, loop: connection.loop))
        if case .connection = reason, wasConnected, let secret = core.privateID {
            let session = RecoveryLog.Session(id: core.id, rooms: Array(rooms), values: socket.values)
            socket.namespace.rooms.log?.save(session, as: secret)
        }
        core.disconnected()
        socket.setConnected(false)
        if wasConnected { socket.namespace.handlers.watcher?.left(socket, reason) }
        if wasConnected { socket.end(reason, rooms: rooms, socket.namespace.handlers) }
        directory.release(socket.namespace)
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
    func queueChanged(isFull: Bool) {
        fullQueues += isFull ? 1 : -1
        if fullQueues > 0 { connection.pause() } else { connection.resume() }
    }
}

extension RecoveryLog {
    /// What a client says with its CONNECT of who it was.
    private struct Claim: Decodable {
        var pid: String
        var offset: String
    }

    /// Takes the session out that a CONNECT's payload names.
    fileprivate func take(_ auth: ByteBuffer?) -> (privateID: String, returning: Return)? {
        guard let auth, let claim = try? JSONDecoder().decode(Claim.self, from: Data(auth.readableBytesView)),
            let found = take(claim.pid, offset: claim.offset)
        else { return nil }
        return (claim.pid, found)
    }
}
