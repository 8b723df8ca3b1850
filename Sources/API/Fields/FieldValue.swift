import Domain
import Foundation

/// How values that are no settings come in and go out.
enum FieldValue {
    /// Text; nil for null.
    static func text(_ value: JSONValue, _ name: String) throws(FieldError) -> String? {
        value == .null ? nil : try SettingJSON.string(value, name)
    }

    /// true or false; false for null.
    static func flag(_ value: JSONValue, _ name: String) throws(FieldError) -> Bool {
        value == .null ? false : try SettingJSON.bool(value, name) ?? false
    }

    /// The second that names a snapshot; 0 for none.
    static func version(_ value: JSONValue, _ name: String) throws(FieldError) -> SnapshotVersion {
        switch value {
        case .null: return SnapshotVersion(0)
        case .integer(let number) where number >= 0: return SnapshotVersion(Int64(number))
        default: throw FieldError(name, "must be seconds since 1970, as a whole number")
        }
    }

    /// Tags by their uuid, each once.
    static func tags(_ value: JSONValue) throws(FieldError) -> [TagID] {
        var tags: [TagID] = []
        for text in value == .null ? [] : try SettingJSON.strings(value, "tags") {
            guard let tag = TagID(text) else {
                throw FieldError("tags", "\"\(text.prefix(60))\" is not the UUID of a tag")
            }
            if !tags.contains(tag) { tags.append(tag) }
        }
        return tags
    }

    /// Seconds since 1970, 0 for never, as the incumbent's API has it.
    static func seconds(_ date: Date?) -> JSONValue {
        .integer(date.map { Int($0.timeIntervalSince1970) } ?? 0)
    }
}
