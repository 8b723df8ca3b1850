public import Domain

/// Decides what of a page's text counts and whether it changed, from the page and the settings alone.
///
/// The steps are those of changedetection.io's text processor, in its order, so that a watch moved over behaves the
/// same.
public final class TextProcessor: Sendable {
    /// What happens to the text between reading it from the page and comparing it, in this order.
    static let steps: [Step] = [
        .trimWhitespace, .refuseEmpty, .leaveIgnoredOut, .extractLines, .extractText, .removeDuplicates, .sortLines,
        .stripIgnored,
    ]

    private let limits: DetectionLimits
    private let cache: RulesCache

    public init(limits: DetectionLimits = DetectionLimits()) {
        self.limits = limits
        cache = RulesCache(limit: limits.rulesKept)
    }

    /// The answer about `page`; reads nothing but its arguments.
    public func verdict(
        on page: FetchedPage, settings: DetectionSettings, previous: PreviousCheck
    ) throws(CheckFailure) -> Verdict {
        let rules = try cache.rules(for: settings)
        let pageChecksum = PageChecksum.of(page.body, contentType: page.contentType, settings: rules.fingerprint)
        if pageChecksum == previous.pageChecksum { return Verdict(decision: .sameBytes, pageChecksum: pageChecksum) }

        let reading = try PageReading.read(page, rules, limits)
        var draft = Draft(snapshot: reading.text, kind: reading.kind, matcher: PatternMatcher(limits))
        for step in Self.steps { try step.apply(&draft, rules, limits) }

        let checksum = Self.checksum(draft.comparedText, ignoresWhitespace: settings.ignoreWhitespace)
        var verdict = Verdict(
            decision: .sameText, pageChecksum: pageChecksum, textChecksum: checksum, title: reading.title)
        if try isBlocked(draft, rules) {
            verdict.decision = .blocked(text: draft.snapshot)
            verdict.textChecksum = previous.textChecksum
        } else if checksum != previous.textChecksum {
            verdict.decision = .changed(text: draft.snapshot)
        }
        return verdict
    }

    /// Forgets compiled rules, so that their memory can be given back.
    public func releaseCaches() { cache.clear() }

    private static func checksum(_ text: [UInt8], ignoresWhitespace: Bool) -> Checksum {
        PageChecksum.of(ignoresWhitespace ? Lines.withoutWhitespace(text) : text)
    }

    /// Whether a difference does not count now: no line triggers, or a forbidden one is there.
    private func isBlocked(_ draft: Draft, _ rules: CompiledRules) throws(CheckFailure) -> Bool {
        if !rules.trigger.isEmpty, try !LineRules.anyMatch(rules.trigger, draft.comparedText, draft.matcher) {
            return true
        }
        if rules.forbidden.isEmpty { return false }
        return try LineRules.anyMatch(rules.forbidden, draft.snapshot, draft.matcher)
    }
}
