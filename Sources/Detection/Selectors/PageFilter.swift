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

    /// The same filter without its steps through `tbody`, or nil when it has none.
    ///
    /// Browsers put a tbody into every table, so what people copy from their tools names it; the page itself often has
    /// none.
    var withoutTableBody: PageFilter? {
        switch self {
        case .css(let selector, let source):
            let changed = selector.alternatives.map(\.withoutTableBody)
            guard changed.contains(where: { $0 != nil }) else { return nil }
            let alternatives = zip(selector.alternatives, changed).map { $1 ?? $0 }
            return .css(CSSSelector(alternatives: alternatives), source: source)
        case .xpath(let expression):
            var source = expression.source
            for step in ["/tbody[1]/", "/tbody/"] { source = source.replacing(step, with: "/") }
            return source == expression.source ? nil : (try? XPathExpression(source)).map { .xpath($0) }
        }
    }
}

extension CSSSelector.Complex {
    /// Without plain `tbody` between two other elements; nil when there is none.
    fileprivate var withoutTableBody: CSSSelector.Complex? {
        var copy = self
        for index in stride(from: compounds.count - 2, through: 1, by: -1) {
            guard compounds[index].name == TagName("tbody"), compounds[index].tests.isEmpty else { continue }
            let isChild = copy.combinators[index - 1] == .child && copy.combinators[index] == .child
            copy.compounds.remove(at: index)
            copy.combinators.remove(at: index)
            copy.combinators[index - 1] = isChild ? .child : .descendant
        }
        return copy.compounds.count == compounds.count ? nil : copy
    }
}
