import Differences
import Domain

/// The steps that follow once there is text.
extension Step {
    /// Strips every line and closes up empty ones.
    static let trimWhitespace = Step(
        kind: .trimmed, isWanted: { $1.settings.trimTextWhitespace },
        apply: { draft, _, _ throws(CheckFailure) in
            try draft.rewrite { text throws(CheckFailure) in
                Lines.joined(Lines.split(text).map(Lines.stripped).filter { !$0.isEmpty })
            }
        })

    /// Fails when there is nothing to read, unless that is a page too; JSON is never empty.
    static let refuseEmpty = Step(
        kind: .textWanted,
        isWanted: { draft, rules in
            draft.kind != .json && !rules.settings.emptyPagesAreAChange && Lines.isBlank(draft.snapshot)
        },
        apply: { _, _, _ throws(CheckFailure) in throw CheckFailure(.noText) })

    /// Begins a second text, without the ignored lines, for the comparison.
    static let leaveIgnoredOut = Step(
        kind: .ignored, isWanted: { !$1.ignore.isEmpty },
        apply: { draft, rules, _ throws(CheckFailure) in
            let text = draft.snapshot
            let lines = LineIndex(text)
            let marks = try LineRules.matched(rules.ignore, text, lines, draft.matcher)
            // Lines that are not to be kept are not quoted either.
            let quotes = !rules.settings.stripsIgnoredLines
            draft.trace?.note(marks.rules(rules.ignore, text, lines, quotes: quotes))
            guard marks.any else { return }
            let kept = marks.isMarked.indices.filter { !marks.isMarked[$0] }
            draft.compared = Lines.joined(kept.map { text[lines.range($0)] })
        })

    /// Keeps only lines that contain one of some words.
    static let extractLines = Step(
        kind: .linesExtracted, isWanted: { !$1.extractLines.isEmpty },
        apply: { draft, rules, _ throws(CheckFailure) in
            let (matcher, trace) = (draft.matcher, draft.trace)
            try draft.rewrite { text throws(CheckFailure) in
                let lines = LineIndex(text)
                let marks = try LineRules.matched(rules.extractLines, text, lines, matcher)
                trace?.note(marks.rules(rules.extractLines, text, lines))
                let kept = marks.isMarked.indices.filter { marks.isMarked[$0] }
                return Lines.joined(kept.map { text[lines.range($0)] })
            }
        })

    /// Keeps only what some rules match, each match on its own line, in the order of the rules.
    static let extractText = Step(
        kind: .textExtracted, isWanted: { !$1.extractText.isEmpty },
        apply: { draft, rules, _ throws(CheckFailure) in
            let (matcher, trace) = (draft.matcher, draft.trace)
            try draft.rewrite { text throws(CheckFailure) in
                let (found, told) = try Extraction.matches(of: rules.extractText, in: text, matcher)
                trace?.note(told)
                return found
            }
        })

    /// Keeps the first of equal lines; blank ones go.
    static let removeDuplicates = Step(
        kind: .duplicates, isWanted: { $1.settings.removeDuplicateLines },
        apply: { draft, _, _ throws(CheckFailure) in
            try draft.rewrite { text throws(CheckFailure) in
                var seen = Set<ArraySlice<UInt8>>()
                return Lines.joined(Lines.split(text).filter { !$0.isEmpty && seen.insert($0).inserted })
            }
        })

    /// Sorts lines in any case; equal ones keep their order, empty ones go.
    static let sortLines = Step(
        kind: .sorted, isWanted: { $1.settings.sortTextAlphabetically },
        apply: { draft, _, _ throws(CheckFailure) in
            try draft.rewrite { text throws(CheckFailure) in
                let keyed = Lines.split(text).filter { !$0.isEmpty }.map { (key: Lines.folded($0), line: $0) }
                let order = keyed.indices.sorted { one, other in
                    if keyed[one].key == keyed[other].key { return one < other }
                    return keyed[one].key.lexicographicallyPrecedes(keyed[other].key)
                }
                return Lines.joined(order.map { keyed[$0].line })
            }
        })

    /// Leaves ignored lines out of the snapshot too.
    static let stripIgnored = Step(
        kind: .stripped, isWanted: { $1.settings.stripsIgnoredLines && $0.compared != nil },
        apply: { draft, _, _ throws(CheckFailure) in
            if let compared = draft.compared { draft.snapshot = compared }
        })
}
