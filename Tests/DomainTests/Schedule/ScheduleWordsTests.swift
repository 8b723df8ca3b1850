import Domain
import Foundation
import Testing

@Suite("A schedule in words")
struct ScheduleWordsTests {
    private static let office = "mon 09:00+8:00, tue 09:00+8:00, wed 09:00+8:00"

    @Test(
        "the list says when a watch that rests goes on",
        arguments: [
            (ScheduleWordsTests.office, "2026-07-04 12:00", "Monday 09:00"),
            (ScheduleWordsTests.office, "2026-07-06 06:59", "today 09:00"),
            (ScheduleWordsTests.office, "2026-07-06 22:30", "today 09:00"),
            (ScheduleWordsTests.office, "2026-07-06 15:00", "Tuesday 09:00"),
            ("mon 09:00+8:00", "2026-07-06 15:00", "Monday 2026-07-13 09:00"),
            ("sun 02:30+0:10", "2026-03-29 00:00", "today 03:00"),
        ])
    func rest(windows: String, moment: String, words: String) {
        let schedule = TimeSchedule(windows, "Europe/Vienna")
        #expect(schedule.restWords(at: .utc(moment)) == "Outside its schedule until \(words) (Europe/Vienna)")
    }

    @Test("one that is open or not enabled has no reason to rest; one without hours says so")
    func noRest() {
        let schedule = TimeSchedule(Self.office, "Europe/Vienna")
        #expect(schedule.restWords(at: .utc("2026-07-06 07:00")) == nil)
        #expect(TimeSchedule().restWords(at: .utc("2026-07-05 07:00")) == nil)
        let never = TimeSchedule("", "Europe/Vienna")
        #expect(never.restWords(at: .utc("2026-07-06 07:00")) == "Outside its schedule, which enables no day")
    }

    @Test(
        "one line says all of it",
        arguments: [
            (ScheduleWordsTests.office, "Mon–Wed 09:00–17:00"), ("daily 00:00+24:00", "Every day all day"),
            ("daily 09:30+24:00", "Every day from 09:30 for 24 hours"), ("mon 16:00+8:00", "Mon 16:00–24:00"),
            ("mon 09:00+8:00, tue 09:00+8:00, thu 22:00+8:00", "Mon, Tue 09:00–17:00, Thu 22:00–06:00 of the next day"),
            ("fri 10:00+0:30, mon 10:00+0:30", "Mon 10:00–10:30, Fri 10:00–10:30"),
        ])
    func summary(windows: String, words: String) {
        #expect(TimeSchedule(windows, "Asia/Kathmandu").summary == "\(words) (Asia/Kathmandu)")
    }

    @Test("without limits, without hours, without a zone that is known here")
    func summaries() {
        #expect(TimeSchedule().summary == "At any time")
        #expect(TimeSchedule("", "UTC").summary == "Never: no day is enabled")
        #expect(TimeSchedule("mon 09:00+1:00", "UTC").summary == "Mon 09:00–10:00 (UTC)")
        let here = TimeZone.current.identifier
        #expect(TimeSchedule("mon 09:00+1:00", nil).summary == "Mon 09:00–10:00 (\(here))")
        let words = TimeSchedule("mon 09:00+1:00", "Mars/Base").summary
        #expect(words == "Mon 09:00–10:00 (\(here), because Mars/Base is unknown here)")
    }
}
