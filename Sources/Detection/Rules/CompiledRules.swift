import Differences
import Domain
import Patterns
import Synchronization

/// A filter with the rule that a person typed, for the trace.
struct TypedFilter: Sendable {
    let rule: String
    let filter: PageFilter
}

/// One watch's settings with everything compiled that a check would otherwise compile each time.
final class CompiledRules: Sendable {
    let settings: DetectionSettings
    /// Of the settings, the same in every process.
    let fingerprint: UInt64
    let ignore, trigger, forbidden, extractLines, extractText: [Pattern]

    let conditions: [ConditionRule]
    let include: [TypedFilter]
    /// XPath first, then CSS, each in order: the incumbent's order, in which CSS positions are those of what XPath has
    /// left.
    let subtract: [TypedFilter]

    init(_ settings: DetectionSettings) throws(CheckFailure) {
        self.settings = settings
        fingerprint = PageChecksum.hash(settings.canonical)
        ignore = try Self.patterns(settings.ignoreText.map(Self.stripped))
        trigger = try Self.patterns(settings.triggerText.map(Self.stripped))
        forbidden = try Self.patterns(settings.textShouldNotBePresent.map(Self.stripped))
        extractLines = try Self.patterns(settings.extractLinesContaining, isPlain: true)
        extractText = try Self.patterns(settings.extractText)
        conditions = try Self.conditions(settings.conditions)
        include = try Self.filters(settings.includeFilters)
        let taken = try Self.filters(settings.subtractiveSelectors)
        subtract = taken.filter(\.filter.isXPath) + taken.filter { !$0.filter.isXPath }
    }

    /// Blanks around a rule for lines are no part of it; what is extracted may begin or end with one.
    private static func stripped(_ rule: String) -> String {
        String(decoding: Lines.stripped(Array(rule.utf8)[...]), as: UTF8.self)
    }

    private static func filters(_ rules: [String]) throws(CheckFailure) -> [TypedFilter] {
        var filters: [TypedFilter] = []
        for rule in rules where !rule.allSatisfy(\.isWhitespace) {
            do {
                filters.append(TypedFilter(rule: rule, filter: try PageFilter(rule)))
            } catch {
                throw CheckFailure(.badFilter, "\(rule): \(error.message)")
            }
        }
        return filters
    }

    private static func conditions(_ conditions: [WatchCondition]) throws(CheckFailure) -> [ConditionRule] {
        var rules: [ConditionRule] = []
        for condition in conditions {
            do {
                rules.append(try ConditionRule(condition))
            } catch {
                throw CheckFailure(.badPattern, "\(condition.value): \(error.message)")
            }
        }
        return rules
    }

    /// The failure of a check whose include filters find nothing; it says so when they ask for JSON and there is none.
    func noMatch(hasJSON: Bool) -> CheckFailure {
        let filters = settings.includeFilters.joined(separator: ", ")
        let lacksJSON = !hasJSON && include.allSatisfy(\.filter.isJSON)
        return CheckFailure(.noFilterMatch, lacksJSON ? "there is no valid JSON on it for \(filters)" : filters)
    }

    /// A filter starts a process, for which a thread has to wait.
    var startsProgram: Bool { include.contains(where: \.filter.startsProgram) }

    /// A filter is evaluated by libxml2, on its own copy of the tree.
    var copiesTree: Bool {
        (include + subtract).contains { if case .xpath = $0.filter { true } else { false } }
    }

    /// A filter is XPath that our own evaluator evaluates.
    var makesSequences: Bool {
        (include + subtract).contains { if case .path = $0.filter { true } else { false } }
    }

    var looksAtJSON: Bool { include.contains(where: \.filter.isJSON) }

    /// No rule looks at the page or its text but by the steps that every page takes.
    var readsOnce: Bool {
        include.isEmpty && subtract.isEmpty && conditions.isEmpty && !settings.comparesWithLastText
            && [ignore, trigger, forbidden, extractLines, extractText].allSatisfy(\.isEmpty)
    }

    private static func patterns(_ rules: [String], isPlain: Bool = false) throws(CheckFailure) -> [Pattern] {
        var patterns: [Pattern] = []
        for rule in rules where !rule.allSatisfy(\.isWhitespace) {
            do {
                patterns.append(try Pattern(rule, isPlain: isPlain))
            } catch {
                throw CheckFailure(.badPattern, "\(rule): \(error.message)")
            }
        }
        return patterns
    }
}

/// Keeps the rules of the watches that were checked last, so that a check finds its own compiled.
///
/// Two generations stand in for an exact order of use: when the young one is full it becomes the old one, and what is
/// used again moves back, so at most `limit` are kept and each look-up is a hash.
final class RulesCache: Sendable {
    private struct Generations {
        var young: [DetectionSettings: CompiledRules] = [:]
        var old: [DetectionSettings: CompiledRules] = [:]
    }

    private let half: Int
    private let generations = Mutex(Generations())

    init(limit: Int) { half = max(1, limit / 2) }

    /// The compiled rules of these settings; a pattern or selector that is not valid fails each time anew.
    func rules(for settings: DetectionSettings) throws(CheckFailure) -> CompiledRules {
        if let known = generations.withLock({ $0.young[settings] }) { return known }
        let rules: CompiledRules
        if let known = generations.withLock({ $0.old[settings] }) {
            rules = known
        } else {
            rules = try CompiledRules(settings)
        }
        generations.withLock { generations in
            if generations.young.count >= half {
                generations.old = generations.young
                generations.young = [:]
            }
            generations.young[settings] = rules
        }
        return rules
    }

    /// Whether these are kept.
    func has(_ settings: DetectionSettings) -> Bool {
        generations.withLock { $0.young[settings] != nil || $0.old[settings] != nil }
    }

    /// How many are kept.
    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    /// Forgets everything.
    func clear() { generations.withLock { $0 = Generations() } }
}
