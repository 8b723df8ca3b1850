import Crypto
import Curl
import Detection
import Domain
import Fetchers
import Foundation
import Hummingbird
import Logging
import Monitor
import NIOCore
import Realtime
import ServiceLifecycle
import Storage
import UnixSignals
import Web
import WebCore

/// Every part of the program, built in the order in which it starts; the end-to-end tests come in through this door
/// too.
struct Program: Sendable {
    let store: Store
    let bus: SignalBus
    let queue: any CheckQueue
    let scheduler: Scheduler
    let pool: WorkerPool
    let recorder: Recorder
    let actions: WatchActions
    let web: WebServer
    let apiKey: String
    private let fetcher: CurlFetcher
    /// How much memory there is, for whoever is about to need much of it.
    let budget: MemoryBudget
    private let idleRelease: IdleRelease
    private let storeGuard: StoreGuard
    private let farewell: Farewell
    private let relief: MemoryRelief
    private let systemd: SystemdReport
    private let rescuer: Rescuer
    private let marks: WorkMarks?
    private let configuration: Configuration
    private let logger: Logger

    /// Opens the store and builds everything; nothing runs yet. `onReady` hears the port when the server listens.
    init(
        _ configuration: Configuration, logger: Logger, onReady: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        self.configuration = configuration
        self.logger = logger

        // What there is to share out.
        budget = MemoryBudget(bytes: configuration.memoryBudget)
        let files = OpenFiles.raiseLimit()

        // What must not be lost.
        var storeOptions = Self.storeOptions(configuration)
        storeOptions.isExclusive = true
        store = try Store.open(at: configuration.databasePath, options: storeOptions)
        for note in store.notes { logger.log(level: note.isWarning ? .warning : .notice, "\(note)") }
        farewell = Farewell(logger: logger)
        apiKey = try await Self.apiKey(configuration, store)

        // Who hears what happens.
        bus = SignalBus()
        let progress = QueueProgress()

        // What waits, and who puts it there.
        let rules = Self.queueRules(configuration, files: files)
        let alarm = Alarm()
        queue = MemoryCheckQueue(
            rules,
            announce: { [bus] change in
                if change == .room { return alarm.ring() }
                progress.note(change)
                bus.publish(change)
            })
        let holds = try await Self.holds(store, queue)
        scheduler = Scheduler(
            store: store, queue: queue, options: Self.schedulerOptions(configuration), alarm: alarm, holds: holds,
            logger: logger)

        // Who does it.
        // What comes in at once may take a quarter of it.
        let bodies = BodyAllowance(budget.bytes / 4)
        fetcher = try CurlFetcher(Self.fetchOptions(configuration, files: files, bodies))
        let limits = Self.detectionLimits(configuration)
        let processor = TextProcessor(limits: limits)
        recorder = Recorder(
            store: store, queue: queue, bus: bus, holds: holds, rule: DueRule(minimum: configuration.minimumRecheck),
            wakeScheduler: { [scheduler] in scheduler.wake(from: $0) }, logger: logger)
        let lateness = Lateness()
        let desk = CheckDesk(
            store: store, queue: queue, recorder: recorder, holds: holds, bus: bus, lateness: lateness)
        let turns = WorkTurns()
        marks = try await Self.marks(configuration, store, logger)
        let worker = CheckWorker(
            runner: CheckRunner(
                fetcher: fetcher, processor: processor, threads: DetectionThreads(), limits: limits,
                room: WorkRoom(budget)),
            source: desk, turns: turns, marks: marks)
        idleRelease = IdleRelease(bus: bus)
        let memory = MemoryRelease(store: store, releaseCaches: processor.releaseCaches)
        relief = MemoryRelief(budget: budget, release: { _ = try? await memory.release() }, logger: logger)
        pool = WorkerPool(
            queue: queue, turns: turns, places: rules.mostInFlight, logger: logger,
            announce: { [bus] in bus.publish(.workers($0)) }, giveBack: desk.giveBack,
            check: worker.handle)
        rescuer = Rescuer(queue: queue, pool: pool, recorder: recorder, logger: logger)

        let trouble = WriteTrouble(store.notes)
        storeGuard = StoreGuard(store: store, trouble: trouble, recorder: recorder, logger: logger)

        // What people and programs can do, and where they do it.
        actions = WatchActions(
            store: store, queue: queue, bus: bus,
            addressProblem: { FetchAddress.problem(WatchAddress.fetched($0), Self.addressPolicy(configuration)) },
            hostOf: Self.host(of:), wakeScheduler: { [scheduler] in scheduler.wake(from: $0) }, trouble: trouble,
            logger: logger, limits: limits)
        let readiness = Readiness(
            store: store, scheduler: scheduler, pool: pool, recorder: recorder, queue: queue, progress: progress,
            lateness: lateness, trouble: trouble)
        let systemd = SystemdReport(
            configuration.systemdSocket, watchdog: configuration.watchdog, questions: .init(readiness), logger: logger)
        self.systemd = systemd
        let proxies = ProxyScan(store: store, check: ProxyCheck(fetcher))
        web = try WebServer(
            options: try Self.webOptions(configuration, files: files), apiKey: apiKey,
            machine: WebServer.Machine(
                store: store, queue: queue, pool: pool, actions: actions, bus: bus,
                proxies: proxies, readiness: readiness, memory: memory, budget: budget),
            logger: logger,
            onReady: { port in
                OpenFiles.keepFromPrograms()
                systemd.listens(on: port)
                await onReady(port)
            })
    }

    /// The parts that run, in starting order; they stop in the opposite order, so that nothing new comes in while the
    /// checks end.
    var services: [any Service] {
        [
            StoreService(store: store, recorder: recorder, fetcher: fetcher, farewell: farewell),
            StoreGuardService(storeGuard: storeGuard),
            HousekeepingService(housekeeping: Housekeeping(store: store, logger: logger)),
            MemoryService(release: idleRelease, relief: relief),
            RescueService(rescuer: rescuer),
            WorkerService(pool: pool, count: configuration.fetchWorkers, timeout: configuration.stopTimeout),
            SchedulerService(scheduler: scheduler),
            web,
            systemd,
        ]
    }

    /// Runs until SIGTERM or SIGINT, or until a part fails; returns when everything is stored and closed, and throws
    /// what could not be.
    func run(_ more: [any Service] = []) async throws {
        // What a stop that was asked for has cut short is nobody's fault.
        defer { marks?.clear() }
        try await group(more, signals: [.sigterm, .sigint]).run()
        if let failure = farewell.failure { throw failure }
    }

    /// All that runs, as one group that can be told to stop.
    func group(_ more: [any Service] = [], signals: [UnixSignal] = []) -> ServiceGroup {
        var group = ServiceGroupConfiguration(
            services: services + more, gracefulShutdownSignals: signals, logger: logger)
        group.maximumGracefulShutdownDuration = configuration.stopTimeout + .seconds(3)
        return ServiceGroup(configuration: group)
    }

    /// From the environment, else the one made at the first start.
    static func apiKey(_ configuration: Configuration, _ store: Store) async throws -> String {
        if let key = configuration.apiKey { return key }
        return try await store.apiKey { Self.newAPIKey() }
    }

    /// 128 bits by chance, as 32 hexadecimal digits, like the incumbent's.
    static func newAPIKey() -> String {
        // Safety: the bytes are copied before the key that lends them is gone.
        SymmetricKey(size: .bits128).withUnsafeBytes { Checksum(bytes: Array($0)).description }
    }
}

extension Program {
    /// What the limit per host goes by.
    @Sendable
    private static func host(of address: String) -> String {
        FetchAddress.host(of: WatchAddress.fetched(address))
    }

    static func storeOptions(_ configuration: Configuration) -> StoreOptions {
        var options = StoreOptions()
        options.hostOf = host(of:)
        options.checksKept = configuration.historyChecks
        options.picturesKept = configuration.historyPictures
        options.editsKept = configuration.historyEdits
        return options
    }

    static func detectionLimits(_ configuration: Configuration) -> DetectionLimits {
        var limits = DetectionLimits()
        limits.treeNodes = configuration.maximumNodes
        return limits
    }

    private static func schedulerOptions(_ configuration: Configuration) -> Scheduler.Options {
        var options = Scheduler.Options()
        options.startSpread = configuration.startSpread
        options.minimum = configuration.minimumRecheck
        return options
    }

    /// Where it is noted what is worked on; what was when the last program died is under suspicion from now on.
    private static func marks(
        _ configuration: Configuration, _ store: Store, _ logger: Logger
    ) async throws -> WorkMarks? {
        guard let marks = WorkMarks(at: configuration.databasePath + "-work") else {
            logger.warning("pages that end the program cannot be told: no file for it beside the database")
            return nil
        }
        if !marks.left.isEmpty {
            let resting: [WatchID]
            do {
                resting = try await store.suspect(
                    marks.left, delay: configuration.startSpread + .seconds(5), by: Requester(.machine("start")),
                    now: Date())
            } catch let error as StoreError where error.isPassing {
                logger.warning(
                    "the program ended while it worked on pages, which is left to the next start",
                    metadata: ["error": "\(error)"])
                return marks
            }
            logger.warning(
                "the program ended while it worked on pages; they are checked last, one by one",
                metadata: ["watches": "\(marks.left.map(\.description).joined(separator: " "))"])
            for watch in resting {
                logger.error("a page breaks the monitor, and its watch is paused", metadata: ["watch": "\(watch)"])
            }
        }
        marks.clear()
        return marks
    }

    /// The hosts that were left alone before a restart are left alone after it, and probed one check at a time.
    private static func holds(_ store: Store, _ queue: any CheckQueue) async throws -> HostHolds {
        let (holds, now) = (HostHolds(), Date())
        let held = try await store.heldHosts(now: now, limit: HostHolds.capacity)
        holds.restore(held, now: now)
        await queue.doubt(held.filter { $0.failures > 0 }.map(\.host))
        return holds
    }

    /// How many transfers there may be at once; `files` is the limit of open files.
    private static func transfers(_ files: Int) -> Int { max(2, (files - OpenFiles.reserve(of: files)) / 4) }

    /// No more in flight than there are descriptors for: what waited for one would look like a host that is slow.
    private static func queueRules(_ configuration: Configuration, files: Int) -> QueueRules {
        let inFlight = min(configuration.checksInFlight, transfers(files) / 2)
        var rules = QueueRules(perHost: configuration.checksPerHost, inFlight: inFlight)
        rules.lease = max(rules.lease, configuration.fetchTimeout * 2)
        return rules
    }

    /// `files` is the limit of open files.
    private static func fetchOptions(
        _ configuration: Configuration, files: Int, _ bodies: BodyAllowance
    ) -> CurlFetcher.Options {
        let free = files - OpenFiles.reserve(of: files)
        var options = CurlFetcher.Options(
            CurlOptions(
                addresses: addressPolicy(configuration), userAgent: configuration.userAgent,
                concurrentTransfers: min(
                    max(256, queueRules(configuration, files: files).mostInFlight), transfers(files)),
                idleConnections: min(512, max(1, free / 8)), firstReservedDescriptor: free,
                connectTimeout: configuration.connectTimeout,
                answerTimeout: configuration.fetchTimeout, extraCertificateFile: configuration.caFile,
                proxyAddresses: configuration.allowsPrivateProxies ? .any : addressPolicy(configuration),
                bodies: bodies))
        options.timeout = configuration.fetchTimeout
        options.bodyLimit = configuration.maximumBody
        options.redirectLimit = configuration.maximumRedirects
        return options
    }

    private static func httpLimits(_ configuration: Configuration, files: Int) -> ServerLimits {
        let reserve = OpenFiles.reserve(of: files)
        var limits = ServerLimits()
        limits.connections = min(configuration.maximumConnections, max(1, files - reserve))
        limits.connectionsPerAddress = configuration.maximumConnectionsPerAddress
        limits.firstReservedDescriptor = files - reserve
        limits.firstForbiddenDescriptor = files - reserve / 4
        limits.bodyTimeout = configuration.bodyTimeout
        limits.bodyBytes = configuration.maximumBodyBytes
        limits.unreadTimeout = configuration.unreadTimeout
        limits.unreadBytes = configuration.maximumUnreadBytes
        limits.leastBytesPerSecond = configuration.leastBytesPerSecond
        return limits
    }

    private static func addressPolicy(_ configuration: Configuration) -> AddressPolicy {
        configuration.allowsPrivateAddresses ? .any : .publicOnly
    }

    private static func webOptions(_ configuration: Configuration, files: Int) throws -> WebServer.Options {
        WebServer.Options(
            host: configuration.host, port: configuration.port, baseURL: configuration.baseURL,
            allowedHosts: configuration.allowedHosts.union(.machine(ProcessInfo.processInfo.hostName)),
            templates: try configuration.templates.folder(),
            limits: ConnectionLimits(
                sockets: configuration.maximumSockets, socketsPerAddress: configuration.maximumSocketsPerAddress),
            http: httpLimits(configuration, files: files),
            about: About(
                version: Turnstone.version, startedAt: Date(), baseURL: configuration.baseURL?.absoluteString))
    }
}

extension SignalBus {
    /// What the queue announces, as signals.
    fileprivate func publish(_ change: QueueChange) {
        switch change {
        case .length(let length): publish(Signal.queueLength(length))
        case .running(let count): publish(Signal.running(count))
        case .queued(let watch): publish(.watch(watch, .queued))
        case .unqueued(let watch): publish(.watch(watch, .unqueued))
        case .claimed(let watch): publish(.watch(watch, .started))
        case .lost(let watch): publish(.watch(watch, .released))
        case .room: break
        }
    }
}
