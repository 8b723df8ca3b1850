public import Domain

/// What a worker hands back of a claim.
public enum CheckReport: Sendable {
    case outcome(CheckOutcome)
    /// The check was not done.
    case undone
}

/// Does the check of one claim: the side that runs. It has no store: whoever has one gives it jobs and takes its
/// reports.
///
/// In one process that is `CheckDesk`; on another machine both go through whatever carries them.
public struct CheckWorker: Sendable {
    private let runner: CheckRunner
    /// What the claim's check needs; nil when it is not wanted any more, and then the claim is ended.
    private let job: @Sendable (Claim) async throws -> CheckJob?
    /// Says where the check is; false when the claim is lost, and nobody wants its outcome.
    private let reached: @Sendable (CheckStep, Claim) async -> Bool
    private let report: @Sendable (CheckReport, Claim) async throws -> Void

    public init(
        runner: CheckRunner, job: @escaping @Sendable (Claim) async throws -> CheckJob?,
        reached: @escaping @Sendable (CheckStep, Claim) async -> Bool,
        report: @escaping @Sendable (CheckReport, Claim) async throws -> Void
    ) {
        self.runner = runner
        self.job = job
        self.reached = reached
        self.report = report
    }

    /// Hands the claim over in every case but one: when it throws, the check was not done and nobody has been told.
    public func handle(_ claim: Claim) async throws {
        guard let job = try await job(claim) else { return }
        let outcome = await runner.run(job) { await reached($0, claim) }
        if case .failed(let failure) = outcome.result, failure.code == .cancelled {
            return try await report(.undone, claim)
        }
        try await report(.outcome(outcome), claim)
    }
}
