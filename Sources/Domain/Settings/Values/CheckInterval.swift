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

        fileprivate func length(_ value: Int?) -> Int {
            value.map { min(max($0, 0), most) * seconds } ?? 0
        }
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
        // Part by part, since every check asks and a key path that is looked up costs more than the sum.
        let values = (weeks, days, hours, minutes, seconds)
        let parts = Self.parts
        return parts[0].length(values.0) + parts[1].length(values.1) + parts[2].length(values.2)
            + parts[3].length(values.3) + parts[4].length(values.4)
    }
}
