public import Domain
public import Foundation
public import Storage

/// Takes one claimed check from the store's row to the recorder.
public struct CheckWorker: Sendable {
    private let store: Store
    private let queue: any CheckQueue
    private let runner: CheckRunner
    private let recorder: Recorder
    private let holds: HostHolds
    private let bus: SignalBus
    private let now: @Sendable () -> Date

    public init(
        store: Store, queue: any CheckQueue, runner: CheckRunner, recorder: Recorder, holds: HostHolds, bus: SignalBus,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.queue = queue
        self.runner = runner
        self.recorder = recorder
        self.holds = holds
        self.bus = bus
        self.now = now
    }

    /// Ends the claim in every case but one: when it throws, the check was not done and the claim is still the caller's to give back.
    public func handle(_ claim: Claim) async throws {
        let watch = claim.check.watch
        if try await isHeld(claim) {
            await queue.finish(claim)
            return bus.publish(.watch(watch, .released))
        }
        guard let job = try await store.checkJob(watch), isWanted(claim, job) else {
            await queue.finish(claim)
            return bus.publish(.watch(watch, .released))
        }
        let outcome = await runner.run(job) { bus.publish(.watch(watch, .step($0))) }
        if case .failed(let failure) = outcome.result, failure.code == .cancelled {
            bus.publish(.watch(watch, .released))
            throw CancellationError()
        }
        bus.publish(.watch(watch, .step(.storing)))
        try await recorder.record(outcome, of: job, claim: claim)
    }

    /// What the clock put into the queue may have been paused or checked since its row was read.
    private func isWanted(_ claim: Claim, _ job: CheckJob) -> Bool {
        guard claim.check.priority > .clone else { return true }
        guard let due = job.nextDue else { return false }
        return due <= now()
    }

    /// The clock's checks of a host that wants to be left alone are moved to when it may be asked again; a person's wish is done at once.
    private func isHeld(_ claim: Claim) async throws -> Bool {
        guard claim.check.priority > .clone, let until = holds.hold(of: claim.check.host, now: now()) else {
            return false
        }
        try await store.postpone(claim.check.watch, until: until)
        return true
    }
}
