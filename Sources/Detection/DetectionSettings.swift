public import Domain

/// All that decides what of a page counts: a watch's wishes merged with those for all watches.
///
/// A value, so that compiled rules can be kept by it and a change of any setting is seen as one.
@dynamicMemberLookup
public struct DetectionSettings: Hashable, Sendable {
    /// The watch's own with what its tags and the settings for all watches add.
    public var rules = TextRules()
    public var trimTextWhitespace = false
    public var removeDuplicateLines = false
    public var sortTextAlphabetically = false
    public var stripIgnoredLines = false
    public var ignoreWhitespace = true
    public var renderAnchorTagContent = false
    public var emptyPagesAreAChange = false
    /// Which kinds of difference to the last text count.
    public var countsAdded = true
    public var countsRemoved = true
    public var countsReplaced = true
    public var wantsUniqueLines = false
    public var conditions: [WatchCondition] = []
    public var conditionLogic = ConditionLogic.all
    public var rssReaderMode = false
    public var restock = RestockSettings()
    public var image = ImageSettings()
    /// The address began with `source:`, so the page's source is its text.
    public var isSource = false

    public init() {}

    /// Merges a watch with the settings for all watches; `url` is the watch's address as typed.
    public init(watch: WatchSettings, settings: Settings, url: String) {
        rules = watch.rules
        if watch.priceData == .accepted { rules.includeFilters += Self.offerFilters }
        rules.subtractiveSelectors += settings.globalSubtractiveSelectors
        rules.ignoreText += settings.globalIgnoreText
        trimTextWhitespace = watch.trimTextWhitespace
        removeDuplicateLines = watch.removeDuplicateLines
        sortTextAlphabetically = watch.sortTextAlphabetically
        stripIgnoredLines = watch.stripIgnoredLines ?? settings.stripIgnoredLines
        ignoreWhitespace = settings.ignoreWhitespace
        renderAnchorTagContent = settings.renderAnchorTagContent
        emptyPagesAreAChange = settings.emptyPagesAreAChange
        countsAdded = watch.countsAdded
        countsRemoved = watch.countsRemoved
        countsReplaced = watch.countsReplaced
        wantsUniqueLines = watch.wantsUniqueLines
        conditions = watch.conditions
        conditionLogic = watch.conditionLogic
        rssReaderMode = settings.rssReaderMode
        restock = watch.restock
        image = watch.image
        isSource = url.lowercased().hasPrefix("source:")
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TextRules, Value>) -> Value {
        get { rules[keyPath: path] }
        set { rules[keyPath: path] = newValue }
    }

    /// Where JSON-LD has offers; some shops write the word large.
    private static let offerFilters = ["json:$..offers", "json:$..Offers"]

    /// Only some kinds of difference count.
    var comparesWithLastText: Bool { !(countsAdded && countsRemoved && countsReplaced) }

    /// Every setting in one fixed spelling, so that the same settings have the same fingerprint in every process.
    var canonical: [UInt8] {
        let lists = [
            rules.includeFilters, rules.subtractiveSelectors, rules.ignoreText, rules.triggerText,
            rules.textShouldNotBePresent, rules.extractLinesContaining, rules.extractText,
            conditions.flatMap { [$0.field.rawValue, $0.operator.rawValue, $0.value] },
        ]
        let flags = [
            trimTextWhitespace, removeDuplicateLines, sortTextAlphabetically, stripIgnoredLines, ignoreWhitespace,
            renderAnchorTagContent, emptyPagesAreAChange, isSource, countsAdded, countsRemoved, countsReplaced,
            wantsUniqueLines, conditionLogic == .any, rssReaderMode,
        ]
        var bytes: [UInt8] = flags.map { $0 ? 1 : 0 }
        for list in lists {
            bytes.append(contentsOf: "\(list.count):".utf8)
            for entry in list { bytes.append(contentsOf: "\(entry.utf8.count):\(entry)".utf8) }
        }
        return bytes
    }
}
