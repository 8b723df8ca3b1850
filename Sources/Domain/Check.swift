public import Foundation

/// How urgent a check is; the lowest number goes first, as in the incumbent's queue.
public struct CheckPriority: Hashable, Comparable, Sendable, Codable {
    public let value: Int64

    public init(_ value: Int64) {
        self.value = value
    }

    /// A person or a program asked for it now.
    public static let person = CheckPriority(1)
    /// A freshly cloned watch.
    public static let clone = CheckPriority(5)

    /// The clock asked for it: the epoch second it fell due, so that the longest overdue goes first.
    public static func clock(due: Date) -> CheckPriority {
        CheckPriority(max(1000, Int64(due.timeIntervalSince1970.rounded(.down))))
    }

    /// As it is after the wall clock was set by so many seconds; a wish stays what it is.
    public func moved(by seconds: Double) -> CheckPriority {
        self <= .clone ? self : CheckPriority(max(1000, value + Int64(seconds.rounded())))
    }

    public static func < (one: Self, other: Self) -> Bool { one.value < other.value }
}

/// What a queue keeps of a check that is to be done: whose, how urgent, by what it is fetched, and since when.
public struct QueuedCheck: Hashable, Sendable, Codable {
    public let watch: WatchID
    /// Host and port of the watch's address in lower case, for the limit per host; empty when it cannot be told.
    public let host: String
    /// Only workers of this kind take it.
    public let kind: FetcherKind
    public var priority: CheckPriority
    public var enqueuedAt: Date
    /// What the watch's row says of how its host answers; nil when nobody has looked.
    public let temper: HostTemper?
    /// Somebody clicked on this watch to have it checked, and so it is done though its host is held.
    public var isClick: Bool

    public init(
        watch: WatchID, host: String, kind: FetcherKind = .plain, priority: CheckPriority, enqueuedAt: Date,
        temper: HostTemper? = nil, isClick: Bool = false
    ) {
        self.watch = watch
        self.host = host
        self.kind = kind
        self.priority = priority
        self.enqueuedAt = enqueuedAt
        self.temper = temper
        self.isClick = isClick
    }
}

/// How a check ended, in one word.
public enum CheckResult: Int, Hashable, Sendable, CaseIterable {
    case unchanged = 0
    case changed = 1
    case failed = 2
    /// The first snapshot was taken: there is nothing yet to compare with.
    case first = 3

    /// The word for programs and style sheets.
    public var name: String {
        switch self {
        case .unchanged: "unchanged"
        case .changed: "changed"
        case .failed: "failed"
        case .first: "first"
        }
    }
}

/// One line of a watch's check history: every check leaves one.
public struct CheckRecord: Hashable, Sendable {
    /// Counts the watch's checks from 1; 0 where nobody has counted.
    public let number: Int
    public let startedAt: Date
    public let duration: Duration
    public let status: Int?
    public let byteCount: Int
    public let result: CheckResult
    public let failure: CheckFailure?

    public init(
        number: Int = 0, startedAt: Date, duration: Duration, status: Int?, byteCount: Int, result: CheckResult,
        failure: CheckFailure?
    ) {
        self.number = number
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.byteCount = byteCount
        self.result = result
        self.failure = failure
    }
}
