/// What people set for all watches at once; kept in the database, under changedetection.io's names.
public struct Settings: Hashable, Sendable, Codable {
    /// The interval of watches without one of their own: three hours, as the incumbent's.
    public var timeBetweenCheck = CheckInterval(hours: 3)
    /// Each due time is moved by up to this many seconds either way.
    public var jitterSeconds = 0
    /// White space does not count for the comparison.
    public var ignoreWhitespace = true
    /// Shows links' addresses in the text.
    public var renderAnchorTagContent = false
    /// As `WatchSettings.ignoreText`, for all watches.
    public var globalIgnoreText: [String] = []
    /// As `WatchSettings.subtractiveSelectors`, for all watches.
    public var globalSubtractiveSelectors: [String] = []
    /// Leaves ignored lines out of snapshots too.
    public var stripIgnoredLines = false
    /// Takes a page without text for a page, not for a failure.
    public var emptyPagesAreAChange = false
    /// Reads feeds as a reader of feeds shows them, entry by entry, instead of as their source stands.
    public var rssReaderMode = false
    /// How many versions of a watch are kept; nil keeps all.
    public var historyLimit: Int?
    /// Rows of one page of the list.
    public var pagerSize = 50

    public init() {}

    enum CodingKeys: String, CodingKey {
        case timeBetweenCheck = "time_between_check"
        case jitterSeconds = "jitter_seconds"
        case ignoreWhitespace = "ignore_whitespace"
        case renderAnchorTagContent = "render_anchor_tag_content"
        case globalIgnoreText = "global_ignore_text"
        case globalSubtractiveSelectors = "global_subtractive_selectors"
        case stripIgnoredLines = "strip_ignored_lines"
        case emptyPagesAreAChange = "empty_pages_are_a_change"
        case rssReaderMode = "rss_reader_mode"
        case historyLimit = "history_snapshot_max_length"
        case pagerSize = "pager_size"
    }

    /// Reads what is there and takes the default for what is not, so that a row written by an older version stays good.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        timeBetweenCheck = try box.decodeIfPresent(CheckInterval.self, forKey: .timeBetweenCheck) ?? timeBetweenCheck
        jitterSeconds = try box.decodeIfPresent(Int.self, forKey: .jitterSeconds) ?? jitterSeconds
        ignoreWhitespace = try box.decodeIfPresent(Bool.self, forKey: .ignoreWhitespace) ?? ignoreWhitespace
        renderAnchorTagContent = try box.decodeIfPresent(Bool.self, forKey: .renderAnchorTagContent) ?? false
        globalIgnoreText = try box.decodeIfPresent([String].self, forKey: .globalIgnoreText) ?? []
        globalSubtractiveSelectors = try box.decodeIfPresent([String].self, forKey: .globalSubtractiveSelectors) ?? []
        stripIgnoredLines = try box.decodeIfPresent(Bool.self, forKey: .stripIgnoredLines) ?? false
        emptyPagesAreAChange = try box.decodeIfPresent(Bool.self, forKey: .emptyPagesAreAChange) ?? false
        rssReaderMode = try box.decodeIfPresent(Bool.self, forKey: .rssReaderMode) ?? false
        historyLimit = try box.decodeIfPresent(Int.self, forKey: .historyLimit)
        pagerSize = try box.decodeIfPresent(Int.self, forKey: .pagerSize) ?? pagerSize
    }
}
