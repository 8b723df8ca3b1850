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
    struct Seen: Sendable {
        let socket: Socket
        let client: String
        var transport: String
    }

    struct State {
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
    let settings: AdminSettings
    let login: AdminLogin
    private let hostname = ProcessInfo.processInfo.hostName
    private let start = NIODeadline.now()
    private let loop: any EventLoop
    let state = NIOLockedValueBox(State())

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

    var server: SocketServer? { looked.server }
    var everyone: BroadcastTarget? { looked.admin?.everyone }

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
