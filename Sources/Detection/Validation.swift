public import Domain
import Patterns

extension TextProcessor {
    /// What a person should correct before these settings are kept; empty when every selector and pattern can be used.
    public static func validate(settings: WatchSettings) -> [FieldError] {
        filterErrors("include_filters", settings.includeFilters)
            + filterErrors("subtractive_selectors", settings.subtractiveSelectors, takesOut: true)
            + patternErrors("ignore_text", settings.ignoreText)
            + patternErrors("trigger_text", settings.triggerText)
            + patternErrors("text_should_not_be_present", settings.textShouldNotBePresent)
            + patternErrors("extract_text", settings.extractText) + conditionErrors(settings.conditions)
    }

    private static func conditionErrors(_ conditions: [WatchCondition]) -> [FieldError] {
        var errors: [FieldError] = []
        for (index, condition) in conditions.enumerated() {
            do throws(PatternError) { _ = try ConditionRule(condition) } catch {
                errors.append(
                    FieldError(
                        "conditions[\(index)].value",
                        "'\(condition.value.prefix(100))' cannot be used: \(error.message)"))
            }
        }
        return errors
    }

    /// As above, for the settings for all watches.
    public static func validate(settings: Settings) -> [FieldError] {
        filterErrors("global_subtractive_selectors", settings.globalSubtractiveSelectors, takesOut: true)
            + patternErrors("global_ignore_text", settings.globalIgnoreText)
    }

    private static func filterErrors(_ field: String, _ rules: [String], takesOut: Bool = false) -> [FieldError] {
        errors(field, rules) { rule in
            do throws(SelectorError) { try PageFilter(rule).compile(takesOut: takesOut) } catch {
                return "is not a valid filter: \(error.message)"
            }
            return nil
        }
    }

    private static func patternErrors(_ field: String, _ rules: [String]) -> [FieldError] {
        errors(field, rules) { rule in
            do throws(PatternError) { _ = try Pattern(rule) } catch {
                return "is not a valid pattern: \(error.message)"
            }
            return nil
        }
    }

    /// One error for each rule that `complaint` has something to say about; blank rules are as good as none.
    private static func errors(_ field: String, _ rules: [String], _ complaint: (String) -> String?) -> [FieldError] {
        var errors: [FieldError] = []
        for (index, rule) in rules.enumerated() where !rule.allSatisfy(\.isWhitespace) {
            guard let complaint = complaint(rule) else { continue }
            errors.append(FieldError("\(field)[\(index)]", "'\(rule.prefix(100))' \(complaint)"))
        }
        return errors
    }
}
