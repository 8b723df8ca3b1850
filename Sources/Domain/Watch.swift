public import Foundation

/// A person's standing wish to be told when a page changes, with what its checks have found so far.
public struct Watch: Hashable, Sendable {
    public let id: WatchID
    /// As the person typed it; may begin with `source:` to compare the raw source.
    public var url: String
    /// Given by the person; shown instead of the page's own title.
    public var title: String?
    public var tags: [TagID]
    public var paused: Bool
    public var notificationMuted: Bool
    public var settings: WatchSettings
    public let createdAt: Date
    public var state: WatchState

    public init(
        id: WatchID = WatchID(), url: String, title: String? = nil, tags: [TagID] = [], paused: Bool = false,
        notificationMuted: Bool = false, settings: WatchSettings = WatchSettings(), createdAt: Date,
        state: WatchState = WatchState()
    ) {
        self.id = id
        self.url = url
        self.title = title
        self.tags = tags
        self.paused = paused
        self.notificationMuted = notificationMuted
        self.settings = settings
        self.createdAt = createdAt
        self.state = state
    }
}

/// What the checks of one watch have found so far; written only by the recorder, but for `lastViewed`.
public struct WatchState: Hashable, Sendable {
    /// When the newest check started; nil before the first.
    public var lastChecked: Date?
    /// When the newest snapshot but the first was taken; nil while there is at most one.
    public var lastChanged: Date?
    /// The newest version a person has seen; 0 when none.
    public var lastViewed: SnapshotVersion = SnapshotVersion(0)
    /// The newest version there is; nil before the first snapshot.
    public var newestVersion: SnapshotVersion?
    /// How many snapshots are kept.
    public var historyCount = 0
    /// Why the newest check failed; nil when it did not.
    public var lastFailure: CheckFailure?
    /// The HTTP status of the newest answer; nil when none came.
    public var lastStatus: Int?
    public var checkCount = 0
    public var consecutiveFailures = 0
    /// How often in a row no filter found anything on the page.
    public var consecutiveFilterFailures = 0
    /// How long the newest check took.
    public var lastDuration: Duration = .zero
    /// The page's own title, at most 2,000 characters.
    public var pageTitle: String?
    public var contentType: String?
    /// The page gives a price for machines; nil when no check has looked.
    public var hasPriceData: Bool?
    /// When the next check is due; nil while paused.
    public var nextDue: Date?

    public init() {}

    /// There is a change that nobody has looked at: the newest version is newer than the newest seen, and not the
    /// first.
    public var isUnviewed: Bool {
        guard let newestVersion, historyCount >= 2 else { return false }
        return newestVersion > lastViewed
    }
}

/// Names one snapshot of a watch: the second it was taken, moved on by one when that second is taken, as the
/// incumbent's history keys.
public struct SnapshotVersion: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Seconds since 1970.
    public let seconds: Int64

    public init(_ seconds: Int64) {
        self.seconds = seconds
    }

    public init?(_ text: String) {
        guard let seconds = Int64(text), seconds >= 0 else { return nil }
        self.seconds = seconds
    }

    public static func < (one: Self, other: Self) -> Bool { one.seconds < other.seconds }

    public var description: String { String(seconds) }
}
