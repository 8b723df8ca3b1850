import Domain
import HeapModule

/// A check's place among those of its host: the most urgent first, then the first to come.
///
/// A ticket is stale when its watch waits with another one by now, or not at all.
struct Ticket: Comparable {
    let priority: CheckPriority
    let arrival: UInt64
    let watch: WatchID

    var isWish: Bool { priority <= .clone }

    static func < (one: Self, other: Self) -> Bool {
        (one.priority, one.arrival) < (other.priority, other.arrival)
    }
}

/// What the queue knows of one host: how it answers, and how many of its checks wait and are in flight, of all kinds.
struct HostLine {
    let name: String
    private(set) var temper: HostTemper
    /// Grows when somebody waited in vain, and shrinks with each answer; until it is 0 the host is not trusted.
    private var strikes = 0
    /// Whether `temper` was seen, and not only said of it by a watch's row.
    private var isLearned = false
    /// Checks that count against its limit.
    var holding = 0
    var waiting = 0
    /// Of those that wait, how many the queue counts as parked.
    var parked = 0
    /// The clock wanted to let more wait than there is room for.
    var isShort = false
    /// It stands among those that are remembered.
    var isNoted = false

    private static let worstStrikes = 6
    private static let strikesOfSilence = 2

    init(name: String, temper: HostTemper) {
        self.name = name
        self.temper = temper
    }

    /// Nothing is lost when it is forgotten.
    var isIdle: Bool { holding == 0 && waiting == 0 && !isShort }
    /// What it has shown is worth remembering when nothing of it waits.
    var isRemarkable: Bool { isLearned && temper != .quick }

    /// Takes what a watch's row says of its host, for want of anything better; of two rows that know it the worse
    /// counts.
    mutating func hear(_ hint: HostTemper?) {
        guard let hint, hint != .unknown, !isLearned else { return }
        temper = temper == .unknown ? hint : max(temper, hint)
    }

    /// Learns from a check that was over: in time or not, after so long.
    mutating func learn(timedOut: Bool, after time: Duration, brief: Duration) {
        // What has no host is nobody's.
        guard !name.isEmpty else { return }
        isLearned = true
        if timedOut {
            strikes = min(Self.worstStrikes, strikes + Self.strikesOfSilence)
            temper = .doubtful
        } else {
            strikes = max(0, strikes - 1)
            temper = strikes > 0 || time > brief ? .slow : .quick
        }
    }
}

/// The checks of one host that wait for workers of one kind, and how much of their time it has had.
struct WaitingLine {
    var tickets = Heap<Ticket>()
    /// Those of `tickets` that are not stale.
    var count = 0
    /// The host's virtual time: seconds of workers' places that it has had, as start-time fair queueing counts them
    /// (Goyal, Vin, Cheng 1996).
    var tag = 0.0
    /// Seconds for which a check of it lasted lately; what a claim is expected to cost.
    var cost = WaitingLine.usualCost
    /// Where the line stands in the order of its lane; nil when its host has no room or nothing waits.
    var standing: Standing?

    /// What a check costs of which nothing is known.
    static let usualCost = 1.0
}

/// The place of a host's line in the order of hosts: by the most urgent wish, or by virtual time for the clock's.
struct Standing: Comparable {
    let tag: Double
    let head: Ticket
    let temper: HostTemper
    let host: Int

    static func < (one: Self, other: Self) -> Bool {
        if one.head.isWish || other.head.isWish || one.tag == other.tag { return one.head < other.head }
        return one.tag < other.tag
    }
}
