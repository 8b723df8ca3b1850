import API
public import Domain
public import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
public import Monitor
import NIOCore
import NIOPosix
import Pages
public import Realtime
public import ServiceLifecycle
import SocketIOHummingbird
public import Storage
public import WebCore

/// Everything reachable by HTTP, on one port: pages, API, health, and the socket.
public final class WebServer: Service {
    public struct Options: Sendable {
        public let host: String
        public let port: Int
        public let baseURL: URL?
        /// The names that are answered besides that of `baseURL`.
        public let allowedHosts: AllowedHosts
        /// The folder with the pages' templates and assets.
        public let templates: String
        public let limits: ConnectionLimits
        /// What all HTTP connections together may hold.
        public let http: ServerLimits
        public let about: About

        public init(
            host: String, port: Int, baseURL: URL?, allowedHosts: AllowedHosts, templates: String,
            limits: ConnectionLimits, http: ServerLimits, about: About
        ) {
            self.host = host
            self.port = port
            self.baseURL = baseURL
            self.allowedHosts = allowedHosts
            self.templates = templates
            self.limits = limits
            self.http = http
            self.about = about
        }

        /// Every name that is answered: people also come by the one that it listens on.
        var answeredHosts: AllowedHosts {
            allowedHosts.union(AllowedHosts(names: [baseURL?.host, host].compactMap { $0 }))
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
        let proxies: ProxyScan
        let readiness: Readiness
        let memory: MemoryRelease
        let budget: MemoryBudget

        public init(
            store: Store, queue: any CheckQueue, pool: WorkerPool, actions: WatchActions, bus: SignalBus,
            proxies: ProxyScan, readiness: Readiness, memory: MemoryRelease, budget: MemoryBudget
        ) {
            self.store = store
            self.queue = queue
            self.pool = pool
            self.actions = actions
            self.bus = bus
            self.proxies = proxies
            self.readiness = readiness
            self.memory = memory
            self.budget = budget
        }
    }

    private let options: Options
    private let apiKey: String
    private let machine: Machine
    private let renderer: PageRenderer
    private let refusals: RefusalLog
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
        refusals = RefusalLog(logger)
        renderer = try PageRenderer(folder: options.templates, base: options.base)
    }

    /// Serves until it is told to stop; then says goodbye to the sockets and lets requests end.
    public func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let steps = LiveSteps()
        let live = await LiveUpdates(
            store: machine.store, queue: machine.queue, bus: machine.bus, steps: steps,
            lateness: machine.readiness.lateness, actions: machine.actions, group: group,
            clientFolder: options.templates + "/assets/vendor", limits: options.limits,
            origin: WebOrigin.of(options.baseURL), refusals: refusals, logger: logger)
        // The program says itself that it listens, and where.
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .warning)
        let connections = Connections(options.http)
        let application = Application(
            responder: router(steps).buildResponder(),
            server: .http1(sharedWith: live.engine) { [rules = rules(live)] pipeline in
                try ServerPipeline.add(to: pipeline, rules: rules, connections: connections)
            },
            configuration: ApplicationConfiguration(address: .hostname(options.host, port: options.port)),
            onServerRunning: { [onReady, http = options.http] channel in
                try? await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(AcceptPace(http), position: .first)
                }.get()
                await onReady(channel.localAddress?.port ?? 0)
            },
            eventLoopGroupProvider: .shared(group), logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await live.run() }
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: {
                Task { await live.shutdown() }
            }
            tasks.cancelAll()
        }
    }

    /// What is refused in front of everything.
    private func rules(_ live: LiveUpdates) -> FrontDoorRules {
        FrontDoorRules(
            hosts: options.answeredHosts, base: options.base, socketPath: live.path, log: refusals,
            isExhausted: { [budget = machine.budget] in budget.pressure == .critical }
        ) { [renderer] name in
            renderer.render(
                MisdirectedPage(name: name), Frame(now: Date(), queueLength: 0, running: 0, totals: Totals()))
        }
    }

    /// Every route behind what every request passes, from the outside to the inside; a route passes only what was added
    /// before it.
    private func router(_ steps: LiveSteps) -> Router<WebContext> {
        let threads = PageThreads()
        let pages = PageRoutes(
            store: machine.store, queue: machine.queue, steps: steps, lateness: machine.readiness.lateness,
            actions: machine.actions,
            proxies: machine.proxies,
            pages: renderer,
            threads: threads, baseURL: options.baseURL, refusals: refusals,
            banners: { [readiness = machine.readiness, budget = machine.budget] in await readiness.banners(budget) })
        let api = APIRoutes(
            machine: APIRoutes.Machine(
                store: machine.store, queue: machine.queue, pool: machine.pool, actions: machine.actions,
                proxies: machine.proxies, readiness: machine.readiness, memory: machine.memory,
                budget: machine.budget),
            threads: threads, about: options.about, key: apiKey, base: options.base)

        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: CompressionMiddleware())
        router.add(middleware: pages.errors)
        router.add(middleware: pages.sameOrigin)
        pages.add(to: router)
        api.add(to: router)
        router.refuseOtherMethods()
        return router
    }
}
