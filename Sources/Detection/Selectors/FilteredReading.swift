import Domain

/// Reads a page through its filters: takes out what subtractive selectors mean, then keeps what include filters find.
struct FilteredReading {
    private let tree: MarkupTree
    private let rules: CompiledRules
    private let kind: StreamKind
    private let limits: DetectionLimits

    /// The page's text after its filters; fails when none of the include filters finds anything.
    static func read(
        _ bytes: ArraySlice<UInt8>, _ kind: StreamKind, _ rules: CompiledRules, _ limits: DetectionLimits
    ) throws(CheckFailure) -> PageReading {
        let isXML = kind == .xml || kind == .feed
        let result = MarkupTree.with(bytes, as: isXML ? .xml : .html, limit: limits.treeNodes) { tree in
            Result { () throws(CheckFailure) in
                let reading = FilteredReading(tree: tree, rules: rules, kind: kind, limits: limits)
                return try reading.read()
            }
        }
        guard let result else { throw CheckFailure(.tooComplex, "it has more than \(limits.treeNodes) elements") }
        return try result.get()
    }

    private func read() throws(CheckFailure) -> PageReading {
        let title = kind == .html ? tree.title : nil
        for filter in rules.subtract { try subtract(filter) }
        let text = rules.include.isEmpty ? whole() : try included()
        return PageReading(text: text, title: title, kind: kind)
    }

    /// Everything that was not taken out.
    private func whole() -> [UInt8] {
        if showsMarkup { return Lines.normalized(tree.markup(0)[...]) }
        if kind == .feed { return FeedText.render(tree) }
        var text = TreeText(tree, rendersLinks: rules.settings.renderAnchorTagContent)
        defer { text.free() }
        text.addDocument()
        return text.text
    }

    /// XML is shown as it is written, and so is the source of a page that was asked for.
    private var showsMarkup: Bool { rules.settings.isSource || kind == .xml }

    private func subtract(_ filter: PageFilter) throws(CheckFailure) {
        for match in try matches(filter) {
            if case .element(let node) = match { tree.remove(node) }
        }
    }

    /// What one filter finds; where that is nothing, what it finds without the tbody that only browsers see.
    private func matches(_ filter: PageFilter, in document: XPathDocument? = nil) throws(CheckFailure) -> [XPathMatch] {
        let found = try directMatches(filter, in: document)
        guard found.isEmpty, let other = filter.withoutTableBody else { return found }
        return try directMatches(other, in: document)
    }

    private func directMatches(_ filter: PageFilter, in document: XPathDocument?) throws(CheckFailure) -> [XPathMatch] {
        switch filter {
        case .css(let selector, _):
            var matcher = CSSMatcher(tree, steps: limits.selectorSteps)
            return try matcher.select(selector).map { .element($0) }
        case .xpath(let expression):
            if let document { return try document.evaluate(expression, limits) }
            let document = try XPathDocument(tree, for: [expression], limits)
            defer { document.free() }
            return try document.evaluate(expression, limits)
        case .path(let expression): return try PathEvaluator.evaluate(expression, on: tree, limits)
        case .json, .jq: return []
        }
    }

    /// What the include filters find, rule after rule, each match on lines of its own.
    private func included() throws(CheckFailure) -> [UInt8] {
        let expressions = rules.include.compactMap { if case .xpath(let expression) = $0 { expression } else { nil } }
        // One copy serves all expressions, since nothing is taken out between them.
        var document: XPathDocument?
        if !expressions.isEmpty { document = try XPathDocument(tree, for: expressions, limits) }
        defer { document?.free() }
        var parts: [Part] = []
        for filter in rules.include {
            if filter.isJSON {
                if let text = try embeddedJSON(filter) { parts.append(.json(text)) }
                continue
            }
            let more = try matches(filter, in: document)
            if case .matches(let found)? = parts.last {
                parts[parts.count - 1] = .matches(found + more)
            } else {
                parts.append(.matches(more))
            }
        }
        return try shown(parts)
    }

    /// What one filter or several neighbours of one kind found.
    private enum Part {
        case matches([XPathMatch])
        case json([UInt8])
    }

    /// What a JSON filter finds in the first of the page's scripts, or else in its body, where it finds anything.
    private func embeddedJSON(_ filter: PageFilter) throws(CheckFailure) -> [UInt8]? {
        for text in JSONSource.embedded(in: tree) {
            guard let json = JSONTree(text, limit: limits.treeNodes) else { continue }
            if let found = try JSONReading.apply(filter, text, json, limits) { return found }
        }
        return nil
    }

    private func shown(_ parts: [Part]) throws(CheckFailure) -> [UInt8] {
        var texts: [ArraySlice<UInt8>] = []
        var all: [XPathMatch] = []
        for part in parts {
            switch part {
            case .json(let text): texts.append(text[...])
            case .matches(let found):
                guard found.contains(where: isSomething) else { continue }
                all += found
                try refuseFlood(all)
                texts.append((showsMarkup ? markup(found) : text(found))[...])
            }
        }
        guard !texts.isEmpty else {
            throw CheckFailure(.noFilterMatch, rules.settings.includeFilters.joined(separator: ", "))
        }
        return Lines.joined(texts)
    }

    private func isSomething(_ match: XPathMatch) -> Bool {
        switch match {
        case .element: true
        case .text(let text): !Lines.isBlank(text)
        }
    }

    private func refuseFlood(_ found: [XPathMatch]) throws(CheckFailure) {
        var sum = 0
        for match in found {
            switch match {
            case .element(let node): sum += Int(tree.nodes[node].end - tree.nodes[node].start)
            case .text(let text): sum += text.count
            }
            if sum > limits.matchedBytes {
                throw CheckFailure(.tooComplex, "its filters find too much that contains itself")
            }
        }
    }

    private func markup(_ found: [XPathMatch]) -> [UInt8] {
        var parts: [ArraySlice<UInt8>] = []
        for match in found {
            switch match {
            case .element(let node): parts.append(Lines.normalized(tree.markup(node)[...])[...])
            case .text(let text): parts.append(text[...])
            }
        }
        return Lines.joined(parts)
    }

    private func text(_ found: [XPathMatch]) -> [UInt8] {
        if kind == .feed { return feedText(found) }
        var text = TreeText(tree, rendersLinks: rules.settings.renderAnchorTagContent)
        defer { text.free() }
        for match in found {
            switch match {
            case .element(0): text.addDocument()
            case .element(let node): text.addMatch(node)
            case .text(let found): text.addText(found)
            }
        }
        return text.text
    }

    private func feedText(_ found: [XPathMatch]) -> [UInt8] {
        var parts: [ArraySlice<UInt8>] = []
        for match in found {
            switch match {
            case .element(let node): parts.append(FeedText.render(tree, from: node)[...])
            case .text(let text): parts.append(FeedText.readable(text)[...])
            }
        }
        return Lines.joined(parts)
    }
}
