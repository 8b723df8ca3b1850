public import Domain

/// Everything a person may set about one watch.
public struct EditPage: PageView {
    public static let template = "pages/edit"
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    public var row: WatchRow
    public var activity: RowActivity
    public var tags: [String]
    public var form: EditForm
    public var errors: [FieldError]
    /// The interval of watches without one of their own.
    public var defaultInterval: CheckInterval

    public init(
        row: WatchRow, activity: RowActivity = .idle, tags: [String] = [], form: EditForm, errors: [FieldError] = [],
        defaultInterval: CheckInterval
    ) {
        self.row = row
        self.activity = activity
        self.tags = tags
        self.form = form
        self.errors = errors
        self.defaultInterval = defaultInterval
    }

    public func fields(_ scene: Scene) -> Fields {
        let head = WatchHead(row: row, activity: activity, tags: tags, current: .edit)
        var fields = head.fields(scene)
        for field in EditForm.TextField.allCases { fields[Self.templateName(field.rawValue)] = input(field) }
        for flag in EditForm.Flag.allCases { fields[flag.rawValue] = .flag(form.flags.contains(flag)) }
        let method = form.text(.method).isEmpty ? "GET" : form.text(.method)
        let choices = Self.methods.contains(method) ? Self.methods : Self.methods + [method]
        fields["methods"] = .list(choices.map { ["name": .text($0), "chosen": .flag($0 == method)] })
        let strip = form.text(.stripIgnoredLines)
        fields["strip_choices"] = .list(
            [("", "As in the settings for all watches"), ("yes", "Yes"), ("no", "No")].map { value, title in
                ["value": .text(value), "title": .text(title), "chosen": .flag(value == strip)]
            })
        fields["default_interval"] = .text(PreviewPage.words(seconds: defaultInterval.totalSeconds))
        fields["interval_error"] = .optional(messages("time_between_check"))
        fields["request_open"] = .flag(hasRequestWishes)
        fields["errors"] = .list(errorSummary)
        fields["has_errors"] = .flag(!errors.isEmpty)
        fields["error_count"] = .text(errors.count == 1 ? "One thing needs" : "\(errors.count) things need")
        return fields
    }

    /// The API names one entry of a list `include_filters[0]`; the form has one field for the whole list.
    private static func formName(_ name: String) -> String {
        String(name.prefix { $0 != "[" }).replacing(".", with: "-")
    }

    /// Which entry is meant, from 1, before what is wrong with it.
    private static func message(_ error: FieldError) -> String {
        guard let open = error.field.firstIndex(of: "["),
            let index = Int(error.field[open...].dropFirst().prefix { $0.isNumber }),
            index < Int.max
        else { return error.message }
        return "Entry \(index + 1): \(error.message)"
    }

    /// The form writes parts of a setting with a hyphen, templates with an underscore.
    private static func templateName(_ name: String) -> String {
        name.replacing("-", with: "_")
    }

    private func input(_ field: EditForm.TextField) -> Field {
        let value = form.text(field)
        let lines = value.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        return .group([
            "name": .text(field.rawValue), "value": .text(value), "error": .optional(messages(field.rawValue)),
            "rows": .number(min(12, max(2, lines + 1))),
        ])
    }

    private func messages(_ name: String) -> String {
        errors.filter { Self.formName($0.field) == name }.map(Self.message).joined(separator: " ")
    }

    /// Each error with a link to its field; one whose field the form does not have is only told.
    private var errorSummary: [Fields] {
        let names = Set(EditForm.TextField.allCases.map(\.rawValue) + EditForm.Flag.allCases.map(\.rawValue))
        return errors.map { error in
            let name = Self.formName(error.field)
            let target =
                names.contains(name) ? name : name == "time_between_check" ? EditForm.TextField.hours.rawValue : nil
            return [
                "target": .optional(target), "message": .text(Self.message(error)),
                "field": .text(Self.words(error.field)),
            ]
        }
    }

    private static func words(_ field: String) -> String {
        if field == "url" { return "Address" }
        let text = field.prefix { $0 != "[" }.replacing("_", with: " ").replacing(".", with: ", ").replacing(
            "-", with: ", ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    private var hasRequestWishes: Bool {
        let requestFields: Set = ["method", "headers", "body", "ignore_status_codes"]
        return errors.contains { requestFields.contains($0.field) } || form.flags.contains(.ignoreStatusCodes)
            || !form.text(.headers).isEmpty || !form.text(.body).isEmpty || !["", "GET"].contains(form.text(.method))
    }
}
