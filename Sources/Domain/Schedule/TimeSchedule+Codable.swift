import Foundation

/// Stored as changedetection.io stores it. What is read may come from there, from a hand or from another version:
/// numbers for texts and what is out of bounds are put right, what is missing or makes no sense is the default, what is
/// unknown is left.
extension TimeSchedule: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        guard case .object(let parts) = try JSONValue(from: decoder) else { return }
        isEnabled = Self.flag(parts["enabled"]) ?? false
        if case .string(let text)? = parts["timezone"] {
            let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
            timeZone = name.isEmpty ? nil : name
        }
        for day in Weekday.allCases {
            if case .object(let rule)? = parts[day.key] { self[day] = Self.day(rule) }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(isEnabled, forKey: Key("enabled"))
        try box.encodeIfPresent(timeZone, forKey: Key("timezone"))
        for day in Weekday.allCases {
            let rule = self[day]
            var part = box.nestedContainer(keyedBy: Key.self, forKey: Key(day.key))
            try part.encode(rule.isEnabled, forKey: Key("enabled"))
            try part.encode(rule.startTime, forKey: Key("start_time"))
            var duration = part.nestedContainer(keyedBy: Key.self, forKey: Key("duration"))
            try duration.encode(rule.hoursText, forKey: Key("hours"))
            try duration.encode(rule.minutesText, forKey: Key("minutes"))
        }
    }

    private static func day(_ parts: [String: JSONValue]) -> Day {
        var start = 0
        if case .string(let text)? = parts["start_time"] { start = Day.minute(text) ?? 0 }
        var length = Day.longest
        if case .object(let duration)? = parts["duration"] {
            let hours = number(duration["hours"])
            let minutes = number(duration["minutes"])
            if hours != nil || minutes != nil { length = (hours ?? 0) * 60 + (minutes ?? 0) }
        }
        return Day(isEnabled: flag(parts["enabled"]) ?? true, startMinute: start, durationMinutes: length)
    }

    private static func flag(_ value: JSONValue?) -> Bool? {
        switch value {
        case .bool(let flag)?: flag
        case .integer(let number)?: number != 0
        case .string(let text)?: ["true", "1", "y", "yes", "on"].contains(text.lowercased())
        default: nil
        }
    }

    /// At most 10,000, so that nothing overflows; the day's bounds come after that.
    private static func number(_ value: JSONValue?) -> Int? {
        let number: Double? =
            switch value {
            case .integer(let number)?: Double(number)
            case .number(let number)?: number
            case .string(let text)?: Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
            default: nil
            }
        guard let number, number.isFinite else { return nil }
        return Int(min(max(number, 0), 10_000))
    }
}
