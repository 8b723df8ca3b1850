/// How one watch is fetched, scheduled and compared: what a person may set, under changedetection.io's names.
///
/// An empty list or nil means "as the settings for all watches say" or "off"; `WatchSettings()` is a watch without wishes.
@dynamicMemberLookup
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

    /// What of the page's text counts.
    public var rules = TextRules()
    /// Strips every line and closes up empty ones.
    public var trimTextWhitespace = false
    /// Keeps the first of equal lines.
    public var removeDuplicateLines = false
    /// Sorts lines, in any case.
    public var sortTextAlphabetically = false
    /// Leaves ignored lines out of the snapshot too; nil means as the settings for all watches say.
    public var stripIgnoredLines: Bool?
    /// Which kinds of difference count: lines that came, lines that went, lines that were rewritten.
    public var countsAdded = true
    public var countsRemoved = true
    public var countsReplaced = true
    /// A difference counts only when it has a line that the watch has never shown before.
    public var wantsUniqueLines = false
    /// What must hold of the text for a difference to count.
    public var conditions: [WatchCondition] = []
    public var conditionLogic = ConditionLogic.all
    /// How many versions are kept; nil means as the settings for all watches say.
    public var historyLimit: Int?

    /// How the page is compared.
    public var processor = ProcessorKind.text
    public var restock = RestockSettings()
    public var image = ImageSettings()
    /// Whether the price that the page gives for machines is followed; nil while nobody has been asked.
    public var priceData: PriceDataWish?

    public init() {}

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TextRules, Value>) -> Value {
        get { rules[keyPath: path] }
        set { rules[keyPath: path] = newValue }
    }

    /// Only some kinds of difference count, for which the text of the last check is kept.
    public var comparesWithLastText: Bool { !(countsAdded && countsRemoved && countsReplaced) }

    /// A condition looks at the snapshot before.
    public var comparesWithSnapshot: Bool {
        conditions.contains { $0.field == .likeness || $0.field == .distance }
    }
}

/// The ways to compare a page, under changedetection.io's names.
public enum ProcessorKind: String, Hashable, Sendable, Codable, CaseIterable {
    case text = "text_json_diff"
    case restock = "restock_diff"
    case image = "image_ssim_diff"
}

/// The answer to the question whether the price in a page's JSON-LD is to be followed, in changedetection.io's words.
public enum PriceDataWish: String, Hashable, Sendable, Codable, CaseIterable {
    case accepted, rejected
}
