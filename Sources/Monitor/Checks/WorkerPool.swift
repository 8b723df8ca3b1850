public import Domain
import Foundation
public import Logging
import Synchronization

/// Keeps the wanted number of workers at work for each kind of fetcher, and as many checks in flight as may wait for a
/// network.
///
/// Waiting for a page takes no worker: a check in flight has a *place*, which claims a check of its kind, has it done,
/// and claims the next; while it is worked on it has one of the `turns`, of which there are as many as workers. Without
/// any worker there are no places either.
///
/// A place:
/// ```
///            claim              check done
///   idle ──────────► busy ──────────────────► idle
///    │ retire       │ ▲ retire                  ▲
///    ▼              ▼ │ more are wanted again   │ (a new one is made for it)
///   gone        last check ─► gone         died: the check threw, its claim is given back
///                                          hung: its claim was lost, it is cancelled and nobody waits for it
/// ```
/// None is stopped in the middle of a check when the number is lowered. One that dies or hangs is replaced, and its
/// watch is queued again; those that die one after the other (a store that cannot be read) are replaced later and
/// later, all together, until a check gets through.
public actor WorkerPool {
    /// What people who look after it want to know.
    public struct Status: Sendable, Equatable {
        public let wanted: Int
        public let alive: Int
        /// Those that work on a page.
        public let busy: Int
        /// Those that died or hung and were replaced since the start.
        public let replaced: Int
        /// Checks that wait for a page or are worked on.
        public let inFlight: Int
    }

    private struct Place {
        let task: Task<Void, Never>
        let kind: FetcherKind
        var claim: Claim?
        /// When it got the claim, on the pool's stopwatch.
        var since: Duration = .zero
        var isRetiring = false
        /// It waits until something may be claimed again.
        var isResting = false

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
    private let turns: WorkTurns
    /// How many places there are for a kind as long as it has workers; nil for as many as workers.
    private let places: Int?
    /// How long nothing is claimed after a place died, so that a fault that kills all of them does not spin; doubled
    /// for each further one, up to `longestPause`, until a check gets through.
    private let pause: Duration
    public static let longestPause: Duration = .seconds(60)
    /// A check that takes longer is taken for hung: its lease is extended no more.
    private let patience: Duration
    private let logger: Logger
    private let announce: @Sendable (Int) -> Void

    private var workers: [Int: Place] = [:]
    private var nextWorker = 0
    private var wanted: [FetcherKind: Int] = [:]
    private var replaced = 0
    private var isStopping = false
    /// Claims that were lost at the last beat.
    private var missed: [Claim] = []
    /// Deaths since a check got through.
    private var deaths = 0
    /// Until when nothing is claimed, on the stopwatch.
    private var quietUntil: Duration = .zero

    public init(
        queue: any CheckQueue, turns: WorkTurns = WorkTurns(), places: Int? = nil,
        clock: any Clock<Duration> = ContinuousClock(), pause: Duration = .seconds(1),
        patience: Duration = standardPatience, logger: Logger,
        announce: @escaping @Sendable (Int) -> Void = { _ in }, giveBack: @escaping @Sendable (Claim) async -> Void,
        check: @escaping @Sendable (Claim) async throws -> Void
    ) {
        self.queue = queue
        self.turns = turns
        self.places = places
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
    public var status: Status {
        let all = Array(statusByKind.values)
        return Status(
            wanted: all.reduce(0) { $0 + $1.wanted }, alive: all.reduce(0) { $0 + $1.alive },
            busy: all.reduce(0) { $0 + $1.busy }, replaced: replaced, inFlight: all.reduce(0) { $0 + $1.inFlight })
    }

    /// The workers of each kind.
    public var statusByKind: [FetcherKind: Status] {
        var all: [FetcherKind: Status] = [:]
        for (kind, count) in wanted {
            let mine = workers.values.filter { $0.kind == kind }
            let missing = placesWanted(kind) - mine.count { !$0.isRetiring }
            let alive = count - min(count, max(0, missing))
            let inFlight = mine.count { $0.isBusy }
            let busy = places == nil ? inFlight : turns.taken(of: kind)
            all[kind] = Status(wanted: count, alive: alive, busy: busy, replaced: replaced, inFlight: inFlight)
        }
        return all
    }

    private func placesWanted(_ kind: FetcherKind) -> Int {
        let count = wanted[kind, default: 0]
        return count == 0 ? 0 : max(count, places ?? count)
    }

    /// Starts or retires workers of a kind until there are `count`; idle ones go first, busy ones after their check.
    public func setCount(_ count: Int, of kind: FetcherKind = .plain) {
        guard !isStopping else { return }
        let changed = count != wanted[kind, default: 0]
        wanted[kind] = max(0, count)
        turns.setCount(max(0, count), of: kind)
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
        let wanted = placesWanted(kind)
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
        for worker in workers.values where worker.isResting { worker.task.cancel() }
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
        let lost = await queue.extend(living)
        // One whose outcome was stored a moment ago has no claim either, and is about to come back for the next.
        replaceWorkers(of: lost.filter { missed.contains($0) })
        missed = lost
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

    private func retire(_ count: Int, of active: [Int: Place]) {
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
        workers[id] = Place(task: Task { await work(id, kind) }, kind: kind)
    }

    private func work(_ id: Int, _ kind: FetcherKind) async {
        while await rest(id), workers[id]?.isRetiring == false, let claim = await queue.claim(kind) {
            workers[id]?.claim = claim
            workers[id]?.since = stopwatch.elapsed
            // Retiring cancels the wait for a claim; one that came all the same is for another. A busy one is not
            // cancelled by it.
            guard !Task.isCancelled, await rest(id) else {
                workers[id] = nil
                return await giveBack(claim)
            }
            do {
                try await check(claim)
                deaths = 0
            } catch {
                return await bury(id, claim, error)
            }
            workers[id]?.claim = nil
        }
        workers[id] = nil
    }

    /// Waits while nothing is to be claimed, since others have died; false when the task is cancelled.
    private func rest(_ id: Int) async -> Bool {
        workers[id]?.isResting = true
        defer { workers[id]?.isResting = false }
        while quietUntil > stopwatch.elapsed {
            guard !isStopping, (try? await clock.sleep(for: quietUntil - stopwatch.elapsed)) != nil else {
                return false
            }
        }
        return true
    }

    private func bury(_ id: Int, _ claim: Claim, _ error: any Error) async {
        // One that hung was replaced when its claim was lost.
        guard workers.removeValue(forKey: id) != nil else { return }
        guard !isStopping else { return await giveBack(claim) }
        replaced += 1
        quiet(claim, error)
        await giveBack(claim)
        adjust()
    }

    /// Lets nothing be claimed for a while, once for all that die of the same fault at the same time, and says so once.
    private func quiet(_ claim: Claim, _ error: any Error) {
        guard quietUntil <= stopwatch.elapsed else { return }
        let length = min(Self.longestPause, pause * (1 << min(deaths, 10)))
        deaths += 1
        quietUntil = stopwatch.elapsed + length
        logger.error(
            "a worker died and is replaced; nothing is checked for a while",
            metadata: [
                "watch": "\(claim.check.watch)", "error": "\(error)", "seconds": "\(length.seconds)",
            ])
    }
}
