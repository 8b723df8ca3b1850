import Differences
import Domain
import Patterns

/// The lines of a text that some rules match, and how many each of them does.
struct LineMarks {
    /// One answer per line.
    fileprivate(set) var isMarked: [Bool]
    /// For each rule how many lines it matches and the first of them, in the rules' order.
    fileprivate(set) var hits: [Hits] = []

    struct Hits {
        var count = 0
        var first: Int?

        mutating func add(_ line: Int) {
            count += 1
            if first == nil { first = line }
        }
    }

    var any: Bool { hits.contains { $0.count > 0 } }

    /// What a trace says of the rules; without `quotes` it does not say what the lines are.
    func rules(_ patterns: [Pattern], _ text: [UInt8], _ lines: LineIndex, quotes: Bool = true) -> [TraceRule] {
        zip(patterns, hits).map { pattern, hits in
            TraceRule(
                pattern.rule, matches: hits.count, line: hits.first.map { $0 + 1 },
                sample: quotes ? hits.first.map { TraceText.sample(text[lines.range($0)]) } : nil)
        }
    }
}

/// Says which lines of a text any of some rules match.
enum LineRules {
    /// Every rule is tried on every line, also on those that another has marked: a trace tells of each rule what it
    /// matches.
    static func matched(
        _ patterns: [Pattern], _ text: [UInt8], _ lines: LineIndex, _ matcher: RuleMatcher
    ) throws(CheckFailure) -> LineMarks {
        var marks = LineMarks(isMarked: [Bool](repeating: false, count: lines.count))
        for pattern in patterns {
            var hits = LineMarks.Hits()
            if pattern.isLiteral || pattern.spansLines {
                try markSpans(pattern, text.span, lines, matcher, &marks.isMarked, &hits)
            } else {
                try markLines(pattern, text.span, lines, matcher, &marks.isMarked, &hits)
            }
            marks.hits.append(hits)
        }
        return marks
    }

    /// Searches the whole text and marks the lines that each match touches; an empty match touches none.
    private static func markSpans(
        _ pattern: Pattern, _ text: Span<UInt8>, _ lines: LineIndex, _ matcher: RuleMatcher,
        _ marks: inout [Bool], _ hits: inout LineMarks.Hits
    ) throws(CheckFailure) {
        var behind = 0
        try matcher.search(pattern, in: text) { places in
            let start = places[0], end = places[1]
            guard end > start else { return end }
            let first = lines.line(at: start)
            let last = max(first, lines.line(at: end - 1))
            for line in first...last { marks[line] = true }
            // Two matches in one line are one line.
            for line in max(first, behind)..<max(last + 1, first, behind) { hits.add(line) }
            behind = max(behind, last + 1)
            // Plain words need not be found twice in one line.
            return pattern.isLiteral ? max(end, lines.range(last).upperBound) : end
        }
    }

    private static func markLines(
        _ pattern: Pattern, _ text: Span<UInt8>, _ lines: LineIndex, _ matcher: RuleMatcher,
        _ marks: inout [Bool], _ hits: inout LineMarks.Hits
    ) throws(CheckFailure) {
        for line in 0..<lines.count {
            guard try matcher.matches(pattern, text.extracting(lines.range(line))) else { continue }
            marks[line] = true
            hits.add(line)
        }
    }
}
