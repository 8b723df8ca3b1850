public import Domain
public import WebCore

/// Everything a person may set about one watch, in the groups of the incumbent's tabs.
public struct EditPage: PageView {
    public static let template = "pages/edit"
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    /// So many empty rows wait for another condition.
    private static let emptyConditions = 2

    public var row: WatchRow
    public var activity: RowActivity
    public var tags: [Tag]
    public var form: EditForm
    public var errors: [FieldError]
    /// The interval of watches without one of their own.
    public var defaultInterval: CheckInterval
    /// The versions that the settings can be tried on, newest first.
    public var keptPages: [SnapshotVersion] = []
    /// What the form's settings make of one of them.
    public var trial: SettingsTrial?

    public init(
        row: WatchRow, activity: RowActivity = .idle, tags: [Tag] = [], form: EditForm, errors: [FieldError] = [],
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
        let made = FormFields(errors: errors)
        var fields = head.fields(scene).merging(made.summary(of: Self.names))
        for field in EditForm.TextField.allCases {
            fields[FormFields.templateName(field.rawValue)] =
                choices(of: field).map { made.choice(field.rawValue, form.text(field), $0) }
                ?? made.input(field.rawValue, form.text(field))
        }
        for flag in EditForm.Flag.allCases { fields[flag.rawValue] = .flag(form.flags.contains(flag)) }
        fields["conditions"] = .list(conditionRows)
        fields["conditions_error"] = .optional(made.messages("conditions"))
        fields["default_interval"] = .text(PreviewPage.words(seconds: defaultInterval.totalSeconds))
        fields["interval_error"] = .optional(made.messages("time_between_check"))
        fields["request_open"] = .flag(hasRequestWishes)
        fields["restock_open"] = .flag(opens(.restock, Self.restockFields))
        fields["can_try"] = .flag(!keptPages.isEmpty)
        fields["try_versions"] = VersionChoices.options(keptPages, chosen: trial?.version ?? keptPages.first)
        fields["trial"] = trial.map { .group($0.fields(scene)) } ?? .nothing
        fields["image_open"] = .flag(opens(.image, Self.imageFields))
        return fields
    }

    private static let names = Set(
        EditForm.TextField.allCases.map(\.rawValue) + EditForm.Flag.allCases.map(\.rawValue) + ["conditions"])
    private static let restockFields: Set<String> = [
        "in_stock_processing", "price_change_min", "price_change_max", "price_change_threshold_percent",
        "track_ldjson_price_data",
    ]
    private static let imageFields: Set<String> = [
        "min_change_percentage", "pixel_difference_threshold_sensitivity", "bounding_box",
    ]

    /// What a field with a list to choose from offers; nil for one that is typed.
    private func choices(of field: EditForm.TextField) -> [(value: String, title: String)]? {
        switch field {
        case .processor: FormChoices.processors
        case .stripIgnoredLines: FormChoices.inheritedFlag
        case .conditionLogic: FormChoices.logic
        case .stock: FormChoices.stock
        case .priceData: FormChoices.priceData
        case .sensitivity: FormChoices.sensitivity
        case .method: Self.methods.map { ($0, $0) }
        default: nil
        }
    }

    private var conditionRows: [Fields] {
        let rows = form.conditions + Array(repeating: EditForm.ConditionRow(), count: Self.emptyConditions)
        return rows.enumerated().map { index, row in
            [
                "index": .number(index), "number": .number(index + 1), "value": .text(row.value),
                "fields": .list(FormFields.options(FormChoices.conditionFields, chosen: row.field)),
                "operators": .list(FormFields.options(FormChoices.operators, chosen: row.operator)),
            ]
        }
    }

    private func opens(_ processor: ProcessorKind, _ names: Set<String>) -> Bool {
        form.text(.processor) == processor.rawValue || errors.contains { names.contains($0.field) }
    }

    private var hasRequestWishes: Bool {
        let requestFields: Set = ["method", "headers", "body", "ignore_status_codes"]
        return errors.contains { requestFields.contains($0.field) } || form.flags.contains(.ignoreStatusCodes)
            || !form.text(.headers).isEmpty || !form.text(.body).isEmpty || !["", "GET"].contains(form.text(.method))
    }
}
