public import Logging
import NIOConcurrencyHelpers
public import NIOCore
import Synchronization

/// An Engine.IO server: the sessions that exist, and the application that hears of new ones.
///
/// It owns no port: `EngineHTTPHandler` brings it the requests of any HTTP server on NIO, `EngineListener` those of a
/// port of its own.
public final class Engine: Sendable {
    private struct State {
        var connections: [SessionID: LoopBox<Connection>] = [:]
        /// How many sessions each network has; kept only where that is limited.
        var counts: [RemoteNetwork: Int] = [:]
        var scopes: [ObjectIdentifier: LoopBox<LoopScope>] = [:]
        var polling = 0
        var websocket = 0
        var nextLink: UInt64 = 1
        var isClosing = false
        var onEmpty: [CheckedContinuation<Void, Never>] = []
    }

    public let configuration: EngineConfiguration
    let logger: Logger
    private let metrics = EngineMetrics()
    private let application: @Sendable (Connection) -> any ConnectionReceiver
    private let state = NIOLockedValueBox(State())

    /// Makes an engine that asks `application` for the receiver of each new connection, on the connection's loop.
    public init(
        configuration: EngineConfiguration = .init(), logger: Logger = Logger(label: "engineio"),
        application: @escaping @Sendable (Connection) -> any ConnectionReceiver
    ) {
        self.configuration = configuration
        self.logger = logger
        self.application = application
    }

    /// How many clients are connected, by transport.
    public var clients: (polling: Int, websocket: Int) {
        state.withLockedValue { ($0.polling, $0.websocket) }
    }

    /// What it has done since it was made.
    public var totals: EngineTotals { metrics.totals.now }

    /// How many sessions are kept, those included that only have a last word left for their client.
    public var sessionCount: Int {
        state.withLockedValue { $0.connections.count }
    }

    /// Closes every session as `shuttingDown`, refuses new ones, and returns when nothing of them is left or when
    /// `grace` is over.
    public func shutdown(grace: TimeAmount = .seconds(2)) async {
        let all = state.withLockedValue { state in
            state.isClosing = true
            return Array(state.connections.values)
        }
        for box in all {
            box.loop.execute {
                box.value.close(.shuttingDown)
                box.loop.scheduleTask(in: grace) { box.value.handle(.abandon) }
            }
        }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLockedValue { state in
                if !state.connections.isEmpty { state.onEmpty.append(continuation) }
                return state.connections.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }
}

// MARK: for handlers and connections

extension Engine {
    /// Why a handshake that passed all checks gets no session.
    enum Full: Error {
        case tooManySessions, tooManyOfAddress, closing
    }

    /// Whether the engine refuses new sessions because it stops.
    var isClosing: Bool {
        state.withLockedValue { $0.isClosing }
    }

    func connection(_ id: SessionID) -> LoopBox<Connection>? {
        state.withLockedValue { $0.connections[id] }
    }

    /// A number for a request or socket that no other has.
    func makeLink() -> LinkID {
        state.withLockedValue { state in
            state.nextLink += 1
            return LinkID(state.nextLink)
        }
    }

    /// What connections of `loop` share; must be called on it.
    func scope(of loop: any EventLoop) -> LoopScope {
        let box = state.withLockedValue { state in
            if let known = state.scopes[ObjectIdentifier(loop)] { return known }
            let made = LoopBox(LoopScope(loop: loop, metrics: metrics), loop: loop)
            state.scopes[ObjectIdentifier(loop)] = made
            return made
        }
        return box.value
    }

    /// Whether connections of `loop` have more to flush than one turn has time for; then `body` is called when all of
    /// it has been. Must be called on the loop.
    package func whenFlushed(on loop: any EventLoop, _ body: @escaping @Sendable () -> Void) -> Bool {
        scope(of: loop).whenFlushed(body)
    }

    /// Begins a session; must be called on `loop`, which becomes its home.
    func open(_ handshake: HandshakeRequest, loop: any EventLoop) throws(Full) -> Connection {
        let connection = Connection(
            id: SessionID(), handshake: handshake, engine: self, scope: scope(of: loop), loop: loop)
        let box = connection.box
        let refusal: Full? = state.withLockedValue { state in
            if state.isClosing { return .closing }
            if state.connections.count >= configuration.maxSessions { return .tooManySessions }
            if let most = configuration.maxSessionsPerAddress, let network = RemoteNetwork(handshake.remoteAddress) {
                let count = state.counts[network] ?? 0
                if count >= most { return .tooManyOfAddress }
                state.counts[network] = count + 1
            }
            state.connections[connection.id] = box
            if handshake.transport == .polling { state.polling += 1 } else { state.websocket += 1 }
            return nil
        }
        if let refusal { throw refusal }
        metrics.totals.connectionsOpened.wrappingAdd(1, ordering: .relaxed)
        reportClients()
        connection.start(application(connection))
        return connection
    }

    func clientUpgraded() {
        state.withLockedValue { state in
            state.polling -= 1
            state.websocket += 1
        }
        reportClients()
    }

    func clientLeft(_ transport: Transport) {
        metrics.totals.connectionsEnded.wrappingAdd(1, ordering: .relaxed)
        state.withLockedValue { state in
            if transport == .polling { state.polling -= 1 } else { state.websocket -= 1 }
        }
        reportClients()
    }

    /// Lets go of a session that came from `address`.
    func forget(_ id: SessionID, from address: SocketAddress?) {
        let waiting = state.withLockedValue { state -> [CheckedContinuation<Void, Never>] in
            guard state.connections.removeValue(forKey: id) != nil else { return [] }
            if configuration.maxSessionsPerAddress != nil, let network = RemoteNetwork(address),
                let count = state.counts[network]
            {
                state.counts[network] = count > 1 ? count - 1 : nil
            }
            guard state.connections.isEmpty else { return [] }
            defer { state.onEmpty = [] }
            return state.onEmpty
        }
        for continuation in waiting { continuation.resume() }
    }

    private func reportClients() {
        let count = clients
        metrics.clients(polling: count.polling, websocket: count.websocket)
    }
}
