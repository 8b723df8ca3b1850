public import Foundation

/// When a watch may be checked: one window for each day of the week, in one time zone.
///
/// It is changedetection.io's `time_schedule_limit`. As long as it is not enabled it limits nothing.
public struct TimeSchedule: Hashable, Sendable {
    /// The window that begins on one day of the week, and may end on the next.
    public struct Day: Hashable, Sendable {
        public static let longest = 24 * 60

        public var isEnabled: Bool
        /// Minutes from 00:00 to the beginning, by the clock: 0 to 1439.
        public let startMinute: Int
        /// Minutes by the clock from the beginning to the end, which is no longer part of it: 0 to 1440.
        public let durationMinutes: Int

        /// What is out of bounds becomes the nearest bound.
        public init(isEnabled: Bool = true, startMinute: Int = 0, durationMinutes: Int = longest) {
            self.isEnabled = isEnabled
            self.startMinute = min(max(startMinute, 0), 24 * 60 - 1)
            self.durationMinutes = min(max(durationMinutes, 0), Self.longest)
        }

        /// Whether anything of it is ever open.
        var isUsed: Bool { isEnabled && durationMinutes > 0 }

        /// The beginning as `HH:MM`.
        public var startTime: String { Self.text(startMinute) }

        /// The end as `HH:MM`, of the same day or the next.
        var endTime: String { Self.text((startMinute + durationMinutes) % (24 * 60)) }

        static func text(_ minute: Int) -> String {
            let hours = minute / 60
            let minutes = minute % 60
            return "\(hours < 10 ? "0" : "")\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
        }

        /// Reads `HH:MM` (or `H:MM`) into minutes from 00:00; nil when it is no time of day.
        static func minute(_ text: String) -> Int? {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
                parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
                let hours = Int(parts[0]), let minutes = Int(parts[1]), hours < 24, minutes < 60
            else { return nil }
            return hours * 60 + minutes
        }
    }

    public var isEnabled = false
    /// A name of the IANA database; nil for the zone of all watches, and if that is not set either for the machine's.
    public var timeZone: String?
    private var days = [Day](repeating: Day(), count: 7)

    /// Not enabled; every day is, from 00:00 for 24 hours, as in the incumbent.
    public init() {}

    public subscript(day: Weekday) -> Day {
        get { days[day.rawValue] }
        set { days[day.rawValue] = newValue }
    }

    /// This one, in the zone of all watches when it has none of its own.
    public func inZone(ofAll name: String?) -> TimeSchedule {
        guard timeZone == nil else { return self }
        var schedule = self
        schedule.timeZone = name
        return schedule
    }

    /// The zone that counts. A name that this machine does not know, as after a move to one with older data, counts as
    /// none: a watch that is checked at the wrong hours is noticed, one that never is may not be.
    public var zone: TimeZone { timeZone.flatMap(ZoneName.zone) ?? .current }
}
