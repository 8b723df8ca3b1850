import Differences
import Domain
import Foundation
import Monitor

/// A check's steps as a table for a terminal: the step, lines in and out, how long it took, what it found; its rules
/// below it.
struct TraceTable {
    private let head: String
    private let steps: [TraceStep]
    private let verdict: String

    /// A check as it was recorded.
    init(_ trace: CheckTrace) {
        let number = trace.number.map { "Check \($0), " } ?? ""
        head = number + trace.startedAt.formatted(.iso8601) + (trace.version.map { ", version \($0)" } ?? "")
        steps = trace.steps
        let since = trace.unreadSince.map { " It was last processed at \($0.formatted(.iso8601))." } ?? ""
        verdict = trace.verdict + since
    }

    /// A dry run on a kept version.
    init(dryRun: CheckTrace, head: String) {
        self.head = head
        steps = dryRun.steps
        verdict = dryRun.dryRunVerdict
    }

    var text: String {
        var rows = [["step", "lines in", "lines out", "ms", ""]]
        for step in steps {
            let lines = Self.lines(step)
            rows.append([step.kind.title, lines.before, lines.after, Self.milliseconds(step), step.note ?? ""])
        }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var out = [head]
        for (index, row) in rows.enumerated() {
            let cells = (0..<4).map { Self.padded(row[$0], widths[$0], isNumber: $0 > 0) } + [row[4]]
            out.append("  " + Self.trimmed(cells.joined(separator: "  ")))
            guard index > 0 else { continue }
            out += Self.rules(of: steps[index - 1])
        }
        return (out + [verdict]).joined(separator: "\n")
    }

    private static func rules(of step: TraceStep) -> [String] {
        var lines = step.rules.map { rule in
            var line = "      \(mark(rule)) \(rule.rule)  \(words(rule))"
            if let sample = rule.sample, !sample.isEmpty, rule.holds == nil { line += ": \(sample)" }
            return line
        }
        if step.rulesLeftOut > 0 { lines.append("      and \(step.rulesLeftOut) more") }
        return lines
    }

    private static func mark(_ rule: TraceRule) -> String { rule.matches > 0 ? "+" : "-" }

    private static func words(_ rule: TraceRule) -> String {
        if let holds = rule.holds {
            let value = rule.sample.map { " (it is \($0))" } ?? ""
            return (holds ? "met" : "not met") + value
        }
        guard rule.matches > 0 else { return "no match" }
        guard let line = rule.line else { return "\(rule.matches) found" }
        return rule.matches == 1 ? "line \(line)" : "\(rule.matches) lines, first \(line)"
    }

    private static func lines(_ step: TraceStep) -> (before: String, after: String) {
        if step.linesBefore == 0, step.linesAfter == 0 { return ("", "") }
        return (step.linesBefore == 0 ? "" : String(step.linesBefore), String(step.linesAfter))
    }

    /// With two decimals: most steps take less than a tenth of one.
    private static func milliseconds(_ step: TraceStep) -> String {
        guard step.microseconds > 0 else { return "" }
        return String(format: "%.2f", Double(step.microseconds) / 1000)
    }

    private static func padded(_ text: String, _ width: Int, isNumber: Bool) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return isNumber ? space + text : text + space
    }

    private static func trimmed(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }
}

/// A dry run of settings for a terminal: the steps, what differs from the version before, and the verdict.
struct DryRunReport {
    private static let mostRows = 200
    private static let longestLine = 500

    private let explanation: Explanation

    init(_ explanation: Explanation) {
        self.explanation = explanation
    }

    var text: String {
        let trace = explanation.trace
        let compared =
            explanation.before.map { before in
                "compared with version \(before)"
                    + (explanation.beforeIsTextOnly ? " (of which only the text is stored)" : "")
            } ?? "the first version, nothing to compare with"
        let head = "Version \(explanation.version) of \(trace.startedAt.formatted(.iso8601)), \(compared)"
        let lines = TraceTable(dryRun: trace, head: head).text.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = self.difference
        let middle = difference.isEmpty ? [] : [""] + difference + [""]
        return (lines.dropLast().map(String.init) + middle + lines.suffix(1).map(String.init)).joined(separator: "\n")
    }

    /// The lines that differ, with `-` and `+` before them and a little of what is around.
    private var difference: [String] {
        guard let old = explanation.textBefore, let new = explanation.text, old != new else { return [] }
        var limits = DiffExcerpt.Limits()
        limits.rows = Self.mostRows
        limits.lineBytes = Self.longestLine
        limits.distantLines = 0
        let excerpt = DiffExcerpt.of(old, new, limits)
        var lines: [String] = []
        for part in excerpt.parts {
            switch part {
            case .folded(let count, _, _): lines.append("  … \(count) unchanged lines")
            case .row(let row, _, _):
                func line(_ sign: String, _ range: Range<Int>, _ text: [UInt8]) {
                    lines.append("  \(sign) \(Self.plain(text[range]))")
                }
                switch row.kind {
                case .same: line(" ", row.new, excerpt.new)
                case .removed: line("-", row.old, excerpt.old)
                case .added: line("+", row.new, excerpt.new)
                case .changed:
                    line("-", row.old, excerpt.old)
                    line("+", row.new, excerpt.new)
                }
            }
        }
        if excerpt.leftOut > 0 { lines.append("  … \(excerpt.leftOut) more") }
        return lines
    }

    /// Without controls: a page must not move the cursor or change the colours of a terminal.
    private static func plain(_ line: ArraySlice<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            text.append(isControl ? "\u{FFFD}" : scalar)
        }
        return String(text)
    }
}
