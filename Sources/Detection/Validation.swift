public import Domain
import Patterns

extension TextProcessor {
    /// What a person should correct before these settings are kept; empty when every selector and pattern can be used.
    ///
    /// Which settings hold filters and patterns, their shapes in the table say. May start processes (jq).
    public static func validate(settings: WatchSettings) -> [FieldError] {
        problems(of: settings, SettingsTable.watch) + conditionErrors(settings.text.conditions)
    }

    /// As above, for the settings for all watches.
    public static func validate(settings: Settings) -> [FieldError] {
        problems(of: settings, SettingsTable.all)
    }

    private static func problems<Root>(of root: Root, _ rows: [Setting<Root>]) -> [FieldError] {
        rows.flatMap { row -> [FieldError] in
            guard case .lines(let kind) = row.about.shape else { return [] }
            let entries = row.entries(of: root)
            return switch kind {
            case .words: []
            case .patterns: patternErrors(entries)
            case .filters: filterErrors(entries, takesOut: false)
            case .removals: filterErrors(entries, takesOut: true)
            }
        }
    }

    private static func conditionErrors(_ conditions: [WatchCondition]) -> [FieldError] {
        var errors: [FieldError] = []
        for (index, condition) in conditions.enumerated() {
            do throws(PatternError) { _ = try ConditionRule(condition) } catch {
                errors.append(
                    FieldError(
                        "conditions[\(index)].value",
                        "'\(condition.value.prefix(100))' is not valid: \(error.message)"))
            }
        }
        return errors
    }

    private static func filterErrors(_ entries: [SettingEntry], takesOut: Bool) -> [FieldError] {
        var complaints = [String?](repeating: nil, count: entries.count)
        // jq is asked once for all of its filters.
        var asked: [(index: Int, filter: JQFilter)] = []
        for (index, entry) in entries.enumerated() where !entry.text.allSatisfy(\.isWhitespace) {
            do throws(SelectorError) {
                let filter = try PageFilter(entry.text)
                if case .jq(let filter) = filter, !takesOut {
                    asked.append((index, filter))
                } else {
                    try filter.compile(takesOut: takesOut)
                }
            } catch {
                complaints[index] = error.message
            }
        }
        for (place, problem) in zip(asked, JQFilter.problems(of: asked.map(\.filter))) {
            complaints[place.index] = problem?.message
        }
        return zip(entries, complaints).compactMap { entry, complaint in
            complaint.map {
                FieldError(entry.field, "'\(entry.text.prefix(100))' is not a valid filter: \($0)")
            }
        }
    }

    private static func patternErrors(_ entries: [SettingEntry]) -> [FieldError] {
        errors(entries) { rule in
            do throws(PatternError) { _ = try Pattern(rule) } catch {
                return "is not a valid pattern: \(error.message)"
            }
            return nil
        }
    }

    /// One error for each rule that `complaint` has something to say about; blank rules are as good as none.
    private static func errors(_ entries: [SettingEntry], _ complaint: (String) -> String?) -> [FieldError] {
        entries.compactMap { entry in
            guard !entry.text.allSatisfy(\.isWhitespace), let complaint = complaint(entry.text) else { return nil }
            return FieldError(entry.field, "'\(entry.text.prefix(100))' \(complaint)")
        }
    }
}
