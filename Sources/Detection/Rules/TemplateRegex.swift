public import Domain
import Patterns

/// The regexes of templates, with the limits that all regexes of people have.
public enum TemplateRegex {
    /// `text` with every match replaced, as Python's `re.sub` does.
    public static func replace(_ text: String, _ regex: String, _ replacement: String) throws(TemplateError) -> String {
        guard text.utf8.count <= 10 << 20 else { throw TemplateError("a text is too long for a regex") }
        let pattern: Pattern
        do {
            pattern = try Pattern("/\(regex)/u")
        } catch {
            throw TemplateError("'\(regex.prefix(60))' is not a valid regex: \(error.message)")
        }
        let matcher = PatternMatcher()
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
