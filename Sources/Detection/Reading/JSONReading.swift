import Differences
import Domain

/// Reads a body that is JSON, or a JSONP call, through the filters that look at JSON.
enum JSONReading {
    /// The text that the include filters find; nil when none of them looks at JSON or the body holds none by itself.
    static func read(
        _ bytes: ArraySlice<UInt8>, _ kind: StreamKind, _ rules: CompiledRules, _ limits: DetectionLimits,
        _ trace: Trace
    ) throws(CheckFailure) -> PageReading? {
        guard kind == .json || kind == .plain, rules.looksAtJSON,
            let (text, tree) = try JSONSource.whole(bytes, limits)
        else { return nil }
        trace.end(after: Trace.lines(text), note: "as JSON")
        trace.begin(.included)
        var parts: [ArraySlice<UInt8>] = []
        var told: [TraceRule] = []
        let asked = rules.include.filter(\.filter.isJSON)
        for (typed, found) in zip(asked, try apply(asked.map(\.filter), text, tree, limits)) {
            told.append(found?.told(of: typed.rule) ?? TraceRule(typed.rule))
            if let found { parts.append(found.text[...]) }
        }
        trace.note(told)
        guard !parts.isEmpty else { throw rules.noMatch(hasJSON: true) }
        let joined = Lines.joined(parts)
        trace.end(before: Trace.lines(text), after: Trace.lines(joined))
        return PageReading(text: joined, kind: .json)
    }

    /// What a filter found, as text, and how many values that are.
    struct Found {
        let text: [UInt8]
        let count: Int

        func told(of rule: String) -> TraceRule {
            let line = text.prefix { $0 != ByteClass.newline }
            return TraceRule(rule, matches: count, sample: TraceText.sample(line))
        }
    }

    /// What each filter finds: a single value as itself, several as the list of them; nil when nothing.
    static func apply(
        _ filters: [PageFilter], _ text: [UInt8], _ tree: JSONTree, _ limits: DetectionLimits
    ) throws(CheckFailure) -> [Found?] {
        var found = [Found?](repeating: nil, count: filters.count)
        var asked: [(index: Int, filter: JQFilter)] = []
        for (index, filter) in filters.enumerated() {
            switch filter {
            case .css, .xpath, .path: break
            case .jq(let filter): asked.append((index, filter))
            case .json(let path): found[index] = try apply(path, tree, limits)
            }
        }
        let texts = try JQFilter.results(of: text, for: asked.map(\.filter), limits.purpose)
        for (place, text) in zip(asked, texts) { found[place.index] = text.map { Found(text: $0, count: 1) } }
        return found
    }

    private static func apply(
        _ path: JSONPath, _ tree: JSONTree, _ limits: DetectionLimits
    ) throws(CheckFailure) -> Found? {
        var search = JSONPathSearch(tree, limits)
        let found = try search.find(path)
        guard !found.isEmpty else { return nil }
        let result = found.count == 1 ? search.tree.text(found[0]) : search.tree.text(found)
        guard result.count <= limits.matchedBytes else {
            throw CheckFailure(.tooComplex, "its filters find too much that contains itself")
        }
        return Found(text: result, count: found.count)
    }
}
