import Domain
import Foundation
public import Logging
import Synchronization

/// Keeps the wanted number of workers at work: each claims a check, does it, and claims the next.
///
/// A worker:
/// ```
///            claim              check done
///   idle ──────────► busy ──────────────────► idle
///    │ retire       │ ▲ retire                  ▲
///    ▼              ▼ │ more are wanted again   │ (a new worker takes its place)
///   gone        last check ─► gone         died: the check threw, its claim is given back
/// ```
/// A worker is never stopped in the middle of a check when the number is lowered. One that dies is replaced, and its watch is queued again.
public actor WorkerPool {
    /// What people who look after it want to know.
    public struct Status: Sendable, Equatable {
        public let wanted: Int
        public let alive: Int
        public let busy: Int
        /// Workers that died and were replaced since the start.
        public let replaced: Int
    }

    private struct Worker {
        let task: Task<Void, Never>
        var isBusy = false
        var isRetiring = false
    }

    private let queue: any CheckQueue
    /// Does one check and records it; throws only when the check could not be done at all, which ends the worker.
    private let check: @Sendable (Claim) async throws -> Void
    private let clock: any Clock<Duration>
    /// How long a dead worker's place stays empty, so that a fault that kills every worker does not spin.
    private let pause: Duration
    private let logger: Logger
    private let announce: @Sendable (Int) -> Void

    private var workers: [Int: Worker] = [:]
    private var nextWorker = 0
    private var wanted = 0
    private var replaced = 0
    private var isStopping = false

    public init(
        queue: any CheckQueue, clock: any Clock<Duration> = ContinuousClock(), pause: Duration = .seconds(1),
        logger: Logger,
        announce: @escaping @Sendable (Int) -> Void = { _ in }, check: @escaping @Sendable (Claim) async throws -> Void
    ) {
        self.queue = queue
        self.clock = clock
        self.pause = pause
        self.logger = logger
        self.announce = announce
        self.check = check
    }

    public var status: Status {
        Status(
            wanted: wanted, alive: workers.values.count { !$0.isRetiring }, busy: workers.values.count { $0.isBusy },
            replaced: replaced)
    }

    /// Starts or retires workers until there are `count`; idle ones go first, busy ones after their check.
    public func setCount(_ count: Int) {
        guard !isStopping else { return }
        let changed = count != wanted
        wanted = max(0, count)
        adjust()
        if changed { announce(wanted) }
    }

    /// Makes up for workers that are missing; returns how many were started.
    @discardableResult
    public func adjust() -> Int {
        guard !isStopping else { return 0 }
        let active = workers.filter { !$0.value.isRetiring }
        if active.count > wanted { retire(active.count - wanted, of: active) }
        let missing = max(0, wanted - active.count)
        let kept = keepRetiring(missing)
        for _ in kept..<missing { start() }
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

    /// Lets up to `count` workers stay that were to go after the check they are at, so that lowering and raising the number again and again
    /// never makes more checks run at once than are wanted.
    private func keepRetiring(_ count: Int) -> Int {
        let busy = workers.filter { $0.value.isRetiring && $0.value.isBusy }.prefix(count).map(\.key)
        for id in busy { workers[id]?.isRetiring = false }
        return busy.count
    }

    private func start() {
        nextWorker += 1
        let id = nextWorker
        workers[id] = Worker(task: Task { await work(id) })
    }

    private func work(_ id: Int) async {
        while workers[id]?.isRetiring == false, let claim = await queue.claim() {
            // Retiring cancels the wait for a claim; one that came all the same is for another worker. A busy one is not cancelled by it.
            guard !Task.isCancelled else {
                workers[id] = nil
                return await queue.giveBack(claim)
            }
            workers[id]?.isBusy = true
            do {
                try await check(claim)
            } catch {
                return await bury(id, claim, error)
            }
            workers[id]?.isBusy = false
        }
        workers[id] = nil
    }

    private func bury(_ id: Int, _ claim: Claim, _ error: any Error) async {
        workers[id] = nil
        guard !isStopping else { return await queue.giveBack(claim) }
        replaced += 1
        logger.error(
            "a worker died and is replaced",
            metadata: ["watch": "\(claim.check.watch)", "error": "\(error)"])
        try? await clock.sleep(for: pause)
        await queue.giveBack(claim)
        adjust()
    }
}
