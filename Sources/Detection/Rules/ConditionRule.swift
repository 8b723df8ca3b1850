import Differences
import Domain
import Patterns

/// A condition with what can be prepared of it.
struct ConditionRule: Sendable {
    let condition: WatchCondition
    private let number: Double?
    private let pattern: Pattern?

    /// Fails with what the value should have been.
    init(_ condition: WatchCondition) throws(PatternError) {
        self.condition = condition
        number = Double(condition.value.filter { !$0.isWhitespace })
        switch condition.operator {
        case .matches, .matchesNot:
            pattern = try Pattern("/\(condition.value)/i")
        case .lengthAtLeast, .lengthAtMost:
            pattern = nil
            guard let number, number >= 0, number == number.rounded() else {
                throw PatternError(message: "a whole number is required")
            }
        case .greater, .less, .greaterOrEqual, .lessOrEqual, .equal, .unequal:
            pattern = nil
            if condition.field != .text, number == nil { throw PatternError(message: "a number is required") }
        case .contains, .containsNot, .startsWith, .endsWith: pattern = nil
        }
    }

    /// What a condition looks at.
    private enum Value {
        case number(Double)
        case text([UInt8])

        var text: [UInt8] {
            switch self {
            case .number(let number): PathNumber.text(number)
            case .text(let text): text
            }
        }
    }

    /// The condition as the trace has it: what was looked at, and whether it holds.
    func told(_ text: [UInt8], before: [UInt8]?, _ matcher: RuleMatcher) throws(CheckFailure) -> TraceRule {
        let value = try value(text, before)
        let holds = try value.map { value throws(CheckFailure) in try isSo(value, matcher) } ?? false
        let rule = "\(condition.field.rawValue) \(condition.operator.rawValue) \(condition.value)"
        let sample: String? =
            switch value {
            case .number(let number): String(decoding: PathNumber.text(number), as: UTF8.self)
            case .text: nil
            case nil: "empty"
            }
        return TraceRule(rule, matches: holds ? 1 : 0, sample: sample, holds: holds)
    }

    /// Whether it holds of `text`; what is not there (a number, an earlier snapshot) holds nothing.
    func holds(_ text: [UInt8], before: [UInt8]?, _ matcher: RuleMatcher) throws(CheckFailure) -> Bool {
        guard let value = try value(text, before) else { return false }
        return try isSo(value, matcher)
    }

    private func isSo(_ value: Value, _ matcher: RuleMatcher) throws(CheckFailure) -> Bool {
        switch condition.operator {
        case .greater, .less, .greaterOrEqual, .lessOrEqual, .equal, .unequal: return compare(value)
        case .contains: return contains(value.text)
        case .containsNot: return !contains(value.text)
        case .startsWith: return folded(value.text).starts(with: folded(Array(condition.value.utf8)))
        case .endsWith:
            return folded(value.text).reversed().starts(with: folded(Array(condition.value.utf8)).reversed())
        case .lengthAtLeast: return Double(length(value.text)) >= number ?? 0
        case .lengthAtMost: return Double(length(value.text)) <= number ?? 0
        case .matches: return try matches(value.text, matcher)
        case .matchesNot: return try !matches(value.text, matcher)
        }
    }

    private func value(_ text: [UInt8], _ before: [UInt8]?) throws(CheckFailure) -> Value? {
        switch condition.field {
        case .text: return .text(text)
        case .wordCount:
            let words = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            return .number(Double(words.count))
        case .extractedNumber: return PriceText.firstNumber(in: text).map { .number($0) }
        case .distance:
            guard let before else { return nil }
            return .number(Double(try Likeness(before, text).distance()))
        case .likeness:
            guard let before else { return nil }
            return .number(try Likeness(before, text).ratio())
        }
    }

    /// As numbers where both are, else as texts.
    private func compare(_ value: Value) -> Bool {
        if case .number(let left) = value, let number { return Self.compare(condition.operator, left, number) }
        let left = value.text, right = Array(condition.value.utf8)
        if let number, let left = Double(String(decoding: Lines.trimmed(left[...]), as: UTF8.self)) {
            return Self.compare(condition.operator, left, number)
        }
        let order = left == right ? 0.0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        return Self.compare(condition.operator, order, 0)
    }

    private static func compare(_ sign: WatchCondition.Operator, _ one: Double, _ other: Double) -> Bool {
        switch sign {
        case .greater: one > other
        case .less: one < other
        case .greaterOrEqual: one >= other
        case .lessOrEqual: one <= other
        case .unequal: one != other
        default: one == other
        }
    }

    private func contains(_ text: [UInt8]) -> Bool {
        let wanted = Array(condition.value.utf8)
        return wanted.isEmpty || text.firstRange(of: wanted) != nil
    }

    private func folded(_ text: [UInt8]) -> [UInt8] { Lines.folded(Lines.stripped(text[...])) }

    private func length(_ text: [UInt8]) -> Int { text.count { $0 & 0xC0 != 0x80 } }

    private func matches(_ text: [UInt8], _ matcher: RuleMatcher) throws(CheckFailure) -> Bool {
        guard let pattern else { return false }
        return try matcher.matches(pattern, text.span)
    }
}
