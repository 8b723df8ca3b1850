import Domain

/// What the steps work on: the text to keep, and the text to compare where that differs.
struct Draft {
    /// What is kept as the snapshot; UTF-8, `\n` between lines.
    var snapshot: [UInt8]
    /// What the checksum is taken of; nil while it is the snapshot.
    var compared: [UInt8]?
    let kind: StreamKind
    /// One for the whole check, since its time is one budget.
    let matcher: RuleMatcher
    /// Hears what the steps do; nil where they only go over a part of the text once more.
    let trace: Trace?

    var comparedText: [UInt8] { compared ?? snapshot }

    /// Changes both texts in the same way.
    mutating func rewrite(_ change: ([UInt8]) throws(CheckFailure) -> [UInt8]) throws(CheckFailure) {
        snapshot = try change(snapshot)
        if let text = compared { compared = try change(text) }
    }

    /// Takes all of `steps` that the rules ask for, in their order; fails when there are more lines than a page may
    /// have for that, as most steps hold each.
    mutating func take(
        _ steps: ArraySlice<Step>, _ rules: CompiledRules, _ limits: DetectionLimits
    ) throws(CheckFailure) {
        for step in steps where step.isWanted(self, rules) {
            if step.kind != .textWanted { try limits.refuseLines(of: comparedText) }
            guard let trace else {
                try step.apply(&self, rules, limits)
                continue
            }
            let before = Trace.lines(comparedText)
            trace.begin(step.kind)
            try step.apply(&self, rules, limits)
            trace.end(before: before, after: Trace.lines(comparedText))
        }
    }
}

/// One step from a page's text to what is kept and compared; the order of `TextProcessor.steps` is the order of the
/// incumbent's pipeline.
struct Step: Sendable {
    let kind: TraceStep.Kind
    /// Whether the settings ask for it; a step that they do not ask for leaves no trace.
    let isWanted: @Sendable (Draft, CompiledRules) -> Bool
    let apply: @Sendable (inout Draft, CompiledRules, DetectionLimits) throws(CheckFailure) -> Void
}

extension DetectionLimits {
    /// Fails when a text has more lines than a page may have nodes: what looks at lines one by one holds each.
    func refuseLines(of text: [UInt8]) throws(CheckFailure) {
        if Trace.lines(text) > treeNodes { throw tooManyNodes }
    }
}
