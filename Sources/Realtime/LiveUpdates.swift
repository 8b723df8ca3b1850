package import Domain
package import EngineIO
package import Logging
package import Monitor
package import NIOCore
import SocketIO
package import Storage
package import WebCore

/// All that is live: the socket that clients connect to, and the bridge that tells them what happens.
package struct LiveUpdates: Sendable {
    private let realtime: RealtimeServer
    private let bridge: RealtimeBridge

    /// `clientFolder` holds the client that browsers are given; `origin` is that of the address people use, when it is
    /// known; `refusals` hears of handshakes that other sites tried.
    package init(
        store: Store, queue: any CheckQueue, bus: SignalBus, steps: LiveSteps, lateness: Lateness,
        actions: WatchActions,
        group: any EventLoopGroup, clientFolder: String, limits: ConnectionLimits, origin: String?,
        refusals: RefusalLog, logger: Logger
    ) async {
        realtime = RealtimeServer(
            group: group, clientFolder: clientFolder, limits: limits, origin: origin, refusals: refusals,
            logger: logger)
        bridge = RealtimeBridge(
            store: store, queue: queue, bus: bus, steps: steps, rooms: await realtime.rooms(),
            lateness: lateness, logger: logger)
        await realtime.answer(from: bridge, actions)
    }

    /// What the HTTP server hands the socket's requests to.
    package var engine: Engine { realtime.server.engine }

    /// Where the socket's requests go.
    package var path: String { engine.configuration.path }

    /// Tells clients what happens, until the task is cancelled.
    package func run() async {
        let listening = bridge.listen()
        defer { listening.cancel() }
        await bridge.run()
    }

    /// Says goodbye to every client.
    package func shutdown() async {
        await realtime.server.shutdown()
    }
}
