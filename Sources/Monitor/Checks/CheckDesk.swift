public import Domain
public import Foundation
public import Storage
import Synchronization

/// Makes claims into jobs and takes what became of them: the side that has the store.
public struct CheckDesk: JobSource {
    private let store: Store
    private let queue: any CheckQueue
    private let recorder: Recorder
    private let holds: HostHolds
    private let bus: SignalBus
    private let lateness: Lateness
    private let putOffs = PutOffs()
    private let now: @Sendable () -> Date

    public init(
        store: Store, queue: any CheckQueue, recorder: Recorder, holds: HostHolds, bus: SignalBus,
        lateness: Lateness = Lateness(), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.queue = queue
        self.recorder = recorder
        self.holds = holds
        self.bus = bus
        self.lateness = lateness
        self.now = now
    }

    /// All that the claim's check needs; nil when it is not to be done now, and then the claim is ended.
    ///
    /// The row is read here and not when the watch was queued, so that an edit while it waited counts.
    public nonisolated(nonsending) func job(for claim: Claim) async throws -> CheckJob? {
        let moment = now()
        if try await !isHeld(claim, moment), let job = try await store.checkJob(claim.check.watch, now: moment),
            isWanted(claim, job, moment), try await !rests(claim, job, moment)
        {
            let since = claim.check.priority <= .clone ? claim.check.enqueuedAt : job.nextDue ?? moment
            lateness.note(moment.timeIntervalSince(since))
            return job
        }
        await recorder.end(claim, isDone: true)
        return nil
    }

    /// Announces where a check is; false when its claim is lost.
    public nonisolated(nonsending) func reached(_ step: CheckStep, by claim: Claim) async -> Bool {
        guard await queue.reached(step, by: claim) else { return false }
        bus.publish(.watch(claim.check.watch, .step(step)))
        return true
    }

    /// Takes over what became of a claim, which is ended when that is stored.
    ///
    /// Throws only when the task is cancelled while the recorder has no room; then the outcome is lost and the claim as
    /// it was.
    public nonisolated(nonsending) func take(_ report: CheckReport, of claim: Claim) async throws {
        switch report {
        case .outcome(let outcome):
            putOffs.end(outcome.watch)
            try await recorder.record(outcome, claim: claim)
        case .undone: await giveBack(claim)
        case .putOff(let outcome):
            guard putOffs.begin(outcome.watch) else { return try await take(.outcome(outcome), of: claim) }
            try await postponing {
                try await store.postpone(outcome.watch, until: now().addingTimeInterval(Self.putOff))
            }
            await recorder.end(claim, isDone: true)
        }
    }

    /// After how many seconds a check is tried again for which there was no memory.
    static let putOff = 60.0

    /// Puts a check off. While the store takes no writes it stays due, and the clock asks for it again at its next
    /// sweep.
    private nonisolated(nonsending) func postponing(_ write: () async throws -> Void) async throws {
        do {
            try await write()
        } catch let error as StoreError where error.isPassing {
            return
        }
    }

    /// Gives the claim's watch its place back.
    @Sendable
    public nonisolated(nonsending) func giveBack(_ claim: Claim) async {
        await recorder.end(claim, isDone: false)
    }

    /// What the clock put into the queue may have been paused or checked since its row was read.
    private func isWanted(_ claim: Claim, _ job: CheckJob, _ moment: Date) -> Bool {
        guard claim.check.priority > .clone else { return true }
        guard let due = job.nextDue else { return false }
        // The store knows moments to the millisecond, and has found it due by that.
        return due.timeIntervalSince(moment) < 0.001
    }

    /// Outside of the watch's schedule the clock's checks are moved to when it opens, for example what was due while
    /// the program was stopped; not those that somebody asked for.
    private nonisolated(nonsending) func rests(_ claim: Claim, _ job: CheckJob, _ moment: Date) async throws -> Bool {
        guard claim.check.priority > .clone, let schedule = job.settings.schedule(under: job.shared),
            !schedule.isOpen(at: moment)
        else { return false }
        var isPutOff = true
        try await postponing {
            isPutOff = try await store.postponeUnlessAskedFor(
                claim.check.watch, until: schedule.adjusted(due: moment))
        }
        return isPutOff
    }

    /// Checks of a host that wants to be left alone are moved to when it may be asked again, but for those that
    /// somebody clicked on, and the first few others that were asked for.
    private nonisolated(nonsending) func isHeld(_ claim: Claim, _ moment: Date) async throws -> Bool {
        let check = claim.check
        guard let until = holds.hold(of: check.host, now: moment) else { return false }
        if check.priority <= .clone, holds.letsThrough(check.host, isClick: check.isClick, now: moment) { return false }
        try await postponing { try await store.postpone(check.watch, untilHoldEnds: until) }
        return true
    }
}

/// How often in a row a watch's check was put off for want of memory, so that it does not go on unseen.
private final class PutOffs: Sendable {
    /// So often it is put off; then its watch fails, which people see.
    static let most = 5

    private let counts = Mutex<[WatchID: Int]>([:])

    /// Counts one more; false when there were too many, and the count begins anew.
    func begin(_ watch: WatchID) -> Bool {
        counts.withLock { counts in
            counts[watch, default: 0] += 1
            guard counts[watch, default: 0] > Self.most else { return true }
            counts[watch] = nil
            return false
        }
    }

    func end(_ watch: WatchID) {
        counts.withLock { _ = $0.removeValue(forKey: watch) }
    }
}
