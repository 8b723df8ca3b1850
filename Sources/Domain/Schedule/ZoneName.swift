public import Foundation

/// Names of time zones as people give them: those of the IANA database, `Europe/Vienna`.
public enum ZoneName {
    /// Abbreviations that are names of the database too; the others mean several zones, or the opposite of what one
    /// thinks.
    private static let unambiguous: Set<String> = ["UTC", "GMT", "EST", "MST", "HST", "CET", "MET", "EET", "WET"]

    /// The zone of that name; nil when the machine does not know it, or when it is an abbreviation (`PST`, `GMT+5`).
    public static func zone(_ name: String) -> TimeZone? {
        guard name.utf8.allSatisfy(isUsual), let zone = TimeZone(identifier: name) else { return nil }
        if name.contains("/") || unambiguous.contains(name) { return zone }
        let isAbbreviation = name.hasPrefix("GMT") || TimeZone.abbreviationDictionary[name] != nil
        return isAbbreviation ? nil : zone
    }

    /// Foundation stops at a zero byte, and would take what is before it.
    private static func isUsual(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "_+-/".utf8.contains(byte)
        }
    }

    /// What is wrong with a name, and what would be right; nil for a good one.
    public static func problem(_ name: String) -> String? {
        guard zone(name) == nil else { return nil }
        return "\"\(name.prefix(60))\" is not a time zone known to this system; "
            + "use an IANA name, for example Europe/Berlin or UTC"
    }
}
