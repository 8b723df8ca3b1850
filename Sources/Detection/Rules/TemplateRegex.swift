public import Domain
import Patterns

/// The regexes of templates, with the limits that all regexes of people have.
public enum TemplateRegex {
    /// The same for an address that is only shown, as one of many and where others wait: within a few milliseconds, or
    /// not at all.
    public static func replaceBriefly(
        _ text: String, _ regex: String, _ replacement: String
    ) throws(TemplateError) -> String {
        var limits = PatternLimits()
        limits.steps = 20_000
        limits.time = .milliseconds(20)
        guard text.utf8.count <= 10_000 else { throw TemplateError("a text is too long to be shown") }
        return try replace(text, regex, replacement, limits)
    }

    /// `text` with every match replaced, as Python's `re.sub` does.
    public static func replace(_ text: String, _ regex: String, _ replacement: String) throws(TemplateError) -> String {
        try replace(text, regex, replacement, PatternLimits())
    }

    private static func replace(
        _ text: String, _ regex: String, _ replacement: String, _ limits: PatternLimits
    ) throws(TemplateError) -> String {
        guard text.utf8.count <= 10 << 20 else { throw TemplateError("a text is too long for a regex") }
        let pattern: Pattern
        do {
            pattern = try Pattern("/\(regex)/u")
        } catch {
            throw TemplateError("'\(regex.prefix(60))' is not a valid regex: \(error.message)")
        }
        let matcher = PatternMatcher(limits)
        do throws(PatternFailure) {
            let result = try Substitution.replace(
                pattern, in: Array(text.utf8), with: Array(replacement.utf8), matcher, limit: 10 << 20)
            return String(decoding: result, as: UTF8.self)
        } catch {
            switch error {
            case .tooManySteps, .tooLong: throw TemplateError("the regex '\(regex.prefix(60))' takes too long")
            case .resultTooLong: throw TemplateError("a replacement makes the text too long")
            case .outOfMemory: throw TemplateError("out of memory")
            }
        }
    }
}
