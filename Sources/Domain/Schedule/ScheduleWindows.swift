import Foundation

/// The windows of a schedule around a moment, in the order in which they begin: from that of the day before to that of
/// 15 days later.
///
/// A day before, because must not be longer than 24 hours; 15 days, because a zone that crosses the date line skips a
/// day, and a schedule of that weekday alone then opens a week later.
struct ScheduleWindows: Sequence, IteratorProtocol {
    private static let horizon = 15

    private let schedule: TimeSchedule
    let clock: WallClock
    /// Days since 1970-01-01, by the clock.
    private var day: Int
    private let lastDay: Int

    init(_ schedule: TimeSchedule, around moment: Date) {
        self.schedule = schedule
        let second = moment.wholeSecond
        clock = WallClock(schedule.zone, around: second)
        let today = clock.reading(at: second).floorDivided(by: 86_400)
        day = today - 1
        lastDay = today + Self.horizon
    }

    /// The moment from which on nothing was looked at.
    var end: Int { clock.moment(of: lastDay * 86_400) }

    mutating func next() -> Range<Int>? {
        while day <= lastDay {
            defer { day += 1 }
            if let window = window(of: day) { return window }
        }
        return nil
    }

    /// From the moment at which the clock first shows the beginning to that at which it first shows the end.
    ///
    /// A window that lies in skipped time follows it at its full length, so that what is checked once a week at half
    /// past two is not left out when summer begins. When the whole day is skipped there is none.
    private func window(of day: Int) -> Range<Int>? {
        let rule = schedule[Weekday(ofDay: day)]
        guard rule.isUsed else { return nil }
        let start = day * 86_400 + rule.startMinute * 60
        let length = rule.durationMinutes * 60
        let opens = clock.moment(of: start)
        let closes = clock.moment(of: start + length)
        if opens < closes { return opens..<closes }
        let isDaySkipped = clock.reading(at: opens) - clock.reading(at: opens - 1) > 86_400
        return isDaySkipped ? nil : opens..<opens + length
    }
}

extension Date {
    /// Seconds since 1970, rounded down. Beyond 3,000 years from then it is that bound, since no calendar goes there.
    var wholeSecond: Int {
        let seconds = timeIntervalSince1970
        return seconds.isNaN ? 0 : Int(min(max(seconds, -1e11), 1e11).rounded(.down))
    }
}

extension Int {
    /// The quotient, rounded down for negative numbers too.
    func floorDivided(by divisor: Int) -> Int {
        (self - (self % divisor + divisor) % divisor) / divisor
    }
}
