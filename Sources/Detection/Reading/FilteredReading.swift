import Differences
import Domain

/// Reads a page through its filters: takes out what subtractive selectors mean, then keeps what include filters find.
struct FilteredReading {
    private let tree: MarkupTree
    private let rules: CompiledRules
    private let kind: StreamKind
    private let limits: DetectionLimits
    private let time: FilterTime
    private let trace: Trace

    /// The page's text after its filters; fails when none of the include filters finds anything.
    static func read(
        _ bytes: ArraySlice<UInt8>, _ kind: StreamKind, _ rules: CompiledRules, _ limits: DetectionLimits,
        _ trace: Trace
    ) throws(CheckFailure) -> PageReading {
        let isXML = kind == .xml || kind == .feed
        let result = MarkupTree.with(bytes, as: isXML ? .xml : .html, limit: limits.treeNodes) { tree in
            Result { () throws(CheckFailure) in
                let reading = FilteredReading(
                    tree: tree, rules: rules, kind: kind, limits: limits, time: FilterTime(limits), trace: trace)
                return try reading.read()
            }
        }
        guard let result else { throw limits.tooManyNodes }
        return try result.get()
    }

    private func read() throws(CheckFailure) -> PageReading {
        let title = kind == .html ? tree.title : nil
        trace.end(note: kind.words)
        if !rules.subtract.isEmpty { try subtractAll() }
        if rules.include.isEmpty {
            let text = whole()
            trace.end(after: Trace.lines(text))
            return PageReading(text: text, title: title, kind: kind)
        }
        trace.end()
        trace.begin(.included)
        let text = try included()
        trace.end(after: Trace.lines(text))
        return PageReading(text: text, title: title, kind: kind)
    }

    private func subtractAll() throws(CheckFailure) {
        trace.begin(.subtracted)
        var told: [TraceRule] = []
        for typed in rules.subtract {
            // What is taken out is not quoted: it is not to be kept.
            told.append(TraceRule(typed.rule, matches: try subtract(typed)))
        }
        trace.note(told)
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

    /// Answers how many elements and texts were taken out.
    private func subtract(_ typed: TypedFilter) throws(CheckFailure) -> Int {
        let found = try matches(typed.filter)
        for match in found {
            switch match {
            case .element(let node), .text(_, node: let node?): tree.remove(node)
            case .text: throw CheckFailure(.badFilter, "\(typed.rule): \(PageFilter.nothingToTakeOut)")
            }
        }
        return found.count
    }

    /// What one filter finds; where that is nothing, what it finds without the tbody that only browsers see.
    private func matches(
        _ filter: PageFilter, in document: XPathDocument? = nil
    ) throws(CheckFailure) -> [SelectorMatch] {
        let found = try directMatches(filter, in: document)
        guard found.isEmpty, let other = filter.withoutTableBody else { return found }
        return try directMatches(other, in: document)
    }

    private func directMatches(
        _ filter: PageFilter, in document: XPathDocument?
    ) throws(CheckFailure) -> [SelectorMatch] {
        switch filter {
        case .css(let selector, _):
            var matcher = CSSMatcher(tree, steps: limits.selectorSteps, time: time)
            return try matcher.select(selector).map { .element($0) }
        case .xpath(let expression):
            if let document { return try document.evaluate(expression, limits, time) }
            let document = try XPathDocument(tree, for: [expression], limits)
            defer { document.free() }
            return try document.evaluate(expression, limits, time)
        case .path(let expression): return try PathEvaluator.evaluate(expression, on: tree, limits, time)
        case .json, .jq: return []
        }
    }

    /// What the include filters find, rule after rule, each match on lines of its own.
    private func included() throws(CheckFailure) -> [UInt8] {
        let expressions = rules.include.compactMap {
            if case .xpath(let expression) = $0.filter { expression } else { nil }
        }
        // One copy serves all expressions, since nothing is taken out between them.
        var document: XPathDocument?
        if !expressions.isEmpty { document = try XPathDocument(tree, for: expressions, limits) }
        defer { document?.free() }
        var parts: [Part] = []
        var told: [TraceRule] = []
        var (json, hasJSON) = try embeddedJSON()
        for typed in rules.include {
            if typed.filter.isJSON {
                let found = json.removeFirst()
                told.append(found?.told(of: typed.rule) ?? TraceRule(typed.rule))
                if let found { parts.append(.json(found.text)) }
                continue
            }
            let more = try matches(typed.filter, in: document)
            told.append(TraceRule(typed.rule, matches: more.count, sample: more.first.map(sample)))
            if case .matches(let found)? = parts.last {
                parts[parts.count - 1] = .matches(found + more)
            } else {
                parts.append(.matches(more))
            }
        }
        trace.note(told)
        return try shown(parts, hasJSON: hasJSON)
    }

    /// What one filter or several neighbours of one kind found.
    private enum Part {
        case matches([SelectorMatch])
        case json([UInt8])
    }

    /// What each JSON filter finds in the first of the page's scripts, or else in its body, where it finds anything;
    /// and whether there is JSON at all.
    private func embeddedJSON() throws(CheckFailure) -> (found: [JSONReading.Found?], hasJSON: Bool) {
        let filters = rules.include.map(\.filter).filter(\.isJSON)
        var found = [JSONReading.Found?](repeating: nil, count: filters.count)
        var hasJSON = false
        guard !filters.isEmpty else { return (found, hasJSON) }
        for text in JSONSource.embedded(in: tree) {
            let missing = found.indices.filter { found[$0] == nil }
            guard !missing.isEmpty else { break }
            guard let json = try JSONTree(text, limits) else { continue }
            hasJSON = true
            let more = try JSONReading.apply(missing.map { filters[$0] }, text, json, limits)
            for (index, one) in zip(missing, more) { found[index] = one }
        }
        return (found, hasJSON)
    }

    private func shown(_ parts: [Part], hasJSON: Bool) throws(CheckFailure) -> [UInt8] {
        var texts: [ArraySlice<UInt8>] = []
        var sum = 0
        for part in parts {
            switch part {
            case .json(let text): texts.append(text[...])
            case .matches(let found):
                guard found.contains(where: isSomething) else { continue }
                try refuseFlood(found, &sum)
                texts.append((showsMarkup ? markup(found) : text(found))[...])
            }
        }
        guard !texts.isEmpty else { throw rules.noMatch(hasJSON: hasJSON) }
        return Lines.joined(texts)
    }

    /// So many nodes of an element are looked at for its first words.
    private static let nodesForSample = 200
    private static let bytesForSample = 2000

    /// The first words of what was found.
    private func sample(_ match: SelectorMatch) -> String {
        guard case .element(let node) = match else {
            if case .text(let text, _) = match { return TraceText.sample(Lines.trimmed(text[...])) }
            return ""
        }
        for inner in node..<min(Int(tree.nodes[node].subtreeEnd), node + Self.nodesForSample) {
            let it = tree.nodes[inner]
            guard !it.isElement, !it.isRaw, !it.isRemoved else { continue }
            let (start, end) = (Int(it.start), min(Int(it.end), Int(it.start) + Self.bytesForSample))
            let words = Lines.trimmed(CharacterReference.decoded(tree.source, start, end)[...])
            if !words.isEmpty { return TraceText.sample(words) }
        }
        return ""
    }

    private func isSomething(_ match: SelectorMatch) -> Bool {
        switch match {
        case .element: true
        case .text(let text, _): !Lines.isBlank(text)
        }
    }

    /// `sum` is what the matches before take.
    private func refuseFlood(_ found: [SelectorMatch], _ sum: inout Int) throws(CheckFailure) {
        for match in found {
            switch match {
            case .element(let node): sum += Int(tree.nodes[node].end - tree.nodes[node].start)
            case .text(let text, _): sum += text.count
            }
            if sum > max(limits.matchedBytes, 2 * tree.source.count) {
                throw CheckFailure(.tooComplex, "its filters find too much that contains itself")
            }
        }
    }

    private func markup(_ found: [SelectorMatch]) -> [UInt8] {
        var parts: [ArraySlice<UInt8>] = []
        for match in found {
            switch match {
            case .element(let node): parts.append(Lines.normalized(tree.markup(node)[...])[...])
            case .text(let text, _): parts.append(text[...])
            }
        }
        return Lines.joined(parts)
    }

    private func text(_ found: [SelectorMatch]) -> [UInt8] {
        if kind == .feed { return feedText(found) }
        var text = TreeText(tree, rendersLinks: rules.settings.renderAnchorTagContent)
        defer { text.free() }
        for match in found {
            switch match {
            case .element(0): text.addDocument()
            case .element(let node): text.addMatch(node)
            case .text(let found, _): text.addText(found)
            }
        }
        return text.text
    }

    private func feedText(_ found: [SelectorMatch]) -> [UInt8] {
        var parts: [ArraySlice<UInt8>] = []
        for match in found {
            switch match {
            case .element(let node): parts.append(FeedText.render(tree, from: node)[...])
            case .text(let text, _): parts.append(FeedText.readable(text)[...])
            }
        }
        return Lines.joined(parts)
    }
}
