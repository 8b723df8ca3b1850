import Domain
import Foundation
import TestSupport
import Testing

@Suite("Schedules against a look at every minute")
struct SchedulePropertyTests {
    /// The minutes of 16 days around the change of a zone's offset, each with the latest that its clock has shown so
    /// far.
    private struct Minutes {
        let zone: String
        let begin: Int
        let latest: [Int]
        private let shown: [Int]

        init(_ zone: String, around change: String) {
            self.zone = zone
            begin = Int(Date.utc(change).timeIntervalSince1970) / 60 - 6 * 1440
            let place = TimeZone(identifier: zone)!
            let begin = self.begin
            shown = (0..<16 * 1440).map { index in
                let moment = Date(timeIntervalSince1970: Double(begin + index) * 60)
                return begin + index + place.secondsFromGMT(for: moment) / 60
            }
            var furthest = Int.min
            latest = shown.map { minute in
                furthest = max(furthest, minute)
                return furthest
            }
        }

        func moment(_ index: Int) -> Date { Date(timeIntervalSince1970: Double(begin + index) * 60) }

        /// Which of the minutes are open.
        func open(_ schedule: TimeSchedule) -> [Bool] {
            var open = [Bool](repeating: false, count: latest.count)
            for day in latest[0] / 1440 - 1...latest[latest.count - 1] / 1440 {
                let rule = schedule[Weekday.allCases[(day + 3) % 7]]
                guard rule.isEnabled, rule.durationMinutes > 0 else { continue }
                let start = day * 1440 + rule.startMinute
                let first = index(start)
                var end = index(start + rule.durationMinutes)
                if first == end, first > 0, first < latest.count, shown[first] - shown[first - 1] <= 1440 {
                    end = min(first + rule.durationMinutes, latest.count)
                }
                for minute in first..<end { open[minute] = true }
            }
            return open
        }

        private func index(_ reading: Int) -> Int {
            var low = 0
            var high = latest.count
            while low < high {
                let middle = (low + high) / 2
                if latest[middle] < reading { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private static func random(_ zone: String, _ generator: inout SeededGenerator) -> TimeSchedule {
        var schedule = TimeSchedule()
        schedule.isEnabled = true
        schedule.timeZone = zone
        for day in Weekday.allCases {
            let isLong = Bool.random(using: &generator)
            schedule[day] = .init(
                isEnabled: Int.random(in: 0..<10, using: &generator) < 6,
                startMinute: Int.random(in: 0..<1440, using: &generator),
                durationMinutes: Int.random(in: 0...(isLong ? 1440 : 90), using: &generator))
        }
        return schedule
    }

    @Test(
        "a due time is moved to an open minute, none is open in between, and it closes when that says so",
        arguments: [
            ("Europe/Vienna", "2026-03-29 01:00"), ("Europe/Vienna", "2026-10-25 01:00"),
            ("Australia/Lord_Howe", "2026-04-04 15:00"), ("Australia/Lord_Howe", "2026-10-03 15:30"),
            ("Africa/Casablanca", "2026-02-15 02:00"), ("Pacific/Apia", "2011-12-30 10:00"),
            ("America/Havana", "2026-11-01 05:00"), ("Asia/Beirut", "2026-03-28 22:00"),
            ("America/St_Johns", "2006-10-29 02:31"), ("Antarctica/Troll", "2026-03-29 01:00"),
            ("Asia/Kathmandu", "2026-07-01 00:00"), ("America/Recife", "2000-10-15 02:00"),
        ])
    func everyMinute(zone: String, change: String) {
        let minutes = Minutes(zone, around: change)
        var generator = SeededGenerator(seed: UInt64(minutes.begin))
        for _ in 0..<60 {
            let schedule = Self.random(zone, &generator)
            let open = minutes.open(schedule)
            // From two days on, since windows that began before the first minute are not known there.
            let asked = Int.random(in: 3 * 1440..<8 * 1440, using: &generator)
            let due = minutes.moment(asked) + Double.random(in: 0..<60, using: &generator).rounded(.down)
            let adjusted = schedule.adjusted(due: due)
            guard let expected = open[asked...].firstIndex(of: true) else {
                #expect(adjusted >= minutes.moment(open.count), "\(schedule) at \(due)")
                continue
            }
            #expect(adjusted == max(due, minutes.moment(expected)), "\(schedule) at \(due)")
            #expect(schedule.isOpen(at: adjusted) && schedule.isOpen(at: due) == open[asked], "\(schedule) at \(due)")
            if let closes = open[expected...].firstIndex(of: false) {
                #expect(schedule.closing(after: due) == minutes.moment(closes), "\(schedule) at \(due)")
            }
        }
    }
}
