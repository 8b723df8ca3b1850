import Domain

/// Takes out of a text what rules match.
enum Extraction {
    /// Every match of every rule, rule by rule, each followed by a line end; of a regex with groups the groups, joined.
    static func matches(
        of patterns: [Pattern], in text: [UInt8], _ matcher: PatternMatcher
    ) throws(CheckFailure) -> [UInt8] {
        var result: [UInt8] = []
        try text.withUnsafeBufferPointer { bytes throws(CheckFailure) in
            for pattern in patterns {
                try matcher.search(pattern, in: bytes) { places in
                    for group in (pattern.groupCount > 0 ? 1 : 0)...pattern.groupCount {
                        let start = places[2 * group], end = places[2 * group + 1]
                        // A group that took no part has no place; \K may set a start behind the end.
                        if start >= 0, end >= start, end <= bytes.count {
                            result.append(contentsOf: bytes[start..<end])
                        }
                    }
                    result.append(ByteClass.newline)
                    return places[1]
                }
            }
        }
        return result
    }
}
