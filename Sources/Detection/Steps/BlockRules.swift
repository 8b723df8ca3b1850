import Differences
import Domain
import Patterns

/// The rules that hold a difference back: triggers, forbidden texts and conditions, asked in this order until one does.
struct BlockRules {
    private let rules: CompiledRules
    private let previous: PreviousCheck

    init(_ rules: CompiledRules, _ previous: PreviousCheck) {
        self.rules = rules
        self.previous = previous
    }

    /// Whether no line triggers, a forbidden one is there, or conditions do not hold.
    func hold(_ draft: Draft) throws(CheckFailure) -> Bool {
        if !rules.trigger.isEmpty, try noneTriggers(draft) { return true }
        if !rules.forbidden.isEmpty, try anyForbids(draft) { return true }
        guard !rules.conditions.isEmpty else { return false }
        return try !conditionsHold(draft)
    }

    private func noneTriggers(_ draft: Draft) throws(CheckFailure) -> Bool {
        draft.trace?.begin(.trigger)
        let found = try lines(of: rules.trigger, in: draft.comparedText, draft)
        draft.trace?.end(note: found.words ?? "no line matches the trigger text", stops: !found.any)
        return !found.any
    }

    private func anyForbids(_ draft: Draft) throws(CheckFailure) -> Bool {
        draft.trace?.begin(.forbidden)
        let found = try lines(of: rules.forbidden, in: draft.snapshot, draft)
        let words = found.words.map { "\($0), which blocks changes" }
        draft.trace?.end(note: words ?? "no blocking text is present", stops: found.any)
        return found.any
    }

    /// Whether any line of a text matches, and in words which; the trace hears of each rule.
    private func lines(
        of patterns: [Pattern], in text: [UInt8], _ draft: Draft
    ) throws(CheckFailure) -> (any: Bool, words: String?) {
        let lines = LineIndex(text)
        let marks = try LineRules.matched(patterns, text, lines, draft.matcher)
        let told = marks.rules(patterns, text, lines)
        draft.trace?.note(told)
        return (marks.any, Self.matching(told))
    }

    /// `line 3 matches “word”`, of the first rule that matches any.
    private static func matching(_ told: [TraceRule]) -> String? {
        guard let hit = told.first(where: { $0.matches > 0 }), let line = hit.line else { return nil }
        return "line \(line) matches “\(TraceText.rule(hit.rule))”"
    }

    private func conditionsHold(_ draft: Draft) throws(CheckFailure) -> Bool {
        draft.trace?.begin(.conditions)
        let wantsAll = rules.settings.conditionLogic == .all
        var told: [TraceRule] = []
        for rule in rules.conditions {
            told.append(try rule.told(draft.snapshot, before: previous.snapshotText, draft.matcher))
            if !wantsAll, told.last?.holds == true { break }
        }
        let failed = told.filter { $0.holds == false }
        let holds = wantsAll ? failed.isEmpty : failed.count < told.count
        draft.trace?.note(told)
        draft.trace?.end(note: holds ? Self.holding(told.count - failed.count) : Self.failing(failed), stops: !holds)
        return holds
    }

    private static func holding(_ count: Int) -> String {
        switch count {
        case 1: "a condition is met"
        case 2: "both conditions are met"
        default: "all \(count) conditions are met"
        }
    }

    private static func failing(_ rules: [TraceRule]) -> String {
        let named = rules.prefix(3).map { rule in
            TraceText.rule(rule.rule) + (rule.sample.map { " (it is \($0))" } ?? "")
        }
        let rest = rules.count - named.count
        let begin = rules.count == 1 ? "a condition is not met" : "conditions are not met"
        return "\(begin): \(named.joined(separator: ", "))" + (rest > 0 ? " and \(rest) more" : "")
    }
}
