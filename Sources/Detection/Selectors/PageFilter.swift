/// One rule that selects parts of a page, as a person typed it.
enum PageFilter: Sendable {
    case css(CSSSelector, source: String)
    case xpath(XPathExpression)

    /// `/…`, `xpath:…` and `xpath1:…` are XPath, anything else is CSS.
    init(_ rule: String) throws(SelectorError) {
        let text = String(rule.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        for prefix in ["json:", "jq:", "jqraw:"] where text.hasPrefix(prefix) {
            throw SelectorError(message: "filters beginning with \(prefix) are not known")
        }
        for prefix in ["xpath:", "xpath1:"] where text.hasPrefix(prefix) {
            self = .xpath(try XPathExpression(String(text.dropFirst(prefix.count))))
            return
        }
        if text.hasPrefix("/") || text.hasPrefix("(/") || text.hasPrefix("(./") {
            self = .xpath(try XPathExpression(text))
        } else {
            self = .css(try CSSParser.parse(text), source: text)
        }
    }

    var isXPath: Bool {
        if case .xpath = self { true } else { false }
    }
}
