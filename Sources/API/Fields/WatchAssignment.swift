public import Domain
import Foundation

/// Settings as a person types them in a terminal: `name=value`, under the API's names.
public enum WatchAssignment {
    /// Applies `name=value` pairs to a watch, all of them or none; throws `InputError` with every problem.
    ///
    /// A value is JSON where it is that; else it is text. A list takes one text for each time that its name is said,
    /// and none for an empty one.
    public static func apply(_ assignments: [String], to watch: inout Watch) throws {
        var fields: [String: JSONValue] = [:]
        var errors: [FieldError] = []
        for assignment in assignments {
            guard let sign = assignment.firstIndex(of: "="), sign > assignment.startIndex else {
                errors.append(FieldError(assignment, "name=value is needed, for example trigger_text=sold out"))
                continue
            }
            let name = String(assignment[..<sign]), text = String(assignment[assignment.index(after: sign)...])
            guard let field = WatchFields.fields.byName[name], field.write != nil else {
                errors.append(FieldError(name, refusal(name)))
                continue
            }
            fields[name] = value(text, of: field.read(watch), after: fields[name])
        }
        guard errors.isEmpty else { throw InputError(errors) }
        var edited = watch
        try WatchFields.fields.apply(fields, to: &edited)
        watch = edited
    }

    private static func value(_ text: String, of present: JSONValue, after earlier: JSONValue?) -> JSONValue {
        if case .array = present {
            if case .array(let entries)? = JSONValue.parse(Array(text.utf8)) { return .array(entries) }
            guard case .array(let entries)? = earlier else { return .array(text.isEmpty ? [] : [.string(text)]) }
            return .array(entries + [.string(text)])
        }
        if case .string = present { return .string(text) }
        return JSONValue.parse(Array(text.utf8)) ?? .string(text)
    }

    private static func refusal(_ name: String) -> String {
        let names = WatchFields.fields.all.filter { $0.write != nil }.map(\.name)
        let near = names.filter { $0.contains(name) || name.contains($0) }.sorted()
        let meant = near.isEmpty ? names.sorted() : near
        return "there is no setting of that name; there is \(meant.joined(separator: ", "))"
    }
}
