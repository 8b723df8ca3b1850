public import Domain
import Synchronization

/// What a worker hands back of a claim.
public enum CheckReport: Sendable {
    case outcome(CheckOutcome)
    /// The check was not done.
    case undone
    /// There was no memory for it; it is to be done a little later. With what it is to be told by, when that goes on.
    case putOff(CheckOutcome)
}

/// Where a worker gets its jobs and says what became of them: `CheckDesk` in this process, on another machine what
/// carries them there and back.
public protocol JobSource: Sendable {
    /// What the claim's check needs; nil when it is not wanted any more, and then the claim is ended.
    nonisolated(nonsending) func job(for claim: Claim) async throws -> CheckJob?

    /// Says where the check is; false when the claim is lost, and nobody wants its outcome.
    nonisolated(nonsending) func reached(_ step: CheckStep, by claim: Claim) async -> Bool

    /// Takes over what became of a claim; throws when it could not, and then the claim is as it was.
    nonisolated(nonsending) func take(_ report: CheckReport, of claim: Claim) async throws
}

/// Does the check of one claim: the side that runs. It has no store: whoever has one gives it jobs and takes its
/// reports.
///
/// While it waits for the page it holds a place in flight and no worker; from the page's arrival until the outcome is
/// handed over it has one of the turns.
public struct CheckWorker: Sendable {
    private let runner: CheckRunner
    private let source: any JobSource
    private let turns: WorkTurns
    private let marks: WorkMarks?

    public init(runner: CheckRunner, source: any JobSource, turns: WorkTurns, marks: WorkMarks? = nil) {
        self.runner = runner
        self.source = source
        self.turns = turns
        self.marks = marks
    }

    /// Hands the claim over in every case but one: when it throws, the check was not done and nobody has been told.
    ///
    /// Beside its caller, an actor for which many checks run at once.
    @concurrent
    public func handle(_ claim: Claim) async throws {
        guard let job = try await source.job(for: claim) else { return }
        let work = Work(claim, alone: job.mustBeAlone, turns, marks)
        defer { withExtendedLifetime(work) {} }
        let outcome = await runner.run(job, keeping: work) { step in
            if step == .comparing, await !work.begin() { return false }
            return await source.reached(step, by: claim)
        }
        if case .failed(let failure) = outcome.result, failure.code == .cancelled {
            return try await source.take(.undone, of: claim)
        }
        if outcome.failure?.code == .noRoom { return try await source.take(.putOff(outcome), of: claim) }
        try await source.take(.outcome(outcome), of: claim)
    }
}

/// The part of one check that has a turn, and leaves a mark while it has one: until nobody keeps this any more.
private final class Work: Sendable {
    private struct State {
        var turn: WorkTurns.Turn?
        var mark: WorkMarks.Mark?
    }

    private let claim: Claim
    private let alone: Bool
    private let turns: WorkTurns
    private let marks: WorkMarks?
    private let state = Mutex(State())

    init(_ claim: Claim, alone: Bool, _ turns: WorkTurns, _ marks: WorkMarks?) {
        self.claim = claim
        self.alone = alone
        self.turns = turns
        self.marks = marks
    }

    /// Waits for a turn; false when the task is cancelled.
    nonisolated(nonsending) func begin() async -> Bool {
        let isWish = claim.check.priority <= .clone
        guard let turn = await turns.begin(claim.check.kind, isWish: isWish, alone: alone) else { return false }
        let mark = marks?.begin(claim.check.watch)
        state.withLock { $0 = State(turn: turn, mark: mark) }
        return true
    }

    deinit {
        let held = state.withLock { $0 }
        if let mark = held.mark { marks?.end(mark) }
        if let turn = held.turn { turns.end(turn) }
    }
}
