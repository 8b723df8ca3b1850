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
        guard let box = try? decoder.container(keyedBy: Key.self) else { return }
        isEnabled = Self.flag(box, Key("enabled")) ?? false
        if let text = try? box.decodeIfPresent(String.self, forKey: Key("timezone")) {
            let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
            timeZone = name.isEmpty ? nil : name
        }
        for day in Weekday.allCases where box.contains(Key(day.key)) {
            if let part = try? box.nestedContainer(keyedBy: Key.self, forKey: Key(day.key)) {
                self[day] = Self.day(part)
            }
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

    private static func day(_ box: KeyedDecodingContainer<Key>) -> Day {
        let start = (try? box.decodeIfPresent(String.self, forKey: Key("start_time"))).flatMap(Day.minute) ?? 0
        var length = Day.longest
        if box.contains(Key("duration")),
            let part = try? box.nestedContainer(keyedBy: Key.self, forKey: Key("duration"))
        {
            let hours = number(part, Key("hours"))
            let minutes = number(part, Key("minutes"))
            if hours != nil || minutes != nil { length = (hours ?? 0) * 60 + (minutes ?? 0) }
        }
        return Day(isEnabled: flag(box, Key("enabled")) ?? true, startMinute: start, durationMinutes: length)
    }

    /// What is usual is tried first: each vain try costs as much as all the rest of a day.
    private static func flag(_ box: KeyedDecodingContainer<Key>, _ key: Key) -> Bool? {
        guard box.contains(key) else { return nil }
        if let flag = try? box.decode(Bool.self, forKey: key) { return flag }
        if let number = try? box.decode(Int.self, forKey: key) { return number != 0 }
        let text = try? box.decode(String.self, forKey: key)
        return text.map { ["true", "1", "y", "yes", "on"].contains($0.lowercased()) }
    }

    /// At most 10,000, so that nothing overflows; the day's bounds come after that.
    private static func number(_ box: KeyedDecodingContainer<Key>, _ key: Key) -> Int? {
        guard box.contains(key) else { return nil }
        let number: Double?
        if let text = try? box.decode(String.self, forKey: key) {
            if let plain = Int(text), (0...10_000).contains(plain) { return plain }
            number = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
        } else {
            number = try? box.decode(Double.self, forKey: key)
        }
        guard let number, number.isFinite else { return nil }
        return Int(min(max(number, 0), 10_000))
    }
}
