public import Domain
import EngineIO
public import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
public import Monitor
import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle
import SocketIO
import SocketIOHummingbird
public import Storage

/// Everything reachable by HTTP, on one port: pages, API, health, and the socket.
public final class WebServer: Service {
    /// How many live connections are taken at once, in all and from one address.
    public struct SocketLimits: Sendable {
        public let sockets: Int
        public let socketsPerAddress: Int

        public init(sockets: Int, socketsPerAddress: Int) {
            self.sockets = sockets
            self.socketsPerAddress = socketsPerAddress
        }
    }

    public struct Options: Sendable {
        public let host: String
        public let port: Int
        public let baseURL: URL?
        /// The folder with the pages' templates and assets.
        public let templates: String
        public let limits: SocketLimits
        public let about: About

        public init(host: String, port: Int, baseURL: URL?, templates: String, limits: SocketLimits, about: About) {
            self.host = host
            self.port = port
            self.baseURL = baseURL
            self.templates = templates
            self.limits = limits
            self.about = about
        }

        /// The path of the base address without a slash at its end; empty when there is none.
        var base: String {
            let path = baseURL?.path ?? ""
            return path.hasSuffix("/") ? String(path.dropLast()) : path
        }
    }

    /// The parts below that this floor shows.
    public struct Machine: Sendable {
        let store: Store
        let queue: any CheckQueue
        let pool: WorkerPool
        let actions: WatchActions
        let bus: SignalBus
        let readiness: Readiness
        let memory: MemoryRelease

        public init(
            store: Store, queue: any CheckQueue, pool: WorkerPool, actions: WatchActions, bus: SignalBus,
            readiness: Readiness, memory: MemoryRelease
        ) {
            self.store = store
            self.queue = queue
            self.pool = pool
            self.actions = actions
            self.bus = bus
            self.readiness = readiness
            self.memory = memory
        }
    }

    private let options: Options
    private let apiKey: String
    private let machine: Machine
    private let pages: PageRenderer
    private let threads = PageThreads()
    private let logger: Logger
    private let onReady: @Sendable (Int) async -> Void

    /// Reads the templates; throws when one is missing or malformed.
    public init(
        options: Options, apiKey: String, machine: Machine, logger: Logger,
        onReady: @escaping @Sendable (Int) async -> Void
    ) throws {
        self.options = options
        self.apiKey = apiKey
        self.machine = machine
        self.logger = logger
        self.onReady = onReady
        pages = try PageRenderer(folder: options.templates, base: options.base)
    }

    /// Serves until it is told to stop; then says goodbye to the sockets and lets requests end.
    public func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let realtime = RealtimeServer(
            group: group, clientFolder: options.templates + "/assets/vendor", limits: options.limits,
            origin: WebOrigin.of(options.baseURL), logger: logger)
        let steps = LiveSteps()
        let bridge = RealtimeBridge(
            store: machine.store, queue: machine.queue, bus: machine.bus, steps: steps, rooms: await realtime.rooms(),
            logger: logger)
        await realtime.answer(from: bridge, machine.actions)
        // The program says itself that it listens, and where.
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .warning)
        let application = Application(
            responder: router(steps).buildResponder(),
            server: .http1(sharedWith: realtime.server.engine) { [base = options.base] pipeline in
                try Self.addCodec(to: pipeline, base: base)
            },
            configuration: ApplicationConfiguration(address: .hostname(options.host, port: options.port)),
            onServerRunning: { [onReady] channel in await onReady(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(group), logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                let listening = bridge.listen()
                defer { listening.cancel() }
                await bridge.run()
            }
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: {
                Task { await realtime.server.shutdown() }
            }
            tasks.cancelAll()
        }
    }

    /// What every request passes, ours and the socket's; `base` comes before every path, or is empty.
    private static func addCodec(to pipeline: ChannelPipeline.SynchronousOperations, base: String) throws {
        let allowance = ChunkAllowance()
        try pipeline.addHandler(ChunkAllowance.Arrivals(allowance))
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
        let oneByOne = try pipeline.handler(type: HTTPServerPipelineHandler.self)
        try pipeline.addHandlers([allowance, Patience()], position: .before(oneByOne))
        try pipeline.addHandler(AnswersInKind())
        if !base.isEmpty { try pipeline.addHandler(BasePath(base)) }
    }

    private func router(_ steps: LiveSteps) -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        addPages(to: router, steps)
        HealthRoutes(
            queue: machine.queue, pool: machine.pool, actions: machine.actions, readiness: machine.readiness,
            memory: machine.memory, about: options.about
        ).add(to: router)
        let api = router.group("api/v1").add(middleware: APIKeyMiddleware(key: apiKey))
        WatchRoutes(store: machine.store, actions: machine.actions).add(to: api)
        HistoryRoutes(store: machine.store, actions: machine.actions, base: options.base).add(to: api)
        DifferenceRoutes(store: machine.store, threads: threads).add(to: api)
        ExplainRoutes(store: machine.store, actions: machine.actions).add(to: api)
        TagRoutes(store: machine.store, actions: machine.actions).add(to: api)
        SystemRoutes(store: machine.store, queue: machine.queue, pool: machine.pool, about: options.about).add(to: api)
        router.refuseOtherMethods()
        return router
    }

    /// The pages, and what holds for every request; comes before all other routes, since these pass through it too.
    private func addPages(to router: Router<WebContext>, _ steps: LiveSteps) {
        let source = PageSource(store: machine.store, queue: machine.queue, steps: steps, now: { Date() })
        PageRoutes.add(
            to: router, source: source, actions: machine.actions, pages: pages, threads: threads,
            baseURL: options.baseURL)
    }
}
