/// One rule that selects parts of a page, as a person typed it.
enum PageFilter: Sendable {
    case css(CSSSelector, source: String)
    case xpath(XPathExpression)
    /// What XPath 1.0 cannot say.
    case path(PathExpression)
    case json(JSONPath)
    case jq(JQFilter)

    /// `/…`, `xpath:…` and `xpath1:…` are XPath, `json:…` is JSONPath, `jq:…` and `jqraw:…` are jq's, anything else is
    /// CSS.
    init(_ rule: String) throws(SelectorError) {
        let text = String(rule.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        if text.hasPrefix("json:") {
            self = .json(try JSONPath(String(text.dropFirst(5))))
            return
        }
        for prefix in ["jq:", "jqraw:"] where text.hasPrefix(prefix) {
            self = .jq(try JQFilter(String(text.dropFirst(prefix.count)), isRaw: prefix == "jqraw:"))
            return
        }
        if text.hasPrefix("xpath1:") {
            self = try Self.xpath(String(text.dropFirst(7)), isFirstVersion: true)
        } else if text.hasPrefix("xpath:") {
            self = try Self.xpath(String(text.dropFirst(6)))
        } else if text.hasPrefix("/*"), text.dropFirst(2).contains("*/") {
            // A comment in CSS, or every root and more in XPath; what is no XPath must be the comment.
            self = try (try? Self.xpath(text)) ?? .css(CSSParser.parse(text), source: text)
        } else if text.hasPrefix("/") || text.hasPrefix("(/") || text.hasPrefix("(./") {
            self = try Self.xpath(text)
        } else {
            self = .css(try CSSParser.parse(text), source: text)
        }
    }

    /// libxml2 evaluates what is XPath 1.0, our own evaluator what is more; with `isFirstVersion` only EXSLT's
    /// functions are more. Unions are ours too, since libxml2 joins two sets in time that is their product.
    private static func xpath(_ source: String, isFirstVersion: Bool = false) throws(SelectorError) -> PageFilter {
        do {
            let expression = try XPathExpression(source)
            if !isFirstVersion, source.contains("|"), let ours = try? PathExpression(source) { return .path(ours) }
            return .xpath(expression)
        } catch {
            if isFirstVersion, !XPathExpression.callsExtension(source) { throw error }
            return .path(try PathExpression(source))
        }
    }

    var isXPath: Bool {
        switch self {
        case .xpath, .path: true
        case .css, .json, .jq: false
        }
    }

    /// It looks at JSON, not at elements.
    var isJSON: Bool {
        switch self {
        case .json, .jq: true
        case .css, .xpath, .path: false
        }
    }

    /// It starts a process, for which a thread has to wait.
    var startsProgram: Bool {
        if case .jq = self { true } else { false }
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
        case .json, .jq: return nil
        case .xpath(let expression): return Self.withoutTableBody(expression.source)
        case .path(let expression): return Self.withoutTableBody(expression.source)
        }
    }

    private static func withoutTableBody(_ source: String) -> PageFilter? {
        var shorter = source
        for step in ["/tbody[1]/", "/tbody/"] { shorter = shorter.replacing(step, with: "/") }
        return shorter == source ? nil : try? xpath(shorter)
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
