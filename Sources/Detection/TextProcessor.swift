import Differences
public import Domain

/// Decides what of a page's text counts and whether it changed, from the page and the settings alone.
///
/// The steps are those of changedetection.io's text processor, in its order, so that a watch moved over behaves the
/// same.
public final class TextProcessor: Processor {
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

    public func hasCompiled(_ settings: DetectionSettings) -> Bool {
        settings.hasNoRules || cache.has(settings)
    }

    public func checksum(of page: FetchedPage, settings: DetectionSettings) throws(CheckFailure) -> Checksum {
        let rules = try cache.rules(for: settings)
        return PageChecksum.of(page.body, contentType: page.contentType, settings: rules.fingerprint)
    }

    public func reading(
        of page: FetchedPage, checksum pageChecksum: Checksum, settings: DetectionSettings, previous: PreviousCheck,
        trace: Trace
    ) throws(CheckFailure) -> Verdict {
        let rules = try cache.rules(for: settings)
        let reading = try PageReading.read(page, rules, limits, trace)
        var draft = Draft(
            snapshot: reading.text, kind: reading.kind, matcher: RuleMatcher(limits), trace: trace)
        try draft.take(Self.steps.prefix(1), rules, limits)
        // What the next difference is taken to, before rules leave parts of it out.
        let whole = settings.comparesWithLastText ? draft.snapshot : nil
        try draft.take(Self.steps.dropFirst(), rules, limits)

        trace.begin(.compared)
        let checksum = Self.checksum(draft.comparedText, ignoresWhitespace: settings.ignoreWhitespace)
        let differs = checksum != previous.textChecksum
        trace.end(note: Self.words(checksum, previous), stops: !differs)
        var verdict = Verdict(
            decision: .sameText, pageChecksum: pageChecksum, textChecksum: checksum, title: reading.title)
        verdict.wantsUniqueLines = settings.wantsUniqueLines
        verdict.ignoresWhitespace = settings.ignoreWhitespace
        verdict.lastText = whole
        verdict.hasPriceData = reading.hasPriceData
        var compared = draft
        if differs, let whole, let last = previous.lastText {
            compared = try difference(from: last, to: whole, draft, rules)
            if Lines.isBlank(compared.comparedText) { return verdict }
        }
        if try BlockRules(rules, previous).hold(compared) {
            verdict.decision = .blocked(text: draft.snapshot)
            verdict.textChecksum = previous.textChecksum
            // The first version is kept though held back, so later differences are those to it.
            if previous.lastText != nil { verdict.lastText = nil }
        } else if differs {
            verdict.decision = .changed(text: draft.snapshot)
        }
        return verdict
    }

    private static func words(_ checksum: Checksum, _ previous: PreviousCheck) -> String {
        guard let last = previous.textChecksum else { return "there was no text to compare with" }
        return last == checksum
            ? "the text is the same as last time" : "the text is different from last time"
    }

    /// The lines of the wanted kinds that differ from the last text, after the same rules as the page itself.
    private func difference(
        from last: [UInt8], to whole: [UInt8], _ page: Draft, _ rules: CompiledRules
    ) throws(CheckFailure) -> Draft {
        let settings = rules.settings
        page.trace?.begin(.kinds)
        try limits.refuseLines(of: last)
        try limits.refuseLines(of: whole)
        let kinds = KindFilter(
            added: settings.countsAdded, removed: settings.countsRemoved, replaced: settings.countsReplaced)
        let lines = kinds.lines(from: last, to: whole, ignoresWhitespace: settings.ignoreWhitespace)
        var draft = Draft(snapshot: lines, kind: page.kind, matcher: page.matcher, trace: nil)
        try draft.take(Self.steps.dropFirst(2), rules, limits)
        let count = Trace.lines(draft.comparedText)
        let isNothing = Lines.isBlank(draft.comparedText)
        let words =
            isNothing
            ? "no line of the kinds that count is different"
            : "\(count) line\(count == 1 ? " is" : "s are") different in a way that counts"
        page.trace?.end(before: Trace.lines(whole), after: isNothing ? 0 : count, note: words, stops: isNothing)
        return Draft(
            snapshot: draft.snapshot, compared: draft.compared, kind: page.kind, matcher: page.matcher,
            trace: page.trace)
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

    public func memoryEstimate(of page: FetchedPage, settings: DetectionSettings) -> Int {
        let body = page.body
        var bytes = PageCost.copies * body.count
        if StreamKind.isPDF(page) { return bytes + PageCost.poppler + PageCost.popplerPerByte * body.count }
        guard let rules = try? cache.rules(for: settings) else { return bytes }
        let needsTree = !(rules.include.isEmpty && rules.subtract.isEmpty)
        guard needsTree || rules.settings.comparesWithLastText else { return bytes }
        if rules.settings.comparesWithLastText {
            // Markup ends most lines; the last text is taken to be like this one.
            let lines = min(limits.treeNodes, PageCost.count(Array("\n<".utf8), in: body) + 1)
            bytes += PageCost.copies * body.count + 2 * PageCost.line * lines
        }
        // Every tag is an element with at most one text behind it, or ends one.
        let nodes = min(limits.treeNodes, 2 * PageCost.count(Array("<".utf8), in: body) + 16)
        bytes += PageCost.node * nodes
        bytes += PageCost.attribute * min(limits.treeNodes, PageCost.count(Array("=".utf8), in: body))
        if needsTree { bytes += PageCost.match * nodes }
        if rules.copiesTree { bytes += PageCost.copiedNode * nodes }
        if rules.makesSequences { bytes += PageCost.item * nodes }
        guard rules.looksAtJSON else { return bytes }
        let values = min(limits.treeNodes, PageCost.count(Array("[{,:".utf8), in: body) + 1)
        bytes += PageCost.value * values
        return rules.startsProgram ? bytes + PageCost.jqValue * values + PageCost.copies * body.count : bytes
    }

    /// Forgets compiled rules, and ends the processes that wait to help, so that their memory can be given back.
    public func releaseCaches() {
        cache.clear()
        JQProcesses.shared.release()
    }

    private static func checksum(_ text: [UInt8], ignoresWhitespace: Bool) -> Checksum {
        PageChecksum.of(ignoresWhitespace ? Lines.withoutWhitespace(text) : text)
    }
}
