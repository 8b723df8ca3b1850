/// What people set for all watches at once; kept in the database, under changedetection.io's names.
@dynamicMemberLookup
public struct Settings: Hashable, Sendable {
    /// What watches and tags say nothing about: of the same groups, what `SettingsTable.all` lists.
    public var watches = Settings.plainWatches
    /// How every page is read.
    public var reading = ReadingSettings()
    /// Each due time is moved by up to this many seconds either way.
    public var jitterSeconds = 0
    /// The time zone of schedules that name none; nil for the machine's.
    public var timeZone: String?
    /// The proxies that watches, tags and these settings choose from.
    public var proxies: [NamedProxy] = []
    /// Rows of one page of the list.
    public var pagerSize = 50

    public init() {}

    /// The interval of watches without one of their own: three hours, as the incumbent's.
    static let plainWatches: WatchSettings = {
        var watches = WatchSettings()
        watches.timing.timeBetweenCheck = CheckInterval(hours: 3)
        return watches
    }()

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<WatchSettings, Value>) -> Value {
        get { watches[keyPath: path] }
        set { watches[keyPath: path] = newValue }
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<ReadingSettings, Value>) -> Value {
        get { reading[keyPath: path] }
        set { reading[keyPath: path] = newValue }
    }

    /// Some setting counts for watches that say nothing of it, the interval aside, which is asked for by itself.
    public var saysSomethingToWatches: Bool {
        // Every check asks, and most often nothing is set.
        if watches == Settings.plainWatches { return false }
        var plain = Settings.plainWatches
        plain.timing.timeBetweenCheck = watches.timing.timeBetweenCheck
        return watches != plain
    }
}

/// How the text of every page is read and compared.
public struct ReadingSettings: Hashable, Sendable {
    /// White space does not count for the comparison.
    public var ignoreWhitespace = true
    /// Shows links' addresses in the text.
    public var renderAnchorTagContent = false
    /// Takes a page without text for a page, not for a failure.
    public var emptyPagesAreAChange = false
    /// Reads feeds as a reader of feeds shows them, entry by entry, instead of as their source stands.
    public var rssReaderMode = false

    public init() {}
}
