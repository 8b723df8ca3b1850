extension SettingsTable {
    /// Lists of rules: a tag adds its own, and so do the settings for all watches where they have the list.
    static let rules: [Setting<WatchSettings>] = [
        list(
            "include_filters", \.rules.includeFilters, .filters, label: "CSS, XPath or JSON filters",
            help:
                "Only what they match is compared. One per line: a CSS selector; an XPath that starts with / or xpath:; "
                + "for JSON a JSONPath that starts with json:, or jq: or jqraw:. Empty: the whole page.",
            example: "#content .price"),
        list(
            "subtractive_selectors", \.rules.subtractiveSelectors, .removals, on: [.watch, .tag, .all], .addTagsFirst,
            label: "Remove elements",
            help: "One CSS selector or XPath per line, removed before the filters are applied.",
            example: "nav, footer, .ad"),
        list(
            "ignore_text", \.rules.ignoreText, .patterns, on: [.watch, .tag, .all], label: "Ignore lines containing",
            help:
                "Words or /regular expressions/, one per line. Matching lines stay in the text, but changes in them are "
                + "ignored.", example: "/updated \\d+ minutes ago/i"),
        list(
            "trigger_text", \.rules.triggerText, .patterns, label: "Trigger text",
            help: "One per line. A change counts only while a line matches one of these.", example: "sold out"),
        list(
            "text_should_not_be_present", \.rules.textShouldNotBePresent, .patterns,
            label: "Block while text is present",
            help: "One per line. No change counts while a line matches one of these.", example: "maintenance"),
        list(
            "extract_lines_containing", \.rules.extractLinesContaining, .words, label: "Keep lines containing",
            help: "One per line, upper or lower case. All other lines are removed.", example: "in stock"),
        list(
            "extract_text", \.rules.extractText, .patterns, label: "Extract text",
            help: "Words or regular expressions such as /price: (\\d+)/i, one per line. Only what matches is kept.",
            example: "/\\d+\\.\\d\\d €/"),
    ]

    /// What happens to the text, and which changes count.
    static let text: [Setting<WatchSettings>] = [
        Setting("trim_text_whitespace", \.text.trimTextWhitespace, .flag, label: "Trim whitespace around each line"),
        Setting("remove_duplicate_lines", \.text.removeDuplicateLines, .flag, label: "Remove duplicate lines"),
        Setting(
            "sort_text_alphabetically", \.text.sortTextAlphabetically, .flag,
            label: "Sort lines alphabetically, so that moved lines do not count"),
        Setting(
            "strip_ignored_lines", \.text.stripIgnoredLines, .inheritedFlag, on: [.watch, .tag, .all], .override,
            label: "Strip ignored lines", help: "Removes them from stored versions as well."),
        Setting("filter_text_added", \.text.countsAdded, .flag, label: "Added lines"),
        Setting("filter_text_replaced", \.text.countsReplaced, .flag, label: "Changed lines"),
        Setting("filter_text_removed", \.text.countsRemoved, .flag, label: "Removed lines"),
        Setting(
            "check_unique_lines", \.text.wantsUniqueLines, .flag,
            label: "Only when a unique line appears, one never seen before"),
    ]

    static let conditions: [Setting<WatchSettings>] = [
        Setting(
            "conditions_match_logic", \.text.conditionLogic, .choice(logic), label: "Conditions that must be met",
            help: "Empty rows are ignored."),
        Setting(
            "conditions", \.text.conditions, .conditions, label: "Conditions",
            help:
                "“Matches regex” takes a regular expression without slashes, for example \\d+ left, and ignores upper and "
                + "lower case."),
    ]

    private static let logic = [SettingOption("ALL", "All of them"), SettingOption("ANY", "Any of them")]

    private static func list(
        _ name: String, _ path: any WritableKeyPath<WatchSettings, [String]> & Sendable, _ kind: LineKind,
        on levels: Set<SettingLevel> = [.watch, .tag], _ combination: SettingCombination = .add, label: String,
        help: String, example: String
    ) -> Setting<WatchSettings> {
        Setting(name, path, .lines(kind), on: levels, combination, label: label, help: help, example: example)
    }
}
