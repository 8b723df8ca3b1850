/// How long texts and how many entries any setting may have, as the incumbent's API specification has it.
public enum SettingLimits {
    public static let longestText = 5000
    public static let mostEntries = 100

    /// Counts code points, as `maxLength` of the incumbent's API does (JSON Schema validation 6.3.1): what a person
    /// sees as one character may be a thousand of them.
    public static func isTooLong(_ text: String) -> Bool {
        text.utf8.count > longestText && text.unicodeScalars.count > longestText
    }

    public static func tooLong(_ field: String) -> FieldError {
        FieldError(field, "Must not be longer than \(longestText) characters (combining marks count)")
    }

    public static func tooMany(_ field: String) -> FieldError {
        FieldError(field, "Must not have more than \(mostEntries) entries")
    }

    /// What is too long or too much in a list.
    static func problems(_ entries: [String], _ field: String) -> [FieldError] {
        if entries.count > mostEntries { return [tooMany(field)] }
        return entries.contains(where: isTooLong) ? [tooLong(field)] : []
    }
}
