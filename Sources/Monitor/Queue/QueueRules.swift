public import Domain

/// The numbers that the queue goes by: how many checks may be where.
///
/// What waits for a network is divided by how its hosts answer, so that those who let us wait never have all of it:
/// ```
///   in flight   |■■■■■■■■■■■■■■■■■■■■|····················|
///               0        ⅓        ⅔   1 (inFlight)         2
///   doubtful    at most ⅓, and one check of each host
///   doubtful and slow together           at most ½
///   doubtful, slow and unknown together  at most ⅔
///   quick       what is left, and ⅓ in any case: beyond `inFlight` when others of them hang since a moment ago
/// ```
public struct QueueRules: Sendable, Hashable {
    /// Checks of one host at once; checks without a host are not limited.
    public var perHost: Int
    /// Checks of one kind of fetcher that wait for a page or are worked on.
    public var inFlight: Int
    /// Checks of one host that the clock may let wait here; the others wait in the store, where they cost nothing.
    public var waitingPerHost: Int
    /// When more than this wait altogether, the clock may let no more than `perHost` of one host wait here.
    public var waiting: Int
    /// A host whose page took longer is slow, and a check of a quick host that takes longer counts as one of a slow.
    public var brief: Duration
    /// How long a claim lasts from the newest word about it: longer than the longest fetch that is allowed by default
    /// (45 s), so that even a check that nobody extends comes through.
    public var lease: Duration

    public init(
        perHost: Int = 1, inFlight: Int = 200, waitingPerHost: Int = 64, waiting: Int = 5000,
        brief: Duration = HostTemper.brief, lease: Duration = .seconds(120)
    ) {
        self.perHost = max(1, perHost)
        self.inFlight = max(1, inFlight)
        self.waitingPerHost = max(waitingPerHost, 2 * self.perHost)
        self.waiting = waiting
        self.brief = brief
        self.lease = lease
    }

    /// As many as may wait for a network at the worst: whoever fetches must have room for them.
    public var mostInFlight: Int { 2 * inFlight }

    var doubtfulShare: Int { max(1, inFlight / 3) }
    var slowShare: Int { max(1, inFlight / 2) }
    var unprovenShare: Int { max(1, 2 * inFlight / 3) }
    var quickShare: Int { max(1, inFlight / 3) }

    /// How many checks of a host of this temper may be in flight at once.
    func limit(_ temper: HostTemper) -> Int { temper == .doubtful ? 1 : perHost }

    /// How many of one host the clock may let wait, when `length` wait altogether.
    func waitingPerHost(at length: Int) -> Int { length < waiting ? waitingPerHost : perHost }
}
