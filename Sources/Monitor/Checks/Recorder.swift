public import Domain
public import Foundation
public import Logging
public import Storage

/// Stores what checks found, many at once, and announces it afterwards: good or bad, there is this one path.
///
/// Outcomes that arrive within a few milliseconds, or while a commit is under way, share the next commit. A claim is ended only after its
/// outcome is stored, so a watch is never given out again before its new due time is a row. When the store fails, the batch waits
/// and is tried again: outcomes are not dropped while the program runs.
public actor Recorder {
    public struct Options: Sendable {
        /// How long the first outcome of a batch waits for company.
        public var linger: Duration = .milliseconds(2)
        /// A batch of this size does not wait any longer, and whoever brings more has to wait.
        public var batch = 256
        /// How long to wait before a failed commit is tried again.
        public var retry: Duration = .seconds(1)

        public init() {}
    }

    private struct Entry {
        let outcome: CheckOutcome
        let claim: Claim
        let settings: WatchSettings
    }

    private let store: Store
    private let queue: any CheckQueue
    private let bus: SignalBus
    private let holds: HostHolds
    private let settings: CurrentSettings
    private let rule: DueRule
    private let options: Options
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let logger: Logger

    private var pending: [Entry] = []
    private var draining: Task<Void, Never>?
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// The store's complaint while it fails; nil while all is well.
    public private(set) var trouble: String?
    public private(set) var recordedCount = 0

    public init(
        store: Store, queue: any CheckQueue, bus: SignalBus, holds: HostHolds, settings: CurrentSettings, rule: DueRule,
        options: Options = Options(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.store = store
        self.queue = queue
        self.bus = bus
        self.holds = holds
        self.settings = settings
        self.rule = rule
        self.options = options
        self.clock = clock
        self.now = now
        self.logger = logger
    }

    /// Takes over an outcome and its claim; returns at once unless too many wait already.
    public func record(_ outcome: CheckOutcome, of job: CheckJob, claim: Claim) async {
        await queue.releaseHost(of: claim)
        while pending.count >= options.batch * 4 {
            await withCheckedContinuation { waiting.append($0) }
        }
        pending.append(Entry(outcome: outcome, claim: claim, settings: job.settings))
        if draining == nil { draining = Task { await drain() } }
    }

    /// Returns when everything taken over so far is stored, or the store has failed and the task is cancelled.
    public func flush() async {
        while let task = draining { await task.value }
    }

    private func drain() async {
        while !pending.isEmpty {
            if pending.count < options.batch { try? await clock.sleep(for: options.linger) }
            let batch = pending
            pending = []
            await commit(batch)
            for waiter in waiting { waiter.resume() }
            waiting = []
        }
        draining = nil
    }

    private func commit(_ batch: [Entry]) async {
        let moment = now()
        let rows = batch.map { entry in
            let hold = holds.learn(from: entry.outcome, host: entry.claim.check.host, now: moment)
            let due = rule.nextDue(
                after: entry.outcome, of: entry.settings, settings.value, jitter: .random(in: -1...1), notBefore: hold)
            return (outcome: entry.outcome, nextDue: Optional(due))
        }
        while true {
            do {
                let recorded = try await store.record(rows)
                trouble = nil
                recordedCount += recorded.count
                await announce(recorded, batch)
                return
            } catch {
                trouble = "\(error)"
                logger.error("outcomes could not be stored, trying again", metadata: ["error": "\(error)"])
                guard !Task.isCancelled else { return }
                try? await clock.sleep(for: options.retry)
            }
        }
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
