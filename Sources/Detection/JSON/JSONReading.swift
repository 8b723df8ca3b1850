import Domain

/// Reads a body that is JSON, or a JSONP call, through the filters that look at JSON.
enum JSONReading {
    /// The text that the include filters find; nil when none of them looks at JSON or the body holds none by itself.
    static func read(
        _ bytes: ArraySlice<UInt8>, _ kind: StreamKind, _ rules: CompiledRules, _ limits: DetectionLimits
    ) throws(CheckFailure) -> PageReading? {
        guard kind == .json || kind == .plain, rules.include.contains(where: \.isJSON),
            let (text, tree) = JSONSource.whole(bytes, limit: limits.treeNodes)
        else { return nil }
        var parts: [ArraySlice<UInt8>] = []
        for filter in rules.include where filter.isJSON {
            if let found = try apply(filter, text, tree, limits) { parts.append(found[...]) }
        }
        guard !parts.isEmpty else {
            throw CheckFailure(.noFilterMatch, rules.settings.includeFilters.joined(separator: ", "))
        }
        return PageReading(text: Lines.joined(parts), kind: .json)
    }

    /// What one filter finds: a single value as itself, several as the list of them; nil when nothing.
    static func apply(
        _ filter: PageFilter, _ text: [UInt8], _ tree: JSONTree, _ limits: DetectionLimits
    ) throws(CheckFailure) -> [UInt8]? {
        switch filter {
        case .css, .xpath, .path: return nil
        case .jq(let filter): return try filter.results(of: text)
        case .json(let path):
            var search = JSONPathSearch(tree, limits)
            let found = try search.find(path)
            guard !found.isEmpty else { return nil }
            let result = found.count == 1 ? search.tree.text(found[0]) : search.tree.text(found)
            guard result.count <= limits.matchedBytes else {
                throw CheckFailure(.tooComplex, "its filters find too much that contains itself")
            }
            return result
        }
    }
}
