extension SettingKind where Value == [WatchCondition] {
    /// Rows of what is looked at, how it is compared and with what: `conditions-0-field`, `-operator`, `-value`.
    static var conditions: SettingKind {
        var conditions = SettingKind(
            shape: .conditions, json: { .array($0.map(\.json)) },
            fromJSON: { value, field throws(FieldError) in try WatchCondition.list(value, field) },
            formTexts: { conditions in
                conditions.enumerated().flatMap { index, condition in
                    [
                        ("-\(index)-field", condition.field.rawValue),
                        ("-\(index)-operator", condition.operator.rawValue), ("-\(index)-value", condition.value),
                    ]
                }
            },
            fromForm: { form, name in WatchCondition.list(&form, name) },
            words: { $0.map(\.words).joined(separator: "\n") })
        conditions.problems = { conditions, field in
            conditions.count > SettingLimits.mostEntries ? [SettingLimits.tooMany(field)] : []
        }
        return conditions
    }
}

extension WatchCondition {
    fileprivate var json: JSONValue {
        .object([
            "field": .string(field.rawValue), "operator": .string(self.operator.rawValue), "value": .string(value),
        ])
    }

    fileprivate var words: String { "\(field.title) \(self.operator.title) \(value)" }

    fileprivate static func list(_ form: inout FormReader, _ name: String) -> [WatchCondition] {
        var conditions: [WatchCondition] = []
        // Rows that were left empty do not count.
        for (row, parts) in rows(form, name).enumerated() {
            guard let field = Field(rawValue: parts.field), let sign = Operator(rawValue: parts.sign) else {
                form.note("\(name)[\(row)]", "Choose both a field and an operator")
                continue
            }
            conditions.append(WatchCondition(field: field, operator: sign, value: parts.value))
        }
        return conditions
    }

    private static func rows(_ form: FormReader, _ name: String) -> [(field: String, sign: String, value: String)] {
        (0..<SettingLimits.mostEntries).map { index in
            (
                form.text("\(name)-\(index)-field"), form.text("\(name)-\(index)-operator"),
                form.text("\(name)-\(index)-value")
            )
        }.filter { !($0.field.isEmpty && $0.sign.isEmpty && $0.value.isEmpty) }
    }

    fileprivate static func list(_ value: JSONValue, _ name: String) throws(FieldError) -> [WatchCondition] {
        guard case .array(let entries) = value else {
            throw FieldError(name, "must be a list of objects, not \(value.kind)")
        }
        guard entries.count <= SettingLimits.mostEntries else { throw SettingLimits.tooMany(name) }
        var conditions: [WatchCondition] = []
        for (index, entry) in entries.enumerated() {
            let field = "\(name)[\(index)]"
            let parts = try SettingJSON.object(entry, field, of: "with field, operator and value")
            // An empty row of a form is no condition.
            if parts["field"] == .string(""), parts["operator"] == .string("") { continue }
            conditions.append(try WatchCondition(parts, field))
        }
        return conditions
    }

    private init(_ parts: [String: JSONValue], _ name: String) throws(FieldError) {
        field = try Self.word(parts["field"], "\(name).field", separator: ", ")
        self.operator = try Self.word(parts["operator"], "\(name).operator", separator: " ")
        value =
            switch parts["value"] ?? .null {
            case .null: ""
            case .integer(let number): String(number)
            case .number(let number): String(number)
            case let other: try SettingJSON.string(other, "\(name).value")
            }
        if SettingLimits.isTooLong(value) { throw SettingLimits.tooLong("\(name).value") }
    }

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ value: JSONValue?, _ name: String, separator: String
    ) throws(FieldError) -> Word where Word.RawValue == String {
        if case .string(let text)? = value, let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue).joined(separator: separator)
        throw FieldError(name, "must be one of \(words)")
    }
}

extension WatchCondition.Field {
    /// What a person chooses it by.
    public var title: String {
        switch self {
        case .extractedNumber: "Extracted number or price"
        case .text: "Page text"
        case .wordCount: "Word count"
        case .likeness: "Similarity to the previous text (0 to 1)"
        case .distance: "Characters changed since the previous text"
        }
    }
}

extension WatchCondition.Operator {
    /// What a person chooses it by.
    public var title: String {
        switch self {
        case .greater: ">"
        case .less: "<"
        case .greaterOrEqual: "≥"
        case .lessOrEqual: "≤"
        case .equal: "="
        case .unequal: "≠"
        case .contains: "contains"
        case .containsNot: "does not contain"
        case .startsWith: "starts with"
        case .endsWith: "ends with"
        case .lengthAtLeast: "length is at least"
        case .lengthAtMost: "length is at most"
        case .matches: "matches regex"
        case .matchesNot: "does not match regex"
        }
    }
}
