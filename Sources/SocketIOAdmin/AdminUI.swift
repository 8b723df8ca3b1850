import EngineIO
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
public import SocketIO

/// Serves the official Admin UI of Socket.IO, a page that connects to a namespace of the server it looks at.
///
/// Made before the server is reachable, it sees every socket. While nobody looks nothing is sent and no figure is
/// gathered; sockets are remembered in development mode only.
public final class AdminUI: Sendable {
    private struct Seen: Sendable {
        let socket: Socket
        let client: String
        var transport: String
    }

    private struct State {
        var seen: [String: Seen] = [:]
        var viewers = 0
        var timer: RepeatedTask?
        var totals = EngineTotals()
    }

    public enum Failure: Error {
        /// A name and a password are needed, both.
        case noPassword
    }

    /// Weak, because the namespace, which the server keeps, keeps this.
    private struct Looked: Sendable {
        weak let server: SocketServer?
        weak let admin: Namespace?
    }

    private let looked: Looked
    private let settings: AdminSettings
    private let login: AdminLogin
    private let hostname = ProcessInfo.processInfo.hostName
    private let start = NIODeadline.now()
    private let loop: any EventLoop
    private let state = NIOLockedValueBox(State())

    /// Adds the namespace for administrators to `server`.
    @discardableResult
    public init(_ server: SocketServer, _ settings: AdminSettings) throws {
        guard !settings.name.isEmpty, !settings.password.isEmpty else { throw Failure.noPassword }
        var shown = settings
        shown.password = ""
        self.settings = shown
        login = AdminLogin(name: settings.name, password: settings.password)
        loop = MultiThreadedEventLoopGroup.singleton.any()
        let admin = server.namespace(settings.namespace)
        looked = Looked(server: server, admin: admin)
        admin.use { [login] socket in try Self.check(socket, login) }
        admin.onConnection { [self] socket in await joined(socket) }
        admin.onDisconnect { [self] _, _, _ in left() }
        if settings.mode == .development { watchAll() }
        if !settings.isReadOnly { takeCommands(admin) }
    }

    private var server: SocketServer? { looked.server }
    private var everyone: Audience? { looked.admin?.everyone }

    /// Whether anybody looks at this server now.
    var isWatched: Bool { state.withLockedValue { $0.viewers > 0 } }

    /// Whether figures are sent from time to time.
    var sendsFigures: Bool { state.withLockedValue { $0.timer != nil } }

    // MARK: who looks

    private struct Credentials: Decodable {
        var sessionId: String?
        var username: String?
        var password: String?
    }

    /// By a session, or by name and password, which make one.
    private static func check(_ socket: Socket, _ login: AdminLogin) throws {
        guard let shown = try? socket.handshake.decodeAuth(Credentials.self) else {
            throw ConnectionRefused("invalid credentials")
        }
        if let session = shown.sessionId {
            guard login.admits(session: session) else { throw ConnectionRefused("invalid session ID") }
        } else if !login.admits(name: shown.username ?? "", password: shown.password ?? "") {
            throw ConnectionRefused("invalid credentials")
        }
    }

    private func joined(_ socket: Socket) async {
        let isFirst = state.withLockedValue { state in
            state.viewers += 1
            return state.viewers == 1
        }
        if isFirst { startTimer() }
        let shown = try? socket.handshake.decodeAuth(Credentials.self)
        if shown?.sessionId == nil { try? socket.emit("session", login.makeSession()) }
        try? socket.emit("config", AdminFeatures(supportedFeatures: features))
        try? socket.emit("server_stats", stats(events: []))
        guard settings.mode == .development else { return }
        var all: [AdminSocket] = []
        for seen in state.withLockedValue({ Array($0.seen.values) }) { all.append(await describe(seen)) }
        try? socket.emit("all_sockets", all)
    }

    private func left() {
        let timer = state.withLockedValue { state -> RepeatedTask? in
            state.viewers -= 1
            guard state.viewers == 0 else { return nil }
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
    }

    private var features: [String] {
        var features = ["AGGREGATED_EVENTS"]
        if !settings.isReadOnly {
            features += ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"]
        }
        if settings.mode == .development { features.append("ALL_EVENTS") }
        return features
    }

    // MARK: figures

    private func startTimer() {
        let totals = server?.engine.totals ?? EngineTotals()
        let timer = loop.scheduleRepeatedTask(initialDelay: settings.interval, delay: settings.interval) {
            [weak self] _ in
            self?.sendStats()
        }
        let before = state.withLockedValue { state in
            defer {
                state.timer = timer
                state.totals = totals
            }
            return state.timer
        }
        before?.cancel()
    }

    private func sendStats() {
        guard let now = server?.engine.totals else { return }
        let before = state.withLockedValue { state in
            defer { state.totals = now }
            return state.totals
        }
        try? everyone?.emit("server_stats", stats(events: now.since(before, at: Date())))
    }

    private func stats(events: [ServerStats.Aggregate]) -> ServerStats {
        let clients = server?.engine.clients ?? (polling: 0, websocket: 0)
        let process = ProcessInfo.processInfo.processIdentifier
        return ServerStats(
            serverId: settings.serverID ?? "\(hostname)#\(process)", hostname: hostname, pid: process,
            uptime: Double((NIODeadline.now() - start).nanoseconds) / 1e9,
            clientsCount: clients.polling + clients.websocket, pollingClientsCount: clients.polling,
            aggregatedEvents: events,
            namespaces: (server?.namespaces ?? []).map { .init(name: $0.name, socketsCount: $0.rooms.count) }
                .sorted { $0.name < $1.name })
    }

    // MARK: sockets and events

    private func watchAll() {
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

    private func describe(_ seen: Seen) async -> AdminSocket {
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

    // MARK: commands

    private func takeCommands(_ admin: Namespace) {
        admin.onRaw("emit") { [weak self] _, event in
            let arguments = event.arguments
            guard let audience = try self?.audience(arguments, filterAt: 1), arguments.count > 2 else { return nil }
            let name = try arguments.decode(String.self, at: 2)
            try audience.emit(name, arguments.dropFirst().dropFirst().dropFirst())
            return nil
        }
        admin.onRaw("join") { [weak self] _, event in
            guard let audience = try self?.audience(event.arguments, filterAt: 2) else { return nil }
            audience.join(try event.arguments.decode(String.self, at: 1))
            return nil
        }
        admin.onRaw("leave") { [weak self] _, event in
            guard let audience = try self?.audience(event.arguments, filterAt: 2) else { return nil }
            audience.leave(try event.arguments.decode(String.self, at: 1))
            return nil
        }
        admin.onRaw("_disconnect") { [weak self] _, event in
            guard let audience = try self?.audience(event.arguments, filterAt: 2) else { return nil }
            audience.disconnect(close: try event.arguments.decode(Bool?.self, at: 1) ?? false)
            return nil
        }
    }

    /// Whom a command means; nil for a namespace that does not exist, since none is made by asking.
    private func audience(_ arguments: Arguments, filterAt place: Int) throws -> Audience? {
        let name = try arguments.decode(String.self, at: 0)
        guard let namespace = server?.namespaces.first(where: { $0.name == name }) else { return nil }
        let filter = try arguments.decode(AdminFilter?.self, at: place)
        return filter.map { namespace.to($0.rooms) } ?? namespace.everyone
    }
}

extension EngineTotals {
    /// What was done since `before`, under the names that the page knows.
    func since(_ before: EngineTotals, at date: Date) -> [ServerStats.Aggregate] {
        let second = Int(date.timeIntervalSince1970) * 1000
        let counts = [
            ("rawConnection", connectionsOpened - before.connectionsOpened),
            ("rawDisconnection", connectionsEnded - before.connectionsEnded),
            ("packetsIn", packetsReceived - before.packetsReceived),
            ("packetsOut", packetsSent - before.packetsSent), ("bytesIn", bytesReceived - before.bytesReceived),
            ("bytesOut", bytesSent - before.bytesSent),
        ]
        return counts.filter { $0.1 > 0 }.map { .init(timestamp: second, type: $0.0, count: $0.1) }
    }
}
