import Domain
import Patterns

/// Applies the patterns of one check; what stops a search is a failure of that check, in words for people.
struct RuleMatcher {
    private let matcher: PatternMatcher

    init(_ limits: DetectionLimits, now: @escaping () -> ContinuousClock.Instant = { .now }) {
        matcher = PatternMatcher(limits.patterns, now: now)
    }

    /// As `PatternMatcher.search`.
    func search(
        _ pattern: Pattern, in text: Span<UInt8>, found: (Span<Int>) -> Int?
    ) throws(CheckFailure) {
        do throws(PatternFailure) { try matcher.search(pattern, in: text, found: found) } catch {
            throw CheckFailure(error)
        }
    }

    /// Whether `pattern` matches anywhere in `text`.
    func matches(_ pattern: Pattern, _ text: Span<UInt8>) throws(CheckFailure) -> Bool {
        do throws(PatternFailure) { return try matcher.matches(pattern, text) } catch { throw CheckFailure(error) }
    }

    /// As `Substitution.replace`.
    func replace(
        _ pattern: Pattern, in text: [UInt8], with replacement: [UInt8]
    ) throws(CheckFailure) -> [UInt8] {
        do throws(PatternFailure) {
            return try Substitution.replace(pattern, in: text, with: replacement, matcher)
        } catch {
            throw CheckFailure(error)
        }
    }
}

extension CheckFailure {
    fileprivate init(_ failure: PatternFailure) {
        switch failure {
        case .tooManySteps(let rule): self.init(.badPattern, "\(rule) takes too many steps on this page")
        case .tooLong(let rule): self.init(.badPattern, "\(rule) takes too long on this page")
        case .resultTooLong: self.init(.tooComplex, "a replacement makes the text too long")
        case .outOfMemory: self.init(.internalError, "out of memory")
        }
    }
}
