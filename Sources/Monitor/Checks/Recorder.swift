public import Domain
public import Foundation
public import Logging
public import Storage

/// Stores what checks found, many at once, and announces it afterwards: good or bad, there is this one path.
///
/// ```
///            record                    commit                  stored
///   taken over ──► pending ──linger──► under way ────────────────────────► claims ended, announced
///                                       │  ▲ the store is locked, full or broken off: again after a while
///                                       │  └──────────────┘
///                                       └─ an outcome that cannot be stored: each alone, that one as a failure of ours
/// ```
/// Outcomes that arrive within a few milliseconds, or while a commit is under way, share the next commit. A claim is
/// ended only after its outcome is stored, so a watch is never given out again before its new due time is a row. When
/// the store fails, the batch waits and is tried again: outcomes are not dropped while the program runs. What is
/// dropped when it is stopped meanwhile is still due.
///
/// Claims are ended here and nowhere else, with an outcome or without (see `Claim`). What waits here keeps its lease by
/// `beat`; an outcome whose claim was lost all the same is dropped before the commit, since its watch is checked anew.
public actor Recorder {
    public struct Options: Sendable {
        /// How long the first outcome of a batch waits for company: a flush to the disk costs as much as ten checks,
        /// and nobody sees 5 ms.
        public var linger: Duration = .milliseconds(5)
        /// A batch of this size does not wait any longer.
        public var batch = 256
        /// Whoever brings more outcomes than this, while the store is slow, has to wait.
        public var most = 1024
        /// The same in bytes of text.
        public var mostBytes = 64 << 20
        /// How long to wait before a failed commit is tried again.
        public var retry: Duration = .seconds(1)

        public init() {}
    }

    private struct Entry {
        let outcome: CheckOutcome
        let claim: Claim
        /// Until when the host is to be left alone.
        let hold: Date?
        /// It stands for an outcome that the store does not take.
        var isSubstitute = false

        /// The same check, ended by a fault of ours.
        func failed(_ why: String) -> Entry {
            let outcome = CheckOutcome(
                watch: outcome.watch, revision: outcome.revision, startedAt: outcome.startedAt,
                duration: outcome.duration,
                result: .failed(CheckFailure(.internalError, why)))
            return Entry(outcome: outcome, claim: claim, hold: hold, isSubstitute: true)
        }
    }

    private let store: Store
    private let queue: any CheckQueue
    private let bus: SignalBus
    private let holds: HostHolds
    private let rule: DueRule
    private let options: Options
    /// Hears of a watch whose next check is due already.
    private let wakeScheduler: @Sendable (Date) -> Void
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let logger: Logger

    private var pending: [Entry] = []
    private var pendingBytes = 0
    /// The batch that is being stored.
    private var underWay: [Entry] = []
    /// Those whose outcomes wait for room.
    private var atTheDoor: [Claim] = []
    private var draining: Task<Void, Never>?
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// The store's complaint while it fails; nil while all is well.
    public private(set) var trouble: String?
    public private(set) var recordedCount = 0
    /// Outcomes that nobody wanted any more, since their claims were lost.
    public private(set) var droppedCount = 0
    /// Outcomes that were let go because the store takes nothing while the program stops, or does not take this one.
    public private(set) var lostCount = 0

    public init(
        store: Store, queue: any CheckQueue, bus: SignalBus, holds: HostHolds, rule: DueRule,
        options: Options = Options(), wakeScheduler: @escaping @Sendable (Date) -> Void = { _ in },
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.store = store
        self.queue = queue
        self.bus = bus
        self.holds = holds
        self.rule = rule
        self.options = options
        self.wakeScheduler = wakeScheduler
        self.clock = clock
        self.now = now
        self.logger = logger
    }

    /// Takes over an outcome and its claim; returns at once unless too many wait already.
    ///
    /// Throws only when the task is cancelled while there is no room; then the outcome is lost and the claim still the
    /// caller's.
    public func record(_ outcome: CheckOutcome, claim: Claim) async throws(CancellationError) {
        // Before the host may be asked again: what it has just said counts for the next check of it.
        let hold = holds.learn(from: outcome, host: claim.check.host, now: now())
        guard await queue.reached(.storing, by: claim, timedOut: outcome.failure?.isTimeout ?? false) else {
            return drop([claim])
        }
        bus.publish(.watch(outcome.watch, .step(.storing)))
        if isFull {
            do {
                try await waitForRoom(claim)
            } catch {
                lostCount += 1
                throw error
            }
        }
        pending.append(Entry(outcome: outcome, claim: claim, hold: hold))
        pendingBytes += outcome.contentBytes
        if draining == nil { draining = Task { await drain() } }
    }

    /// Ends a claim without an outcome: its check is not to be done, or was not and its watch is queued again.
    func end(_ claim: Claim, isDone: Bool) async {
        let wasCurrent = isDone ? await queue.dismiss(claim) : await queue.giveBack(claim)
        if wasCurrent { bus.publish(.watch(claim.check.watch, .released)) }
    }

    /// Keeps the leases of what waits to be stored.
    func beat() async {
        let claims = atTheDoor + pending.map(\.claim) + underWay.map(\.claim)
        if !claims.isEmpty { _ = await queue.extend(claims) }
    }

    private func drop(_ claims: [Claim]) {
        droppedCount += claims.count
        for claim in claims {
            logger.warning(
                "an outcome came after its lease had run out and is dropped",
                metadata: ["watch": "\(claim.check.watch)"])
        }
    }

    private var isFull: Bool { pending.count >= options.most || pendingBytes >= options.mostBytes }

    private func waitForRoom(_ claim: Claim) async throws(CancellationError) {
        atTheDoor.append(claim)
        defer { atTheDoor.removeAll { $0 == claim } }
        while isFull {
            guard !Task.isCancelled else { throw CancellationError() }
            await room()
        }
    }

    /// Returns when everything taken over so far is stored, or after `limit` while the store fails: what is left then
    /// is lost (`lostCount`) and still due.
    public func flush(within limit: Duration) async {
        let deadline = Task { [clock] in
            try await clock.sleep(for: limit)
            draining?.cancel()
        }
        while let task = draining { await task.value }
        deadline.cancel()
    }

    /// Returns when there may be room, or when the task is cancelled.
    private func room() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting.append($0) }
        } onCancel: {
            Task { await wakeWaiting() }
        }
    }

    private func wakeWaiting() {
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    private func drain() async {
        while !pending.isEmpty, !Task.isCancelled {
            if pending.count < options.batch { try? await clock.sleep(for: options.linger) }
            let batch = pending
            pending = []
            pendingBytes = 0
            underWay = batch
            await commit(batch)
            underWay = []
            wakeWaiting()
        }
        lostCount += pending.count
        draining = nil
    }

    /// Hears that somebody else's write succeeded: what is held against the store counts no more, unless an outcome
    /// waits, which is tried again anyway.
    func storeTookAWrite() {
        if underWay.isEmpty, pending.isEmpty { trouble = nil }
    }

    private func commit(_ batch: [Entry]) async {
        var batch = batch
        while true {
            batch = await withoutLost(batch)
            do {
                return try await store(batch)
            } catch {
                let isNews = trouble != "\(error)"
                trouble = "\(error)"
                guard let known = error as? StoreError, known.isPassing else {
                    return await commitOneByOne(batch, error)
                }
                if isNews {
                    logger.error(
                        "outcomes could not be stored; they are kept and tried again",
                        metadata: ["error": "\(error)", "outcomes": "\(batch.count)"])
                }
                guard !Task.isCancelled else {
                    lostCount += batch.count
                    return
                }
                try? await clock.sleep(for: options.retry)
            }
        }
    }

    /// Finds the outcome that the store does not take, so that it does not hold up all others for ever.
    private func commitOneByOne(_ batch: [Entry], _ error: any Error) async {
        guard batch.count == 1, let entry = batch.first else {
            for entry in batch { await commit([entry]) }
            return
        }
        guard !entry.isSubstitute else {
            // Not even that: the watch stays due as it is, and the clock asks for it again at its next sweep.
            lostCount += 1
            return await end(entry.claim, isDone: true)
        }
        logger.error(
            "an outcome cannot be stored",
            metadata: ["watch": "\(entry.outcome.watch)", "error": "\(error)"])
        await commit([entry.failed("\(error)")])
    }

    private func store(_ batch: [Entry]) async throws {
        let held = holds.takeChanged()
        let recorded: [RecordedCheck]
        do {
            recorded = try await store.record(batch.map(dated), held: held)
        } catch {
            holds.keepChanged(held)
            throw error
        }
        trouble = nil
        recordedCount += recorded.count
        await announce(recorded, batch)
        wakeForDue(
            zip(recorded, batch).compactMap { check, entry in
                check.superseded ? entry.outcome.startedAt : check.nextDue
            })
    }

    /// Those whose claims are not lost; their leases begin anew, so that they last over the commit.
    private func withoutLost(_ batch: [Entry]) async -> [Entry] {
        let lost = Set(await queue.extend(batch.map(\.claim)))
        guard !lost.isEmpty else { return batch }
        drop(Array(lost))
        return batch.filter { !lost.contains($0.claim) }
    }

    private func dated(_ entry: Entry) -> DatedOutcome {
        let moment = now()
        return DatedOutcome(entry.outcome) { [rule] watch, all, plan in
            var plan = plan
            plan.recordedAt = moment
            return rule.nextDue(
                after: entry.outcome, of: watch, all, plan: plan, notBefore: entry.hold,
                schedule: watch.schedule(under: all))
        }
    }

    /// A check that took longer than its interval leaves a due time that the scheduler may have passed, and so does an
    /// edit meanwhile.
    private func wakeForDue(_ moments: [Date]) {
        if let first = moments.min(), first <= now() { wakeScheduler(first) }
    }

    private func announce(_ recorded: [RecordedCheck], _ batch: [Entry]) async {
        for (check, entry) in zip(recorded, batch) {
            await queue.finish(entry.claim)
            bus.publish(.watch(check.watch, Self.change(check, entry.outcome)))
        }
        if recorded.contains(where: \.totalsChanged) { bus.publish(.totals) }
    }

    private static func change(_ check: RecordedCheck, _ outcome: CheckOutcome) -> WatchChange {
        if check.gone { return .deleted }
        if let version = check.version { return .changed(version, first: check.result == .first) }
        if case .failed(let failure) = outcome.result { return .failed(failure) }
        return .unchanged
    }
}
