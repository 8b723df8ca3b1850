public import Domain
public import WebCore

/// What people set for all watches at once.
public struct SettingsPage: PageView {
    public static let template = "pages/settings"

    /// The form's text fields; all else of `Settings` is a box to tick.
    static let texts = [
        "time_between_check-weeks", "time_between_check-days", "time_between_check-hours", "time_between_check-minutes",
        "time_between_check-seconds", "jitter_seconds", "global_subtractive_selectors", "global_ignore_text",
        "history_snapshot_max_length", "pager_size",
    ]
    static let flags = [
        "strip_ignored_lines", "ignore_whitespace", "render_anchor_tag_content", "empty_pages_are_a_change",
        "rss_reader_mode",
    ]
    private static let mostJitter = 86_400

    public var values: FormValues
    public var errors: [FieldError]
    public var notice: Notice?

    public init(values: FormValues, errors: [FieldError] = [], notice: Notice? = nil) {
        self.values = values
        self.errors = errors
        self.notice = notice
    }

    public init(_ settings: Settings, notice: Notice? = nil) {
        let interval = settings.timeBetweenCheck
        func number(_ value: Int?) -> String { value.map(String.init) ?? "" }
        let texts = [
            "time_between_check-weeks": number(interval.weeks), "time_between_check-days": number(interval.days),
            "time_between_check-hours": number(interval.hours), "time_between_check-minutes": number(interval.minutes),
            "time_between_check-seconds": number(interval.seconds), "jitter_seconds": number(settings.jitterSeconds),
            "global_subtractive_selectors": settings.globalSubtractiveSelectors.joined(separator: "\n"),
            "global_ignore_text": settings.globalIgnoreText.joined(separator: "\n"),
            "history_snapshot_max_length": number(settings.historyLimit), "pager_size": number(settings.pagerSize),
        ]
        let said = [
            ("strip_ignored_lines", settings.stripIgnoredLines), ("ignore_whitespace", settings.ignoreWhitespace),
            ("render_anchor_tag_content", settings.renderAnchorTagContent),
            ("empty_pages_are_a_change", settings.emptyPagesAreAChange), ("rss_reader_mode", settings.rssReaderMode),
        ]
        self.init(values: FormValues(texts: texts, flags: Set(said.filter(\.1).map(\.0))), notice: notice)
    }

    public func fields(_ scene: Scene) -> Fields {
        let made = FormFields(errors: errors)
        var fields = made.summary(of: Set(Self.texts + Self.flags))
        for name in Self.texts { fields[FormFields.templateName(name)] = made.input(name, values.text(name)) }
        for name in Self.flags { fields[name] = .flag(values.flags.contains(name)) }
        fields["interval_error"] = .optional(made.messages("time_between_check"))
        fields["notice"] = Notice.field(notice)
        return fields
    }

    /// Throws every field that cannot be read.
    static func apply(_ values: FormValues, to settings: inout Settings) throws(InputError) {
        var reader = FormReader(values.text)
        settings.timeBetweenCheck = reader.interval()
        if settings.timeBetweenCheck.totalSeconds == 0 {
            reader.note("time_between_check", "An interval needs at least one part above 0")
        }
        settings.jitterSeconds = reader.whole("jitter_seconds", 0...mostJitter) ?? 0
        settings.historyLimit = reader.whole("history_snapshot_max_length", 1...1000)
        settings.pagerSize = reader.whole("pager_size", 1...1000) ?? Settings().pagerSize
        settings.globalSubtractiveSelectors = reader.lines("global_subtractive_selectors")
        settings.globalIgnoreText = reader.lines("global_ignore_text")
        settings.stripIgnoredLines = values.flags.contains("strip_ignored_lines")
        settings.ignoreWhitespace = values.flags.contains("ignore_whitespace")
        settings.renderAnchorTagContent = values.flags.contains("render_anchor_tag_content")
        settings.emptyPagesAreAChange = values.flags.contains("empty_pages_are_a_change")
        settings.rssReaderMode = values.flags.contains("rss_reader_mode")
        guard reader.errors.isEmpty else { throw InputError(reader.errors) }
    }
}
