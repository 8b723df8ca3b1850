public import Domain

/// Where checks wait for a worker: one place per watch, the most urgent first; what is given out is lent.
///
/// What every implementation promises, and one test suite holds all of them to:
/// - a watch has at most one place; a more urgent push moves it forward, a less urgent one changes nothing;
/// - of a host the lowest priority number goes first, ties in order of arrival;
/// - of many hosts, what somebody asked for goes first, then the clock's check of the host that has had the least of
///   the places' time while it waited; neither keeps the other out;
/// - whatever other hosts do, a host that answers quickly has its share of what may wait for a network (`QueueRules`);
/// - of one host the clock lets no more wait than there is room for; the others stay in the store until `takeRoom`
///   names the host;
/// - a watch is never claimed twice at once; a person's push of a running watch queues it once more for afterwards,
///   unless its check began after the wish; the clock's push of a running watch is dropped;
/// - a worker gets checks of its kind only, and what waits for a worker of one kind holds up no other;
/// - no more than the limit of one host's watches are claimed at once, one of a host that let us wait in vain, and they
///   hold up nobody else's;
/// - a claim of which nobody says anything for the length of a lease is lost: `rescue` gives the watch its place back,
///   and whatever is said of that claim later changes nothing;
/// - every change of length is announced.
///
/// Calls run on their caller's actor: a check asks seven times, and each change of executor costs more than the answer.
public protocol CheckQueue: Sendable {
    /// How many checks may be where.
    var rules: QueueRules { get }

    /// How long a claim lasts from the newest word about it, by a clock that nobody sets.
    var lease: Duration { get }

    /// Gives each check its place; returns how many are new: not moved, not already there. A wish that a running
    /// check fulfils is new too.
    @discardableResult
    nonisolated(nonsending) func push(_ checks: [QueuedCheck]) async -> Int

    /// The next check of this kind, as soon as there is one; nil when the task is cancelled or the queue is closed.
    nonisolated(nonsending) func claim(_ kind: FetcherKind) async -> Claim?

    /// Says where the check of a claim is, which begins its lease anew; false when the claim is lost.
    ///
    /// From `storing` on its host may be asked for another page; `timedOut` says that it let us wait in vain.
    nonisolated(nonsending) func reached(_ step: CheckStep, by claim: Claim, timedOut: Bool) async -> Bool

    /// Begins the leases of claims anew; returns those that are lost.
    nonisolated(nonsending) func extend(_ claims: [Claim]) async -> [Claim]

    /// Ends a claim whose check is recorded, and queues the watch again when a person asked for it meanwhile; false
    /// when it was lost.
    @discardableResult
    nonisolated(nonsending) func finish(_ claim: Claim) async -> Bool

    /// Ends a claim whose check is not wanted, and queues the watch again when a person asked for it; false when it was
    /// lost.
    @discardableResult
    nonisolated(nonsending) func dismiss(_ claim: Claim) async -> Bool

    /// Ends a claim whose check was not done, and gives the watch its place back; false when it was lost.
    @discardableResult
    nonisolated(nonsending) func giveBack(_ claim: Claim) async -> Bool

    /// Gives the watches of claims whose leases have run out their places back; returns those claims, which are lost
    /// now.
    nonisolated(nonsending) func rescue() async -> [Claim]

    /// Takes watches out of the queue; those that run stay claimed but are not queued again.
    nonisolated(nonsending) func remove(_ watches: [WatchID]) async

    /// The hosts of which the clock may let more checks wait than it was let before, each told once. Asked at every
    /// tick of the clock, so that what only time has made room for is given out too.
    nonisolated(nonsending) func takeRoom() async -> [String]

    /// Takes what was known of hosts before a restart: that they let us wait in vain.
    nonisolated(nonsending) func doubt(_ hosts: [String]) async

    /// Follows the wall clock, which was set by so many seconds, so that it is still known what came before what.
    nonisolated(nonsending) func clockMoved(by seconds: Double) async

    /// Ends every wait for a claim and gives out no more; pushes are kept.
    nonisolated(nonsending) func close() async

    /// How many wait and run now.
    var counts: QueueCounts { get async }

    /// For how many seconds a check waits though its host has room and there are places: others that let us wait have
    /// their share of them. 0 when none does; a host that let us wait in vain does not count.
    nonisolated(nonsending) func waitsThoughIdle() async -> Double

    nonisolated(nonsending) func snapshot() async -> QueueSnapshot

    /// What the queue knows of `watches`; those it does not know are missing in the answer.
    nonisolated(nonsending) func places(of watches: [WatchID]) async -> [WatchID: QueuePlace]
}

/// Where one watch is.
public enum QueuePlace: Hashable, Sendable {
    case waiting
    /// Claimed; `again` when it is queued once more for afterwards.
    case running(again: Bool)
}

/// How many checks are where: what waits for a network is told apart from what this machine works on.
public struct QueueCounts: Hashable, Sendable {
    /// Those that wait for a worker, and those that wait to run again.
    public var length = 0
    /// Of these, those whose host has no room.
    public var parked = 0
    /// Those that wait for a page.
    public var fetching = 0
    public var comparing = 0
    public var storing = 0

    public init() {}

    public var running: Int { fetching + comparing + storing }
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
    /// Its claim's lease has run out.
    case lost(WatchID)
    /// There is something for `takeRoom`.
    case room
}

extension CheckQueue {
    public nonisolated(nonsending) func reached(_ step: CheckStep, by claim: Claim) async -> Bool {
        await reached(step, by: claim, timedOut: false)
    }
}
