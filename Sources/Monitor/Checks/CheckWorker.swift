public import Domain

/// What a worker hands back of a claim.
public enum CheckReport: Sendable {
    case outcome(CheckOutcome)
    /// The check was not done.
    case undone
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
public struct CheckWorker: Sendable {
    private let runner: CheckRunner
    private let source: any JobSource

    public init(runner: CheckRunner, source: any JobSource) {
        self.runner = runner
        self.source = source
    }

    /// Hands the claim over in every case but one: when it throws, the check was not done and nobody has been told.
    ///
    /// Beside its caller, an actor for which many checks run at once.
    @concurrent
    public func handle(_ claim: Claim) async throws {
        guard let job = try await source.job(for: claim) else { return }
        let outcome = await runner.run(job) { await source.reached($0, by: claim) }
        if case .failed(let failure) = outcome.result, failure.code == .cancelled {
            return try await source.take(.undone, of: claim)
        }
        try await source.take(.outcome(outcome), of: claim)
    }
}
