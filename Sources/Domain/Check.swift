public import Foundation

/// How urgent a check is; the lowest number goes first, as in the incumbent's queue.
public struct CheckPriority: Hashable, Comparable, Sendable {
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

    public static func < (one: Self, other: Self) -> Bool { one.value < other.value }
}

/// What a queue keeps of a check that is to be done: whose, how urgent, and since when.
public struct QueuedCheck: Hashable, Sendable {
    public let watch: WatchID
    /// Host and port of the watch's address in lower case, for the limit per host; empty when it cannot be told.
    public let host: String
    public var priority: CheckPriority
    public let enqueuedAt: Date

    public init(watch: WatchID, host: String, priority: CheckPriority, enqueuedAt: Date) {
        self.watch = watch
        self.host = host
        self.priority = priority
        self.enqueuedAt = enqueuedAt
    }
}

/// All that one check needs to know, so that a worker needs no database.
public struct CheckJob: Hashable, Sendable {
    public let watch: WatchID
    public let url: String
    /// Counts the edits of address and settings, so that an outcome found under older ones is told apart.
    public let revision: Int64
    public let settings: WatchSettings
    public let previous: PreviousCheck
    public let consecutiveFailures: Int
    /// When the clock wants it next; nil while the watch is paused.
    public let nextDue: Date?

    public init(
        watch: WatchID, url: String, revision: Int64, settings: WatchSettings, previous: PreviousCheck,
        consecutiveFailures: Int, nextDue: Date?
    ) {
        self.watch = watch
        self.url = url
        self.revision = revision
        self.settings = settings
        self.previous = previous
        self.consecutiveFailures = consecutiveFailures
        self.nextDue = nextDue
    }
}

/// What an earlier check left behind for the next one to compare with; all nil after an edit, so that everything is looked at again.
public struct PreviousCheck: Hashable, Sendable {
    public var etag: String?
    public var lastModified: String?
    /// Of the body as fetched.
    public var pageChecksum: Checksum?
    /// Of the text that is compared; kept over edits, since it says whether there was a first snapshot.
    public var textChecksum: Checksum?
    /// The whole text of the last check that counted; only for watches that compare with it.
    public var lastText: [UInt8]?
    /// The text of the newest snapshot; only for watches whose conditions look at it.
    public var snapshotText: [UInt8]?
    /// What the shop said when a change was told last, and what it said last; only for watches that follow stock or price.
    public var offerTold: Offer?
    public var offerSeen: Offer?
    /// The newest picture that was kept; only for watches of pictures.
    public var picture: Picture?

    public init(
        etag: String? = nil, lastModified: String? = nil, pageChecksum: Checksum? = nil, textChecksum: Checksum? = nil
    ) {
        self.etag = etag
        self.lastModified = lastModified
        self.pageChecksum = pageChecksum
        self.textChecksum = textChecksum
    }
}

/// Detection's answer about one page.
public struct Verdict: Hashable, Sendable {
    public enum Decision: Hashable, Sendable {
        /// The bytes are those of last time; nothing was parsed.
        case sameBytes
        /// The text that counts is that of last time.
        case sameText
        /// The text that counts is new; here is the text to keep, UTF-8 with `\n` between lines.
        case changed(text: [UInt8])
        /// A trigger or forbidden text holds the change back; the text is kept only as a first snapshot.
        case blocked(text: [UInt8])
    }

    public var decision: Decision
    public var pageChecksum: Checksum
    /// nil when the bytes are those of last time.
    public var textChecksum: Checksum?
    public var title: String?
    /// To be kept as the whole text of the last check that counted; nil leaves it.
    public var lastText: [UInt8]?
    /// The change stands only if one of the text's lines was never shown before; says how lines are named.
    public var wantsUniqueLines = false
    public var ignoresWhitespace = true
    /// What the shop says now; nil when nobody asked.
    public var offer: Offer?
    /// To be kept beside the snapshot.
    public var picture: Picture?
    /// The page gives a price for machines; nil when nobody looked.
    public var hasPriceData: Bool?
    public init(decision: Decision, pageChecksum: Checksum, textChecksum: Checksum? = nil, title: String? = nil) {
        self.decision = decision
        self.pageChecksum = pageChecksum
        self.textChecksum = textChecksum
        self.title = title
    }
}

/// All that one check found, good or bad; success and failure are recorded by the same function.
public struct CheckOutcome: Hashable, Sendable {
    public enum Result: Hashable, Sendable {
        /// The server says so itself (304).
        case notModified
        case verdict(Verdict)
        case failed(CheckFailure)
    }

    public let watch: WatchID
    /// The revision of the job it was found under.
    public let revision: Int64
    public let startedAt: Date
    public var duration: Duration
    public var status: Int?
    /// Length of the body after content decoding.
    public var byteCount: Int
    public var contentType: String?
    public var etag: String?
    public var lastModified: String?
    /// The server asks to be left alone until then.
    public var retryAfter: Date?
    public var result: Result
    /// The body of a page whose text is new, to be kept beside it.
    public var body: [UInt8]?
    /// What each step of detection did, up to the one that failed; empty when the page was not read.
    public var trace: [TraceStep] = []

    public init(
        watch: WatchID, revision: Int64, startedAt: Date, duration: Duration, status: Int? = nil, byteCount: Int = 0,
        contentType: String? = nil, etag: String? = nil, lastModified: String? = nil, retryAfter: Date? = nil,
        result: Result
    ) {
        self.watch = watch
        self.revision = revision
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.byteCount = byteCount
        self.contentType = contentType
        self.etag = etag
        self.lastModified = lastModified
        self.retryAfter = retryAfter
        self.result = result
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
