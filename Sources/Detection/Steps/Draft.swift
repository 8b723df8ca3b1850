import Domain

/// What the steps work on: the text to keep, and the text to compare where that differs.
struct Draft {
    /// What is kept as the snapshot; UTF-8, `\n` between lines.
    var snapshot: [UInt8]
    /// What the checksum is taken of; nil while it is the snapshot.
    var compared: [UInt8]?
    let kind: StreamKind
    /// One for the whole check, since its time is one budget.
    let matcher: PatternMatcher

    var comparedText: [UInt8] { compared ?? snapshot }

    /// Changes both texts in the same way.
    mutating func rewrite(_ change: ([UInt8]) throws(CheckFailure) -> [UInt8]) throws(CheckFailure) {
        snapshot = try change(snapshot)
        if let text = compared { compared = try change(text) }
    }
}

/// One step from a page's text to what is kept and compared; the order of `TextProcessor.steps` is the order of the
/// incumbent's pipeline.
struct Step: Sendable {
    let name: String
    let apply: @Sendable (inout Draft, CompiledRules, DetectionLimits) throws(CheckFailure) -> Void
}
