import Domain
import WebCore

/// What is wrong with a form, for its fields and for the summary above it.
struct FieldErrors {
    let errors: [FieldError]

    init(_ errors: [FieldError]) {
        self.errors = errors
    }

    /// All that is wrong with one field, a line each.
    func messages(_ name: String) -> String {
        errors.filter { Self.formName($0.field) == name }.map(Self.message).joined(separator: "\n")
    }

    /// Whether something is wrong with `name` or a part of it.
    func concerns(_ name: String) -> Bool {
        errors.contains { error in
            let field = Self.formName(error.field)
            return field == name || field.hasPrefix(name + "-")
        }
    }

    /// Each error with a link to its field, by the label that `titles` has for it; one whose field the form does not
    /// have is only told.
    func summary(of titles: [String: String]) -> Fields {
        let list: [Fields] = errors.map { error in
            let name = Self.formName(error.field)
            let setting = String(name.prefix { $0 != "-" })
            return [
                "target": .optional(titles[setting] == nil ? nil : name),
                "message": .text(Self.message(error)),
                "field": .text(titles[setting].map { $0 + Self.day(name) } ?? Self.words(error.field)),
            ]
        }
        return [
            "errors": .list(list), "has_errors": .flag(!errors.isEmpty),
            "error_count": .text(
                errors.count == 1 ? "One field has a problem" : "\(errors.count) fields have problems"),
        ]
    }

    /// The API names a setting inside of its object, one entry of a list `include_filters[0]` and a part
    /// `time_between_check.hours`; the form has flat names, one field for a whole list, and a hyphen before a part.
    static func formName(_ name: String) -> String {
        var name = name[...]
        for part in SettingPart.allCases where name.hasPrefix(part.rawValue + ".") {
            name = name.dropFirst(part.rawValue.count + 1)
        }
        return String(name.prefix { $0 != "[" }).replacing(".", with: "-")
    }

    /// Which entry is meant, from 1, before what is wrong with it.
    private static func message(_ error: FieldError) -> String {
        guard let open = error.field.firstIndex(of: "["),
            let index = Int(error.field[open...].dropFirst().prefix { $0.isNumber }),
            index < Int.max
        else { return sentence(error.message) }
        return "Entry \(index + 1): \(error.message)"
    }

    /// With a capital at its start: under a field nothing comes before it.
    static func sentence(_ message: String) -> String { message.prefix(1).uppercased() + message.dropFirst() }

    /// The weekday whose part of a schedule is meant.
    private static func day(_ name: String) -> String {
        Weekday.allCases.first { name.contains("-\($0.key)") }.map { ", \($0.title)" } ?? ""
    }

    private static func words(_ field: String) -> String {
        let text = field.prefix { $0 != "[" }.replacing("_", with: " ").replacing(".", with: ", ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}

extension FieldErrors {
    /// What a template is given for a line of text that is no setting.
    func input(_ name: String, _ value: String) -> Field {
        .group(["name": .text(name), "value": .text(value), "error": .optional(messages(name))])
    }
}
