public import Foundation

/// What a list shows of one watch: all that a row needs and nothing else, so that a page of the list is one query.
public struct WatchRow: Hashable, Sendable {
    public let id: WatchID
    public let url: String
    /// `WatchSettings.linkToOpen`.
    public let linkToOpen: String?
    public let title: String?
    public let pageTitle: String?
    public let tags: [TagID]
    public let paused: Bool
    public let notificationMuted: Bool
    public let lastChecked: Date?
    public let lastChanged: Date?
    public let lastFailure: CheckFailure?
    public let lastStatus: Int?
    public let lastDuration: Duration
    public let historyCount: Int
    public let newestVersion: SnapshotVersion?
    public let isUnviewed: Bool
    public let nextDue: Date?
    /// The hours at which it may be checked; nil for any.
    public let schedule: TimeSchedule?
    /// The newest checks, oldest first, at most `recentChecks` of them.
    public let recent: [RecentCheck]

    /// How many checks a row shows as bars.
    public static let recentChecks = 20

    public init(
        id: WatchID, url: String, linkToOpen: String? = nil, title: String?, pageTitle: String?, tags: [TagID],
        paused: Bool,
        notificationMuted: Bool,
        lastChecked: Date?, lastChanged: Date?, lastFailure: CheckFailure?, lastStatus: Int?, lastDuration: Duration,
        historyCount: Int, newestVersion: SnapshotVersion?, isUnviewed: Bool, nextDue: Date?,
        schedule: TimeSchedule? = nil, recent: [RecentCheck]
    ) {
        self.id = id
        self.url = url
        self.linkToOpen = linkToOpen
        self.title = title
        self.pageTitle = pageTitle
        self.tags = tags
        self.paused = paused
        self.notificationMuted = notificationMuted
        self.lastChecked = lastChecked
        self.lastChanged = lastChanged
        self.lastFailure = lastFailure
        self.lastStatus = lastStatus
        self.lastDuration = lastDuration
        self.historyCount = historyCount
        self.newestVersion = newestVersion
        self.isUnviewed = isUnviewed
        self.nextDue = nextDue
        self.schedule = schedule
        self.recent = recent
    }

    /// Why it is not checked now though it is not paused; nil when nothing keeps it from that.
    public func rest(at now: Date) -> String? {
        paused ? nil : schedule?.restWords(at: now)
    }

    /// What to call the watch: the person's title, else the page's, else the address.
    public var label: String {
        if let title, !title.isEmpty { return title }
        if let pageTitle, !pageTitle.isEmpty { return pageTitle }
        return url
    }
}

/// One bar of a row: how a check ended and how long it took.
public struct RecentCheck: Hashable, Sendable {
    public let result: CheckResult
    public let startedAt: Date
    public let duration: Duration

    public init(result: CheckResult, startedAt: Date, duration: Duration) {
        self.result = result
        self.startedAt = startedAt
        self.duration = duration
    }
}

/// How many watches there are, by what people want to know of them.
public struct Totals: Hashable, Sendable {
    public var watches = 0
    public var paused = 0
    public var unviewed = 0
    public var failing = 0
    public var tags = 0

    public init(watches: Int = 0, paused: Int = 0, unviewed: Int = 0, failing: Int = 0, tags: Int = 0) {
        self.watches = watches
        self.paused = paused
        self.unviewed = unviewed
        self.failing = failing
        self.tags = tags
    }
}
