/// The lists of rules by which a page's text is taken, judged and compared, under changedetection.io's names.
///
/// A watch has them, a tag adds its own to those of its watches, the settings for all watches add some, and detection
/// gets the sum; an empty list asks for nothing.
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
}
