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

    /// The largest value each part may have, as the incumbent's API specification gives it.
    public static let limits: [(part: String, most: Int)] = [
        ("weeks", 52_000), ("days", 365_000), ("hours", 8_760_000), ("minutes", 525_600_000),
        ("seconds", 31_500_000_000),
    ]

    /// The sum of all parts in seconds; 0 when none is set. Parts beyond their limit count as the limit, so it never overflows.
    public var totalSeconds: Int {
        let parts = [weeks, days, hours, minutes, seconds]
        let lengths = [604_800, 86_400, 3_600, 60, 1]
        var total = 0
        for (index, length) in lengths.enumerated() {
            total += min(max(parts[index] ?? 0, 0), Self.limits[index].most) * length
        }
        return total
    }
}
