import Differences
import Domain

/// Reads a body that is JSON, or a JSONP call, through the filters that look at JSON.
enum JSONReading {
    /// The text that the include filters find; nil when none of them looks at JSON or the body holds none by itself.
    static func read(
        _ bytes: ArraySlice<UInt8>, _ kind: StreamKind, _ rules: CompiledRules, _ limits: DetectionLimits,
        _ trace: Trace
    ) throws(CheckFailure) -> PageReading? {
        guard kind == .json || kind == .plain, rules.include.contains(where: \.filter.isJSON),
            let (text, tree) = JSONSource.whole(bytes, limit: limits.treeNodes)
        else { return nil }
        trace.end(after: Trace.lines(text), note: "as JSON")
        trace.begin(.included)
        var parts: [ArraySlice<UInt8>] = []
        var told: [TraceRule] = []
        for typed in rules.include where typed.filter.isJSON {
            let found = try apply(typed.filter, text, tree, limits)
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

    /// What one filter finds: a single value as itself, several as the list of them; nil when nothing.
    static func apply(
        _ filter: PageFilter, _ text: [UInt8], _ tree: JSONTree, _ limits: DetectionLimits
    ) throws(CheckFailure) -> Found? {
        switch filter {
        case .css, .xpath, .path: return nil
        case .jq(let filter): return try filter.results(of: text).map { Found(text: $0, count: 1) }
        case .json(let path):
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
}
