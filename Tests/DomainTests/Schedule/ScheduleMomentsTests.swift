import Domain
import Foundation
import Testing

@Suite("When a schedule is open")
struct ScheduleMomentsTests {
    private static let weekdays = TimeSchedule(
        "mon 09:00+8:00, tue 09:00+8:00, wed 09:00+8:00, thu 09:00+8:00, fri 09:00+8:00", "Europe/Vienna")

    @Test("time zones and their edges", arguments: ScheduleTable.rows)
    func table(row: ScheduleRow) {
        let schedule = row.schedule
        #expect(schedule.isOpen(at: row.asked) == (row.opens == row.asked))
        #expect(schedule.adjusted(due: row.asked) == row.opens ?? .distantFuture)
        #expect(schedule.closing(after: row.asked) == row.closes)
        if let opens = row.opens, opens > row.asked {
            #expect(schedule.nextOpening(after: row.asked) == opens)
            #expect(schedule.isOpen(at: opens) && !schedule.isOpen(at: opens - 0.001))
        }
        if let closes = row.closes {
            #expect(!schedule.isOpen(at: closes) && schedule.isOpen(at: closes - 0.001))
            #expect(schedule.closing(after: closes - 0.001) == closes)
        }
    }

    @Test("one that is not enabled limits nothing")
    func disabled() {
        var schedule = Self.weekdays
        schedule.isEnabled = false
        let sunday = Date.utc("2026-07-05 12:00")
        #expect(schedule.isOpen(at: sunday) && schedule.adjusted(due: sunday) == sunday)
        #expect(schedule.nextOpening(after: sunday) == nil && schedule.closing(after: sunday) == nil)
    }

    @Test("one without open hours never opens", arguments: ["", "daily 09:00+0:00"])
    func never(windows: String) {
        let schedule = TimeSchedule(windows, "Europe/Vienna")
        let moment = Date.utc("2026-07-06 12:00")
        #expect(!schedule.isOpen(at: moment) && schedule.adjusted(due: moment) == .distantFuture)
        #expect(schedule.nextOpening(after: moment) == nil && schedule.closing(after: moment) == nil)
    }

    @Test("the next opening of an open one comes after it has closed; one that never closes has none")
    func nextOpening() {
        #expect(Self.weekdays.nextOpening(after: .utc("2026-07-03 10:00")) == .utc("2026-07-06 07:00"))
        #expect(Self.weekdays.nextOpening(after: .utc("2026-07-06 07:00")) == .utc("2026-07-07 07:00"))
        #expect(TimeSchedule("daily 00:00+24:00", "Europe/Vienna").nextOpening(after: .utc("2026-07-06 12:00")) == nil)
    }

    @Test(
        "all day and every day leaves no moment out in a year, wherever summer begins and ends",
        arguments: [
            "Europe/Vienna", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Africa/Casablanca",
            "Pacific/Apia",
            "America/St_Johns", "America/Scoresbysund",
        ])
    func always(zone: String) {
        for windows in ["daily 00:00+24:00", "daily 02:30+24:00"] {
            let schedule = TimeSchedule(windows, zone)
            // Each look goes two weeks ahead, to the first moment at which it would be closed.
            for day in stride(from: 0.0, to: 365, by: 10) {
                let moment = Date.utc("2026-01-01 00:00") + day * 86_400
                #expect(schedule.isOpen(at: moment) && schedule.closing(after: moment) == nil, "\(windows), \(moment)")
            }
        }
    }

    /// In seconds since 1970: Foundation cannot describe a date that is no number.
    @Test(
        "moments beyond what calendars know are answered too",
        arguments: [-63_114_076_800, 64_092_211_200, -1e300, 1e300, .infinity, -.infinity, .nan])
    func extremes(seconds: Double) {
        let moment = Date(timeIntervalSince1970: seconds)
        _ = Self.weekdays.isOpen(at: moment)
        _ = Self.weekdays.nextOpening(after: moment)
        _ = Self.weekdays.closing(after: moment)
        _ = Self.weekdays.restWords(at: moment)
        let isEarlier = Self.weekdays.adjusted(due: moment) < moment
        #expect(!isEarlier)
    }

    @Test(
        "its own zone counts, else that of all watches, else the machine's, as for one that the machine does not know")
    func zones() {
        var schedule = TimeSchedule("daily 09:00+8:00", nil)
        #expect(schedule.zone == .current)
        #expect(schedule.inZone(ofAll: nil).zone == .current)
        #expect(schedule.inZone(ofAll: "Asia/Tokyo").zone == TimeZone(identifier: "Asia/Tokyo"))
        #expect(
            schedule.inZone(ofAll: "Asia/Tokyo").adjusted(due: .utc("2026-07-06 12:00")) == .utc("2026-07-07 00:00"))
        schedule.timeZone = "Europe/Vienna"
        #expect(schedule.inZone(ofAll: "Asia/Tokyo").zone == TimeZone(identifier: "Europe/Vienna"))
        schedule.timeZone = "Mars/Olympus_Mons"
        #expect(schedule.zone == .current)
    }

    @Test(
        "names of zones are those of the database, not abbreviations",
        arguments: [
            ("Europe/Vienna", true), ("UTC", true), ("GMT", true), ("EST5EDT", true), ("US/Pacific", true),
            ("America/Argentina/Buenos_Aires", true), ("Etc/GMT+5", true), ("Europe/Kyiv", true), ("Europe/Kiev", true),
            ("", false), ("PST", false), ("IST", false), ("GMT+5", false), ("+02:00", false),
            ("Mars/Olympus_Mons", false),
            ("europe/vienna", false), ("../Europe/Vienna", false), ("Europe/Vienna\u{0}", false),
        ])
    func names(name: String, isKnown: Bool) {
        #expect((ZoneName.zone(name) != nil) == isKnown)
        #expect((ZoneName.problem(name) == nil) == isKnown)
    }
}
