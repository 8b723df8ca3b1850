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

    public func checksum(of page: FetchedPage, settings: DetectionSettings) throws(CheckFailure) -> Checksum {
        let rules = try cache.rules(for: settings)
        return PageChecksum.of(page.body, contentType: page.contentType, settings: rules.fingerprint)
    }

    public func reading(
        of page: FetchedPage, checksum pageChecksum: Checksum, settings: DetectionSettings, previous: PreviousCheck
    ) throws(CheckFailure) -> Verdict {
        let rules = try cache.rules(for: settings)
        var trace = Trace()
        let reading = try PageReading.read(page, rules, limits)
        trace.noteReading(reading.text)
        var draft = Draft(snapshot: reading.text, kind: reading.kind, matcher: PatternMatcher(limits))
        try trace.run(Self.steps.prefix(1), &draft, rules, limits)
        // What the next difference is taken to, before rules leave parts of it out.
        let whole = settings.comparesWithLastText ? draft.snapshot : nil
        try trace.run(Self.steps.dropFirst(), &draft, rules, limits)

        let checksum = Self.checksum(draft.comparedText, ignoresWhitespace: settings.ignoreWhitespace)
        var verdict = Verdict(
            decision: .sameText, pageChecksum: pageChecksum, textChecksum: checksum, title: reading.title)
        verdict.wantsUniqueLines = settings.wantsUniqueLines
        verdict.ignoresWhitespace = settings.ignoreWhitespace
        verdict.lastText = whole
        verdict.hasPriceData = reading.hasPriceData
        var judged = draft
        if checksum != previous.textChecksum, let whole, let last = previous.lastText {
            judged = try difference(from: last, to: whole, draft, rules, &trace)
            if Lines.isBlank(judged.comparedText) {
                verdict.trace = trace.kept(decision: verdict.decision)
                return verdict
            }
        }
        if let reason = try blockingReason(judged, rules, previous) {
            trace.note(reason)
            verdict.decision = .blocked(text: draft.snapshot)
            verdict.textChecksum = previous.textChecksum
            // The first version is kept though held back, so later differences are those to it.
            if previous.lastText != nil { verdict.lastText = nil }
        } else if checksum != previous.textChecksum {
            verdict.decision = .changed(text: draft.snapshot)
        }
        verdict.trace = trace.kept(decision: verdict.decision)
        return verdict
    }

    /// The lines of the wanted kinds that differ from the last text, after the same rules as the page itself.
    private func difference(
        from last: [UInt8], to whole: [UInt8], _ page: Draft, _ rules: CompiledRules, _ trace: inout Trace
    ) throws(CheckFailure) -> Draft {
        let settings = rules.settings
        let kinds = KindFilter(
            added: settings.countsAdded, removed: settings.countsRemoved, replaced: settings.countsReplaced)
        let lines = kinds.lines(from: last, to: whole, ignoresWhitespace: settings.ignoreWhitespace)
        trace.note(
            Trace.Note(step: "kinds of difference", words: lines.isEmpty ? "no line of the wanted kinds differs" : nil))
        var draft = Draft(snapshot: lines, kind: page.kind, matcher: page.matcher)
        for step in Self.steps.dropFirst(2) { try step.apply(&draft, rules, limits) }
        return draft
    }

    public func effort(on page: FetchedPage, settings: DetectionSettings) -> DetectionEffort {
        if StreamKind.isPDF(page) { return .program }
        guard let rules = try? cache.rules(for: settings) else { return .brief }
        if rules.startsProgram { return .program }
        guard rules.readsOnce, page.body.count <= limits.briefBytes else { return .long }
        switch StreamKind.of(contentType: page.contentType, page.body[...], rawStart: page.body.prefix(8)) {
        case .html, .plain, .binary: return .brief
        case .json, .xml, .feed: return .long
        }
    }

    /// Forgets compiled rules, so that their memory can be given back.
    public func releaseCaches() { cache.clear() }

    private static func checksum(_ text: [UInt8], ignoresWhitespace: Bool) -> Checksum {
        PageChecksum.of(ignoresWhitespace ? Lines.withoutWhitespace(text) : text)
    }

    /// Why a difference does not count now: no line triggers, a forbidden one is there, or conditions do not hold.
    private func blockingReason(
        _ draft: Draft, _ rules: CompiledRules, _ previous: PreviousCheck
    ) throws(CheckFailure) -> Trace.Note? {
        if !rules.trigger.isEmpty, try !LineRules.anyMatch(rules.trigger, draft.comparedText, draft.matcher) {
            return Trace.Note(step: "trigger", words: "no line matches")
        }
        if !rules.forbidden.isEmpty {
            let lines = LineIndex(draft.snapshot)
            let marks = try LineRules.matched(rules.forbidden, draft.snapshot, lines, draft.matcher)
            if let line = marks.firstIndex(of: true) {
                let text = String(decoding: draft.snapshot[lines.range(line)].prefix(100), as: UTF8.self)
                return Trace.Note(step: "forbidden", words: "line \(line + 1) matches: \(text)")
            }
        }
        return try failedCondition(draft, rules, previous)
    }

    private func failedCondition(
        _ draft: Draft, _ rules: CompiledRules, _ previous: PreviousCheck
    ) throws(CheckFailure) -> Trace.Note? {
        guard !rules.conditions.isEmpty else { return nil }
        let wantsAll = rules.settings.conditionLogic == .all
        var failed: [String] = []
        for rule in rules.conditions {
            let holds = try rule.holds(draft.snapshot, before: previous.snapshotText, draft.matcher)
            if holds, !wantsAll { return nil }
            let it = rule.condition
            if !holds { failed.append("\(it.field.rawValue) \(it.operator.rawValue) \(it.value)") }
        }
        return failed.isEmpty ? nil : Trace.Note(step: "conditions", words: "not so: \(failed.joined(separator: ", "))")
    }
}
