public import Domain
public import WebCore

/// What people set for all watches at once.
public struct SettingsPage: PageView {
    public static let template = "pages/settings"

    var values: FormValues
    public var errors: [FieldError]
    public var notice: Notice?
    /// As it is stored: what can be chosen is listed there.
    private let stored: Settings
    var edits = EditsView()

    init(values: FormValues, stored: Settings, errors: [FieldError] = [], notice: Notice? = nil) {
        self.values = values
        self.stored = stored
        self.errors = errors
        self.notice = notice
    }

    public init(_ settings: Settings, notice: Notice? = nil) {
        self.init(values: FormValues(settings, SettingsTable.all), stored: settings, notice: notice)
    }

    public func fields(_ scene: Scene) -> Fields {
        let errors = FieldErrors(errors)
        var fields = errors.summary(of: Self.titles)
        fields["setting"] = SettingFields(
            values: values, errors: errors, inheritance: Inheritance(proxies: stored.proxies)
        ).drawn(SettingsTable.all, scene)
        fields["notice"] = Notice.field(notice)
        fields["edits"] = edits.field(scene)
        return fields
    }

    /// Throws every field that cannot be read.
    static func apply(_ values: FormValues, to settings: inout Settings) throws(InputError) {
        let errors = values.read(SettingsTable.all, into: &settings) + SettingsTable.contradictions(in: settings)
        guard errors.isEmpty else { throw InputError(errors) }
    }

    private static let titles = SettingFields.titles(SettingsTable.all)
}
