import Domain
import Patterns

/// Takes out of a text what rules match.
enum Extraction {
    /// Every match of every rule, rule by rule, each followed by a line end; of a regex with groups the groups, joined.
    /// Beside it what a trace says of each rule.
    static func matches(
        of patterns: [Pattern], in text: [UInt8], _ matcher: RuleMatcher
    ) throws(CheckFailure) -> (text: [UInt8], rules: [TraceRule]) {
        var result: [UInt8] = []
        var rules: [TraceRule] = []
        for pattern in patterns {
            var rule = TraceRule(pattern.rule)
            try matcher.search(pattern, in: text.span) { places in
                let begin = result.count
                for group in (pattern.groupCount > 0 ? 1 : 0)...pattern.groupCount {
                    let start = places[2 * group], end = places[2 * group + 1]
                    // A group that took no part has no place; \K may set a start behind the end.
                    if start >= 0, end >= start, end <= text.count {
                        result.append(contentsOf: text[start..<end])
                    }
                }
                if rule.matches == 0 { rule.sample = TraceText.sample(result[begin...]) }
                rule.matches += 1
                result.append(ByteClass.newline)
                return places[1]
            }
            rules.append(rule)
        }
        return (result, rules)
    }
}
