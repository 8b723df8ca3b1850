/// The lists of rules by which a page's text is taken, judged and compared, under changedetection.io's names.
///
/// A watch has them, a tag adds its own to those of its watches, and detection gets the sum; an empty list asks for nothing. Written into
/// the JSON object of whoever has them, and only lists that are not empty.
public struct TextRules: Hashable, Sendable {
    /// What of the page counts: CSS selectors, XPath beginning with `/`, `xpath:` or `xpath1:`, JSONPath
    /// beginning with `json:`, or jq's language beginning with `jq:` or `jqraw:`. All of it when empty.
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

    public init() {}

    /// These with what tags add, in the incumbent's order: a list is one's own, then those of the tags, each entry once; only what is
    /// taken out of a page begins with the tags'.
    public func merged(with tags: [TextRules]) -> TextRules {
        func sum(_ list: (TextRules) -> [String]) -> [String] { Self.once(list(self) + tags.flatMap(list)) }
        var merged = TextRules()
        merged.includeFilters = sum(\.includeFilters)
        merged.subtractiveSelectors = Self.once(tags.flatMap(\.subtractiveSelectors) + subtractiveSelectors)
        merged.ignoreText = sum(\.ignoreText)
        merged.triggerText = sum(\.triggerText)
        merged.textShouldNotBePresent = sum(\.textShouldNotBePresent)
        merged.extractLinesContaining = sum(\.extractLinesContaining)
        merged.extractText = sum(\.extractText)
        return merged
    }

    private static func once(_ entries: [String]) -> [String] {
        var seen: Set<String> = []
        return entries.filter { seen.insert($0).inserted }
    }
}

extension TextRules: Codable {
    enum CodingKeys: String, CodingKey {
        case includeFilters = "include_filters"
        case subtractiveSelectors = "subtractive_selectors"
        case ignoreText = "ignore_text"
        case triggerText = "trigger_text"
        case textShouldNotBePresent = "text_should_not_be_present"
        case extractLinesContaining = "extract_lines_containing"
        case extractText = "extract_text"
    }

    /// Reads what is there and takes the default for what is not, so that a row written by an older version stays good.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        func list(_ key: CodingKeys) throws -> [String] { try box.decodeIfPresent([String].self, forKey: key) ?? [] }
        includeFilters = try list(.includeFilters)
        subtractiveSelectors = try list(.subtractiveSelectors)
        ignoreText = try list(.ignoreText)
        triggerText = try list(.triggerText)
        textShouldNotBePresent = try list(.textShouldNotBePresent)
        extractLinesContaining = try list(.extractLinesContaining)
        extractText = try list(.extractText)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        func write(_ list: [String], _ key: CodingKeys) throws {
            if !list.isEmpty { try box.encode(list, forKey: key) }
        }
        try write(includeFilters, .includeFilters)
        try write(subtractiveSelectors, .subtractiveSelectors)
        try write(ignoreText, .ignoreText)
        try write(triggerText, .triggerText)
        try write(textShouldNotBePresent, .textShouldNotBePresent)
        try write(extractLinesContaining, .extractLinesContaining)
        try write(extractText, .extractText)
    }
}
