import Foundation

/// How values of one type are read, written, checked and worded, wherever they come from.
///
/// The stored form is the value's own `Codable`; the API's and the form's are here.
public struct SettingKind<Value: Codable & Hashable & Sendable>: Sendable {
    var shape: SettingShape
    let json: @Sendable (Value) -> JSONValue
    /// nil stands for the default. Never called with null.
    let fromJSON: @Sendable (JSONValue, _ field: String) throws(FieldError) -> Value?
    let formTexts: @Sendable (Value) -> [(suffix: String, text: String)]
    /// nil stands for the default; what cannot be read is noted in the reader.
    let fromForm: @Sendable (inout FormReader, _ name: String) -> Value?
    var problems: @Sendable (Value, _ field: String) -> [FieldError] = { _, _ in [] }
    var entries: @Sendable (Value, _ field: String) -> [SettingEntry] = { _, _ in [] }
    let words: @Sendable (Value) -> String
    /// Both together, for settings that add up; nil for those that do not.
    var sum: (@Sendable (Value, Value) -> Value)?
    /// What a person typed with the secrets put back that the form did not show; nil where it shows everything.
    /// What cannot be put back is noted.
    var restoringSecrets: (@Sendable (_ typed: Value, _ stored: Value, inout FormReader, _ name: String) -> Value)?
    /// When a value that differs from the default says nothing all the same.
    var isUnsaid: (@Sendable (Value) -> Bool)?
}

extension SettingKind {
    /// The same kind of something that may be left to the next level or be absent: null in the API, empty in forms.
    static func optional<Wrapped>(_ kind: SettingKind<Wrapped>) -> SettingKind where Value == Wrapped? {
        var optional = SettingKind(
            shape: kind.shape, json: { $0.map(kind.json) ?? .null },
            fromJSON: { value, field throws(FieldError) in try kind.fromJSON(value, field) },
            formTexts: { $0.map(kind.formTexts) ?? [] }, fromForm: { form, name in kind.fromForm(&form, name) },
            words: { $0.map(kind.words) ?? "" })
        optional.problems = { value, field in value.map { kind.problems($0, field) } ?? [] }
        optional.entries = { value, field in value.map { kind.entries($0, field) } ?? [] }
        return optional
    }
}

extension SettingKind where Value == Bool {
    static var flag: SettingKind {
        SettingKind(
            shape: .flag, json: { .bool($0) }, fromJSON: SettingJSON.bool,
            formTexts: { $0 ? [("", "on")] : [] }, fromForm: { form, name in form.isTicked(name) },
            words: { $0 ? "Yes" : "No" })
    }
}

extension SettingKind where Value == Bool? {
    /// Yes, no, or what the next level says.
    static var inheritedFlag: SettingKind {
        SettingKind(
            shape: .inheritedFlag, json: { $0.map(JSONValue.bool) ?? .null },
            fromJSON: { value, field throws(FieldError) in try SettingJSON.bool(value, field) },
            formTexts: { flag in flag.map { [("", $0 ? "yes" : "no")] } ?? [] },
            fromForm: { form, name in form.oneOf(name, ["yes": true, "no": false]) },
            words: { $0.map { $0 ? "Yes" : "No" } ?? "" })
    }
}

extension SettingKind where Value: RawRepresentable, Value.RawValue == String {
    /// One of the words of `options`; a form that does not have it means the default.
    static func choice(_ options: [SettingOption]) -> SettingKind {
        SettingKind(
            shape: .choice(options), json: { .string($0.rawValue) },
            fromJSON: { value, field throws(FieldError) in
                let word = try SettingJSON.string(value, field)
                guard let choice = Value(rawValue: word) else {
                    let words = options.map(\.value).joined(separator: ", ")
                    throw FieldError(field, "\"\(word.prefix(60))\" is not one of \(words)")
                }
                return choice
            },
            formTexts: { [("", $0.rawValue)] },
            fromForm: { form, name in
                let choices = options.compactMap { option in
                    Value(rawValue: option.value).map { (option.value, $0) }
                }
                return form.oneOf(name, Dictionary(uniqueKeysWithValues: choices))
            },
            words: { value in options.first { $0.value == value.rawValue }?.title ?? value.rawValue })
    }
}

extension SettingKind where Value == Int {
    /// A whole number of the range; `unit` stands behind it: "seconds".
    static func whole(_ range: ClosedRange<Int>, unit: String = "") -> SettingKind {
        SettingKind(
            shape: .whole(range, unit: unit), json: { .integer($0) },
            fromJSON: { value, field throws(FieldError) in try SettingJSON.whole(value, field, range) },
            formTexts: { [("", String($0))] }, fromForm: { form, name in form.whole(name, range) },
            words: { unit.isEmpty ? String($0) : "\($0) \(unit)" })
    }

    /// One of some numbers that have names; other numbers of the range are taken from programs.
    static func level(_ range: ClosedRange<Int>, _ options: [SettingOption]) -> SettingKind {
        let whole = SettingKind<Int>.whole(range)
        return SettingKind(
            shape: .choice(options), json: whole.json, fromJSON: whole.fromJSON, formTexts: whole.formTexts,
            fromForm: whole.fromForm,
            words: { value in options.first { $0.value == String(value) }?.title ?? String(value) })
    }
}

extension SettingKind where Value == Double {
    /// A number of the range, in forms with a point or a comma.
    static func number(_ range: ClosedRange<Double>, unit: String) -> SettingKind {
        SettingKind(
            shape: .number(range, unit: unit), json: { .number($0) },
            fromJSON: { value, field throws(FieldError) in try SettingJSON.number(value, field, range) },
            formTexts: { [("", FormReader.shown($0))] }, fromForm: { form, name in form.real(name, range) },
            words: { "\(FormReader.shown($0)) \(unit)" })
    }
}

extension SettingKind where Value == String {
    /// One line; white space around it does not count.
    static var line: SettingKind { text(.text) { form, name in form.word(name) } }

    /// One line with places to fill in.
    static var template: SettingKind {
        var kind = text(.template) { form, name in form.word(name) }
        kind.entries = { text, field in [SettingEntry(field: field, text: text)] }
        return kind
    }

    /// Several lines with places to fill in, kept as they are typed.
    static var longTemplate: SettingKind {
        var kind = text(.longTemplate) { form, name in form.text(name) }
        kind.entries = { text, field in [SettingEntry(field: field, text: text)] }
        return kind
    }

    /// One of some words that stay text, for whose case programs are not asked.
    static func word(_ options: [String], refusal: @escaping @Sendable (String) -> String?) -> SettingKind {
        let list = options.joined(separator: ", ")
        var kind = SettingKind(
            shape: .choice(options.map { SettingOption($0, $0) }), json: { .string($0) },
            fromJSON: { value, field throws(FieldError) in try SettingJSON.string(value, field).uppercased() },
            formTexts: { [("", $0)] },
            fromForm: { form, name in
                let word = form.text(name)
                return word.isEmpty ? nil : word
            },
            words: { $0 })
        kind.problems = { word, field in
            options.contains(word) ? [] : [FieldError(field, refusal(word) ?? "Must be one of \(list)")]
        }
        return kind
    }

    private static func text(
        _ shape: SettingShape, read: @escaping @Sendable (inout FormReader, String) -> String
    ) -> SettingKind {
        var kind = SettingKind(
            shape: shape, json: { .string($0) },
            fromJSON: { value, field throws(FieldError) in
                var text = try SettingJSON.string(value, field)
                if shape != .longTemplate { text = text.trimmingCharacters(in: .whitespacesAndNewlines) }
                return text.isEmpty ? nil : text
            },
            formTexts: { [("", $0)] },
            fromForm: { form, name in
                let text = read(&form, name)
                return text.isEmpty ? nil : text
            },
            words: { $0 })
        kind.problems = { text, field in SettingLimits.isTooLong(text) ? [SettingLimits.tooLong(field)] : [] }
        return kind
    }
}
