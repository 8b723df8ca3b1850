/// A day of the week; the week begins on Monday, as in changedetection.io's `time_schedule_limit`.
public enum Weekday: Int, Hashable, Sendable, CaseIterable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    private static let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    /// The weekday of a day counted from 1970-01-01, which was a Thursday.
    init(ofDay day: Int) {
        let index = (day + Weekday.thursday.rawValue) % 7
        self = Weekday(rawValue: index < 0 ? index + 7 : index)!
    }

    /// As JSON and forms name it: `monday`.
    public var key: String { Self.names[rawValue] }

    /// As a sentence names it: `Monday`.
    public var title: String { key.prefix(1).uppercased() + key.dropFirst() }

    /// As a table names it: `Mon`.
    var short: String { String(title.prefix(3)) }
}
