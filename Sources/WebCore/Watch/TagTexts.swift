package import Domain

/// What pages and API both say of a tag's settings.
package enum TagTexts {
    package static let colourHelp = "A colour is # and three or six hexadecimal digits, for example #4f8ef7"

    /// The lists of texts, under their names in forms and API.
    package static let lists: [(name: String, path: any WritableKeyPath<TagSettings, [String]> & Sendable)] = [
        ("include_filters", \.includeFilters), ("subtractive_selectors", \.subtractiveSelectors),
        ("extract_lines_containing", \.extractLinesContaining), ("extract_text", \.extractText),
        ("ignore_text", \.ignoreText), ("trigger_text", \.triggerText),
        ("text_should_not_be_present", \.textShouldNotBePresent),
    ]
}
