import Domain

/// What is wrong with a filter whatever the page, found on an empty one before the filter is kept.
extension PageFilter {
    private static let emptyPage = Array("<html><head></head><body></body></html>".utf8)

    /// An attribute is no part of a page's text, and a value has no place in the page.
    static let nothingToTakeOut = "it selects attributes or values; only elements and text can be removed"

    /// Little, since no filter has much to do on an empty page.
    private static let limits = {
        var limits = DetectionLimits()
        limits.selectorSteps = 100_000
        limits.xpathOperations = 100_000
        limits.filterTime = .milliseconds(100)
        return limits
    }()

    /// Finds mistakes that reading the rule alone does not; may start a process.
    func compile(takesOut: Bool = false) throws(SelectorError) {
        switch self {
        case .css: return
        case .json where takesOut, .jq where takesOut:
            throw SelectorError(message: "JSON filters cannot remove elements from a page")
        case .json: return
        case .jq(let filter): try filter.compile()
        case .path where !takesOut: return
        case .xpath, .path:
            guard let found = try found(), takesOut else { return }
            for case .text(_, node: nil) in found { throw SelectorError(message: Self.nothingToTakeOut) }
        }
    }

    /// What an XPath finds on the empty page; nil when that cannot be told without the page it is for.
    private func found() throws(SelectorError) -> [SelectorMatch]? {
        let limits = Self.limits
        let result = MarkupTree.with(Self.emptyPage[...], as: .html, limit: 100) { tree in
            Result { () throws(SelectorError) in try found(on: tree, limits, FilterTime(limits)) }
        }
        return try result?.get() ?? nil
    }

    private func found(
        on tree: MarkupTree, _ limits: DetectionLimits, _ time: FilterTime
    ) throws(SelectorError) -> [SelectorMatch]? {
        // Newer versions fail where nothing stands for a value that a page has; what 1.0 fails for are mistakes.
        if case .path(let expression) = self { return try? PathEvaluator.evaluate(expression, on: tree, limits, time) }
        guard case .xpath(let expression) = self, let document = try? XPathDocument(tree, for: [expression], limits)
        else { return nil }
        defer { document.free() }
        do throws(XPathError) {
            return try document.ask(expression, limits, time)
        } catch {
            if error.isUnknownPrefix || error.isTooManySteps { return nil }
            throw SelectorError(message: error.words)
        }
    }
}
