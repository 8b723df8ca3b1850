/// How long to wait between two checks of one watch, in the parts that changedetection.io's `time_between_check` has.
public struct CheckInterval: Hashable, Sendable, Codable {
    public var weeks: Int?
    public var days: Int?
    public var hours: Int?
    public var minutes: Int?
    public var seconds: Int?

    public init(weeks: Int? = nil, days: Int? = nil, hours: Int? = nil, minutes: Int? = nil, seconds: Int? = nil) {
        self.weeks = weeks
        self.days = days
        self.hours = hours
        self.minutes = minutes
        self.seconds = seconds
    }

    /// One part: its name, the largest value it may have as the incumbent's API specification gives it, and its length
    /// in seconds.
    public struct Part: Sendable {
        public let name: String
        public let most: Int
        let seconds: Int
        public let path: any WritableKeyPath<CheckInterval, Int?> & Sendable
    }

    public static let parts = [
        Part(name: "weeks", most: 52_000, seconds: 604_800, path: \.weeks),
        Part(name: "days", most: 365_000, seconds: 86_400, path: \.days),
        Part(name: "hours", most: 8_760_000, seconds: 3_600, path: \.hours),
        Part(name: "minutes", most: 525_600_000, seconds: 60, path: \.minutes),
        Part(name: "seconds", most: 31_500_000_000, seconds: 1, path: \.seconds),
    ]

    /// The sum of all parts in seconds; 0 when none is set. Parts beyond their limit count as the limit, so it never
    /// overflows.
    public var totalSeconds: Int {
        var total = 0
        for part in Self.parts { total += min(max(self[keyPath: part.path] ?? 0, 0), part.most) * part.seconds }
        return total
    }
}
