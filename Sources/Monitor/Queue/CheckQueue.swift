public import Domain
public import Foundation

/// Where checks wait for a worker: one place per watch, the most urgent first.
///
/// What every implementation promises, and one test suite holds all of them to:
/// - a watch has at most one place; a more urgent push moves it forward, a less urgent one changes nothing;
/// - the lowest priority number goes first, ties in order of arrival;
/// - a watch is never claimed twice at once; a person's push of a running watch queues it once more for afterwards, the
///   clock's push of a running watch is dropped;
/// - no more than the limit of one host's watches are claimed at once, and they hold up nobody else's;
/// - every change of length is announced.
public protocol CheckQueue: Sendable {
    /// Gives each check its place; returns how many are new in the queue (not moved, not already there).
    @discardableResult
    func push(_ checks: [QueuedCheck]) async -> Int

    /// The next check, as soon as there is one; nil when the task is cancelled or the queue is closed.
    func claim() async -> Claim?

    /// Says that a claim's page is fetched: its host may be asked for another, while what was found is still to be recorded.
    func releaseHost(of claim: Claim) async

    /// Ends a claim whose check is recorded, and queues the watch again when a person asked for it meanwhile.
    func finish(_ claim: Claim) async

    /// Ends a claim whose check was not done, and gives the watch its place back.
    func giveBack(_ claim: Claim) async

    /// Takes watches out of the queue; those that run stay claimed but are not queued again.
    func remove(_ watches: [WatchID]) async

    /// Ends every wait for a claim and gives out no more; pushes are kept.
    func close() async

    func snapshot() async -> QueueSnapshot

    /// What the queue knows of `watches`; those it does not know are missing in the answer.
    func places(of watches: [WatchID]) async -> [WatchID: QueuePlace]
}

/// One worker's right to check one watch until it ends the claim.
public struct Claim: Hashable, Sendable {
    public let check: QueuedCheck
    /// Told apart from an older claim of the same watch.
    let token: UInt64
    public let claimedAt: Date
}

/// Where one watch is.
public enum QueuePlace: Hashable, Sendable {
    case waiting
    /// Claimed; `again` when it is queued once more for afterwards.
    case running(again: Bool)
}

/// The whole queue at one moment, in the order in which it would be claimed (the limit per host aside).
public struct QueueSnapshot: Sendable {
    public let waiting: [QueuedCheck]
    public let running: [Claim]

    public init(waiting: [QueuedCheck], running: [Claim]) {
        self.waiting = waiting
        self.running = running
    }
}

/// What a queue announces.
public enum QueueChange: Hashable, Sendable {
    case length(Int)
    case running(Int)
    case queued(WatchID)
    case unqueued(WatchID)
    case claimed(WatchID)
}
