/// How values that came from outside become ours, each with its own complaint.
public enum SettingJSON {
    public static func string(_ value: JSONValue, _ field: String) throws(FieldError) -> String {
        guard case .string(let text) = value else { throw FieldError(field, "must be text, not \(value.kind)") }
        return text
    }

    public static func bool(_ value: JSONValue, _ field: String) throws(FieldError) -> Bool? {
        guard case .bool(let flag) = value else {
            throw FieldError(field, "must be true or false, not \(value.kind)")
        }
        return flag
    }

    public static func strings(_ value: JSONValue, _ field: String) throws(FieldError) -> [String] {
        guard case .array(let values) = value else {
            throw FieldError(field, "must be a list of strings, not \(value.kind)")
        }
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else {
                throw FieldError(field, "every entry must be text, not \(value.kind)")
            }
            texts.append(text)
        }
        return texts
    }

    /// A whole number of `range`; a text that spells one is taken too, as the incumbent keeps some, and an empty one is
    /// nil.
    static func whole(
        _ value: JSONValue, _ field: String, _ range: ClosedRange<Int>
    ) throws(FieldError) -> Int? {
        var number: Int?
        switch value {
        case .integer(let found): number = found
        case .string(""): return nil
        case .string(let text): number = Int(text)
        default: break
        }
        guard let number, range.contains(number) else {
            throw FieldError(field, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func number(
        _ value: JSONValue, _ field: String, _ range: ClosedRange<Double>
    ) throws(FieldError) -> Double {
        let number: Double
        switch value {
        case .integer(let value): number = Double(value)
        case .number(let value): number = value
        default: throw FieldError(field, "must be a number, not \(value.kind)")
        }
        guard range.contains(number) else {
            throw FieldError(field, "must be a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        return number
    }

    static func object(_ value: JSONValue, _ field: String, of what: String) throws(FieldError) -> [String: JSONValue] {
        guard case .object(let parts) = value else {
            throw FieldError(field, "must be an object\(what.isEmpty ? "" : " \(what)"), not \(value.kind)")
        }
        return parts
    }
}
