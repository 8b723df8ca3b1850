public import Foundation

/// A schedule in a person's words.
extension TimeSchedule {
    /// Why a watch rests: `Outside its schedule until Monday 09:00 (Europe/Vienna)`. nil when it does not.
    public func restWords(at moment: Date) -> String? {
        guard !isOpen(at: moment) else { return nil }
        guard let opening = nextOpening(after: moment) else { return "Outside its schedule, which enables no day" }
        return "Outside its schedule until \(dayWords(opening, from: moment)) (\(zoneWords))"
    }

    /// All of it in one line: `Mon–Fri 09:00–17:00, Sat 22:00–06:00 of the next day (Europe/Vienna)`.
    public var summary: String {
        guard isEnabled else { return "At any time" }
        let groups = Self.groups(Weekday.allCases.filter { self[$0].isUsed }) { self[$0] == self[$1] }
        guard !groups.isEmpty else { return "Never: no day is enabled" }
        let parts = groups.map { "\(Self.words($0)) \(Self.words(self[$0[0]]))" }
        return "\(parts.joined(separator: ", ")) (\(zoneWords))"
    }

    /// The zone's name as it was given; the machine's when none was, or none that it knows.
    private var zoneWords: String {
        guard let timeZone else { return TimeZone.current.identifier }
        guard ZoneName.zone(timeZone) == nil else { return timeZone }
        return "\(TimeZone.current.identifier), because \(timeZone.prefix(60)) is unknown here"
    }

    /// `today 17:00`, `Monday 09:00`, and with its date when the weekday could be taken for today's or is further away.
    private func dayWords(_ opening: Date, from moment: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: opening)
        let time = Day.text((parts.hour ?? 0) * 60 + (parts.minute ?? 0))
        let clock = ScheduleWindows(self, around: moment).clock
        let day = Self.day(opening, clock)
        let distance = day - Self.day(moment, clock)
        if distance == 0 { return "today \(time)" }
        if distance < 7 { return "\(Weekday(ofDay: day).title) \(time)" }
        let date = Date.ISO8601FormatStyle(timeZone: zone).year().month().day().format(opening)
        return "\(Weekday(ofDay: day).title) \(date) \(time)"
    }

    private static func day(_ moment: Date, _ clock: WallClock) -> Int {
        clock.reading(at: moment.wholeSecond).floorDivided(by: 86_400)
    }

    /// Neighbouring days that are alike, together.
    private static func groups(_ days: [Weekday], _ areAlike: (Weekday, Weekday) -> Bool) -> [[Weekday]] {
        days.reduce(into: []) { groups, day in
            if let last = groups.last?.last, last.rawValue + 1 == day.rawValue, areAlike(last, day) {
                groups[groups.count - 1].append(day)
            } else {
                groups.append([day])
            }
        }
    }

    private static func words(_ days: [Weekday]) -> String {
        switch days.count {
        case 1: days[0].short
        case 2: "\(days[0].short), \(days[1].short)"
        case 7: "Every day"
        default: "\(days[0].short)–\(days[days.count - 1].short)"
        }
    }

    private static func words(_ rule: Day) -> String {
        let end = rule.startMinute + rule.durationMinutes
        if rule.durationMinutes == Day.longest {
            return rule.startMinute == 0 ? "all day" : "from \(rule.startTime) for 24 hours"
        }
        if end == Day.longest { return "\(rule.startTime)–24:00" }
        return "\(rule.startTime)–\(rule.endTime)\(end > Day.longest ? " of the next day" : "")"
    }
}
