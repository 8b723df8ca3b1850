/// How one watch is fetched, scheduled and compared: what a person may set, under changedetection.io's names.
///
/// An empty list or nil means "as the settings for all watches say" or "off"; `WatchSettings()` is a watch without wishes.
public struct WatchSettings: Hashable, Sendable {
    /// GET, POST, PUT, DELETE, PATCH or OPTIONS.
    public var method = "GET"
    /// Sent with the request, besides or instead of our own.
    public var headers: [String: String] = [:]
    /// Sent as the request's body; nil sends none.
    public var body: String?
    /// Takes an answer whose status is not 200 for a page; nil means no.
    public var ignoreStatusCodes: Bool?

    /// The watch's own interval, used when `usesDefaultInterval` is false.
    public var timeBetweenCheck = CheckInterval()
    /// Takes the interval of the settings for all watches.
    public var usesDefaultInterval = true

    /// What of the page counts: CSS selectors, or XPath beginning with `/`, `xpath:` or `xpath1:`. All of it when empty.
    public var includeFilters: [String] = []
    /// What is taken out of the page first.
    public var subtractiveSelectors: [String] = []
    /// Lines with these words or matching these `/regex/flags` do not count for the comparison.
    public var ignoreText: [String] = []
    /// Only when a line matches one of these does a difference count.
    public var triggerText: [String] = []
    /// While a line matches one of these no difference counts.
    public var textShouldNotBePresent: [String] = []
    /// Keeps only lines with one of these, in any case.
    public var extractLinesContaining: [String] = []
    /// Keeps only what these words or `/regex/flags` match.
    public var extractText: [String] = []
    /// Strips every line and closes up empty ones.
    public var trimTextWhitespace = false
    /// Keeps the first of equal lines.
    public var removeDuplicateLines = false
    /// Sorts lines, in any case.
    public var sortTextAlphabetically = false
    /// Leaves ignored lines out of the snapshot too; nil means as the settings for all watches say.
    public var stripIgnoredLines: Bool?

    public init() {}
}
