public import Domain
import Foundation
public import Logging
import Synchronization

/// Keeps the wanted number of workers at work for each kind of fetcher: each claims a check of its kind, does it, and
/// claims the next.
///
/// A worker:
/// ```
///            claim              check done
///   idle ──────────► busy ──────────────────► idle
///    │ retire       │ ▲ retire                  ▲
///    ▼              ▼ │ more are wanted again   │ (a new worker takes its place)
///   gone        last check ─► gone         died: the check threw, its claim is given back
///                                          hung: its claim was lost, it is cancelled and nobody waits for it
/// ```
/// A worker is never stopped in the middle of a check when the number is lowered. One that dies or hangs is replaced,
/// and its watch is queued again.
public actor WorkerPool {
    /// What people who look after it want to know.
    public struct Status: Sendable, Equatable {
        public let wanted: Int
        public let alive: Int
        public let busy: Int
        /// Workers that died or hung and were replaced since the start.
        public let replaced: Int
    }

    private struct Worker {
        let task: Task<Void, Never>
        let kind: FetcherKind
        var claim: Claim?
        /// When it got the claim, on the pool's stopwatch.
        var since: Duration = .zero
        var isRetiring = false

        var isBusy: Bool { claim != nil }
    }

    /// Longer than any check takes whose parts keep to their limits: the longest fetch that can be allowed is 999 s.
    public static let standardPatience: Duration = .seconds(1800)

    private let queue: any CheckQueue
    /// Does one check and hands it over; throws only when the check could not be done at all, which ends the worker.
    private let check: @Sendable (Claim) async throws -> Void
    /// Hears of claims whose checks were not done.
    private let giveBack: @Sendable (Claim) async -> Void
    private let clock: any Clock<Duration>
    private let stopwatch: Stopwatch
    /// How long a dead worker's place stays empty, so that a fault that kills every worker does not spin.
    private let pause: Duration
    /// A check that takes longer is taken for hung: its lease is extended no more.
    private let patience: Duration
    private let logger: Logger
    private let announce: @Sendable (Int) -> Void

    private var workers: [Int: Worker] = [:]
    private var nextWorker = 0
    private var wanted: [FetcherKind: Int] = [:]
    private var replaced = 0
    private var isStopping = false

    public init(
        queue: any CheckQueue, clock: any Clock<Duration> = ContinuousClock(), pause: Duration = .seconds(1),
        patience: Duration = standardPatience, logger: Logger,
        announce: @escaping @Sendable (Int) -> Void = { _ in }, giveBack: @escaping @Sendable (Claim) async -> Void,
        check: @escaping @Sendable (Claim) async throws -> Void
    ) {
        self.queue = queue
        self.clock = clock
        stopwatch = Stopwatch(clock)
        self.pause = pause
        self.patience = patience
        self.logger = logger
        self.announce = announce
        self.giveBack = giveBack
        self.check = check
    }

    /// All workers together.
    public var status: Status { status(of: Array(workers.values), wanted: wanted.values.reduce(0, +)) }

    /// The workers of each kind.
    public var statusByKind: [FetcherKind: Status] {
        var all: [FetcherKind: Status] = [:]
        for (kind, count) in wanted { all[kind] = status(of: workers.values.filter { $0.kind == kind }, wanted: count) }
        return all
    }

    private func status(of workers: [Worker], wanted: Int) -> Status {
        Status(
            wanted: wanted, alive: workers.count { !$0.isRetiring }, busy: workers.count { $0.isBusy },
            replaced: replaced)
    }

    /// Starts or retires workers of a kind until there are `count`; idle ones go first, busy ones after their check.
    public func setCount(_ count: Int, of kind: FetcherKind = .plain) {
        guard !isStopping else { return }
        let changed = count != wanted[kind, default: 0]
        wanted[kind] = max(0, count)
        adjust(kind)
        if changed { announce(wanted.values.reduce(0, +)) }
    }

    /// Makes up for workers that are missing; returns how many were started.
    @discardableResult
    public func adjust() -> Int {
        wanted.keys.reduce(0) { $0 + adjust($1) }
    }

    @discardableResult
    private func adjust(_ kind: FetcherKind) -> Int {
        guard !isStopping else { return 0 }
        let active = workers.filter { $0.value.kind == kind && !$0.value.isRetiring }
        let wanted = wanted[kind, default: 0]
        if active.count > wanted { retire(active.count - wanted, of: active) }
        let missing = max(0, wanted - active.count)
        let kept = keepRetiring(missing, kind)
        for _ in kept..<missing { start(kind) }
        return missing - kept
    }

    /// Claims no more, waits up to `timeout` for running checks, then cancels and gives back what is left.
    public func stop(within timeout: Duration) async {
        isStopping = true
        await queue.close()
        let deadline = Task { [clock] in
            try await clock.sleep(for: timeout)
            cancelChecks()
        }
        for worker in workers.values { await worker.task.value }
        deadline.cancel()
    }

    /// Keeps the leases of checks that are under way and not hung.
    func beat() async {
        let moment = stopwatch.elapsed
        let living = workers.values.filter { moment - $0.since < patience }.compactMap(\.claim)
        guard !living.isEmpty else { return }
        replaceWorkers(of: await queue.extend(living))
    }

    /// Replaces the workers whose claims are lost; what they still find is not wanted.
    func replaceWorkers(of lost: [Claim]) {
        guard !lost.isEmpty else { return }
        for (id, worker) in workers {
            guard let claim = worker.claim, lost.contains(claim) else { continue }
            workers[id] = nil
            worker.task.cancel()
            replaced += 1
            logger.error(
                "a worker lost its check and is replaced", metadata: ["watch": "\(claim.check.watch)"])
        }
        adjust()
    }

    private func cancelChecks() {
        for worker in workers.values where worker.isBusy { worker.task.cancel() }
    }

    private func retire(_ count: Int, of active: [Int: Worker]) {
        let idleFirst = active.sorted { !$0.value.isBusy && $1.value.isBusy }
        for (id, worker) in idleFirst.prefix(count) {
            workers[id]?.isRetiring = true
            if !worker.isBusy { worker.task.cancel() }
        }
    }

    /// Lets up to `count` workers stay that were to go after the check they are at, so that lowering and raising the
    /// number again and again never makes more checks run at once than are wanted.
    private func keepRetiring(_ count: Int, _ kind: FetcherKind) -> Int {
        let busy = workers.filter { $0.value.kind == kind && $0.value.isRetiring && $0.value.isBusy }.prefix(count).map(
            \.key)
        for id in busy { workers[id]?.isRetiring = false }
        return busy.count
    }

    private func start(_ kind: FetcherKind) {
        nextWorker += 1
        let id = nextWorker
        workers[id] = Worker(task: Task { await work(id, kind) }, kind: kind)
    }

    private func work(_ id: Int, _ kind: FetcherKind) async {
        while workers[id]?.isRetiring == false, let claim = await queue.claim(kind) {
            // Retiring cancels the wait for a claim; one that came all the same is for another worker. A busy one is
            // not cancelled by it.
            guard !Task.isCancelled else {
                workers[id] = nil
                return await giveBack(claim)
            }
            workers[id]?.claim = claim
            workers[id]?.since = stopwatch.elapsed
            do {
                try await check(claim)
            } catch {
                return await bury(id, claim, error)
            }
            workers[id]?.claim = nil
        }
        workers[id] = nil
    }

    private func bury(_ id: Int, _ claim: Claim, _ error: any Error) async {
        // One that hung was replaced when its claim was lost.
        guard workers.removeValue(forKey: id) != nil else { return }
        guard !isStopping else { return await giveBack(claim) }
        replaced += 1
        logger.error(
            "a worker died and is replaced",
            metadata: ["watch": "\(claim.check.watch)", "error": "\(error)"])
        try? await clock.sleep(for: pause)
        await giveBack(claim)
        adjust()
    }
}
