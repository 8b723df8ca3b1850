import Domain
import Foundation
import Testing

/// One question to a schedule, and the answer that another program found.
struct ScheduleRow: Sendable, CustomTestStringConvertible {
    let zone: String
    /// `sun 02:15+0:30`: from 02:15 for half an hour; days that are not named are off.
    let windows: String
    let asked: Date
    /// nil when it never opens.
    let opens: Date?
    /// nil when it never closes.
    let closes: Date?

    /// All moments in UTC.
    init(_ zone: String, _ windows: String, _ asked: String, _ opens: String?, _ closes: String?) {
        self.zone = zone
        self.windows = windows
        self.asked = .utc(asked)
        self.opens = opens.map(Date.utc)
        self.closes = closes.map(Date.utc)
    }

    var schedule: TimeSchedule { TimeSchedule(windows, zone) }
    var testDescription: String { "\(windows) in \(zone) at \(asked)" }
}

extension TimeSchedule {
    /// An enabled schedule of the windows that a text like `sat 22:00+8:00, daily 09:00+0:30` names.
    init(_ windows: String, _ zone: String?) {
        self.init()
        isEnabled = true
        timeZone = zone
        for day in Weekday.allCases { self[day].isEnabled = false }
        for window in windows.components(separatedBy: ", ") where !window.isEmpty {
            let parts = window.split { " :+".contains($0) }
            let numbers = parts.dropFirst().map { Int($0)! }
            let rule = Day(
                startMinute: numbers[0] * 60 + numbers[1], durationMinutes: numbers[2] * 60 + numbers[3])
            for day in Weekday.allCases where parts[0] == "daily" || day.key.hasPrefix(parts[0]) { self[day] = rule }
        }
    }
}

extension Date {
    /// `2026-03-29 01:00`, in UTC.
    static func utc(_ text: String) -> Date {
        let parts = text.split { " -:".contains($0) }.map { Int($0)! }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(
            from: DateComponents(
                year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4]))!
    }
}

/// Found minute by minute with Python's `zoneinfo` over the IANA database 2025b, by another way than ours: a window is
/// open as long as the latest that its clock has shown so far lies in it, and one that lies in skipped time follows it.
/// For each change of a zone's offset: a window within the skipped or repeated time, one that ends in it, one that
/// begins in it, and one from the evening before.
enum ScheduleTable {
    static let rows: [ScheduleRow] = changes + others

    private static let changes = [
        ScheduleRow("Europe/Vienna", "sun 02:15+0:30", "2026-03-28 22:00", "2026-03-29 01:00", "2026-03-29 01:30"),
        ScheduleRow("Europe/Vienna", "sun 01:30+0:50", "2026-03-29 00:59", "2026-03-29 00:59", "2026-03-29 01:00"),
        ScheduleRow("Europe/Vienna", "sun 02:30+2:00", "2026-03-29 01:05", "2026-03-29 01:05", "2026-03-29 02:30"),
        ScheduleRow("Europe/Vienna", "sat 22:00+8:00", "2026-03-29 01:00", "2026-03-29 01:00", "2026-03-29 04:00"),
        ScheduleRow("Europe/Vienna", "sun 02:15+0:30", "2026-10-24 22:00", "2026-10-25 00:15", "2026-10-25 00:45"),
        ScheduleRow("Europe/Vienna", "sun 01:30+0:50", "2026-10-25 00:59", "2026-11-01 00:30", "2026-11-01 01:20"),
        ScheduleRow("Europe/Vienna", "sun 02:30+2:00", "2026-10-25 01:05", "2026-10-25 01:05", "2026-10-25 03:30"),
        ScheduleRow("Europe/Vienna", "sat 22:00+8:00", "2026-10-25 01:00", "2026-10-25 01:00", "2026-10-25 05:00"),
        ScheduleRow("America/New_York", "sun 02:15+0:30", "2026-03-08 04:00", "2026-03-08 07:00", "2026-03-08 07:30"),
        ScheduleRow("America/New_York", "sun 01:30+0:50", "2026-03-08 06:59", "2026-03-08 06:59", "2026-03-08 07:00"),
        ScheduleRow("America/New_York", "sun 02:30+2:00", "2026-03-08 07:05", "2026-03-08 07:05", "2026-03-08 08:30"),
        ScheduleRow("America/New_York", "sat 22:00+8:00", "2026-03-08 07:00", "2026-03-08 07:00", "2026-03-08 10:00"),
        ScheduleRow("America/New_York", "sun 01:15+0:30", "2026-11-01 03:00", "2026-11-01 05:15", "2026-11-01 05:45"),
        ScheduleRow("America/New_York", "sun 00:30+0:50", "2026-11-01 05:59", "2026-11-08 05:30", "2026-11-08 06:20"),
        ScheduleRow("America/New_York", "sun 01:30+2:00", "2026-11-01 06:05", "2026-11-01 06:05", "2026-11-01 08:30"),
        ScheduleRow("America/New_York", "sat 22:00+8:00", "2026-11-01 06:00", "2026-11-01 06:00", "2026-11-01 11:00"),
        ScheduleRow(
            "Australia/Lord_Howe", "sun 01:37+0:15", "2026-04-04 12:00", "2026-04-04 14:37", "2026-04-04 14:52"),
        ScheduleRow(
            "Australia/Lord_Howe", "sun 01:00+0:40", "2026-04-04 14:59", "2026-04-11 14:30", "2026-04-11 15:10"),
        ScheduleRow(
            "Australia/Lord_Howe", "sun 01:45+2:00", "2026-04-04 15:05", "2026-04-04 15:05", "2026-04-04 17:15"),
        ScheduleRow(
            "Australia/Lord_Howe", "sat 22:00+8:00", "2026-04-04 15:00", "2026-04-04 15:00", "2026-04-04 19:30"),
        ScheduleRow(
            "Australia/Lord_Howe", "sun 02:07+0:15", "2026-10-03 12:30", "2026-10-03 15:30", "2026-10-03 15:45"),
        ScheduleRow(
            "Australia/Lord_Howe", "sun 01:30+0:40", "2026-10-03 15:29", "2026-10-03 15:29", "2026-10-03 15:30"),
        ScheduleRow(
            "Australia/Lord_Howe", "sun 02:15+2:00", "2026-10-03 15:35", "2026-10-03 15:35", "2026-10-03 17:15"),
        ScheduleRow(
            "Australia/Lord_Howe", "sat 22:00+8:00", "2026-10-03 15:30", "2026-10-03 15:30", "2026-10-03 19:00"),
        ScheduleRow("Africa/Casablanca", "sun 02:15+0:30", "2026-02-14 23:00", "2026-02-15 01:15", "2026-02-15 01:45"),
        ScheduleRow("Africa/Casablanca", "sun 01:30+0:50", "2026-02-15 01:59", "2026-02-22 01:30", "2026-02-22 02:20"),
        ScheduleRow("Africa/Casablanca", "sun 02:30+2:00", "2026-02-15 02:05", "2026-02-15 02:05", "2026-02-15 04:30"),
        ScheduleRow("Africa/Casablanca", "sat 22:00+8:00", "2026-02-15 02:00", "2026-02-15 02:00", "2026-02-15 06:00"),
        ScheduleRow("Africa/Casablanca", "sun 02:15+0:30", "2026-03-21 23:00", "2026-03-22 02:00", "2026-03-22 02:30"),
        ScheduleRow("Africa/Casablanca", "sun 01:30+0:50", "2026-03-22 01:59", "2026-03-22 01:59", "2026-03-22 02:00"),
        ScheduleRow("Africa/Casablanca", "sun 02:30+2:00", "2026-03-22 02:05", "2026-03-22 02:05", "2026-03-22 03:30"),
        ScheduleRow("Africa/Casablanca", "sat 22:00+8:00", "2026-03-22 02:00", "2026-03-22 02:00", "2026-03-22 05:00"),
        ScheduleRow("America/Sao_Paulo", "sun 00:15+0:30", "2018-11-04 00:00", "2018-11-04 03:00", "2018-11-04 03:30"),
        ScheduleRow("America/Sao_Paulo", "sat 23:30+0:50", "2018-11-04 02:59", "2018-11-04 02:59", "2018-11-04 03:00"),
        ScheduleRow("America/Sao_Paulo", "sun 00:30+2:00", "2018-11-04 03:05", "2018-11-04 03:05", "2018-11-04 04:30"),
        ScheduleRow("America/Sao_Paulo", "sat 22:00+8:00", "2018-11-04 03:00", "2018-11-04 03:00", "2018-11-04 08:00"),
        ScheduleRow("America/Sao_Paulo", "sat 23:15+0:30", "2018-02-17 23:00", "2018-02-18 01:15", "2018-02-18 01:45"),
        ScheduleRow("America/Sao_Paulo", "sat 22:30+0:50", "2018-02-18 01:59", "2018-02-25 01:30", "2018-02-25 02:20"),
        ScheduleRow("America/Sao_Paulo", "sat 23:30+2:00", "2018-02-18 02:05", "2018-02-18 02:05", "2018-02-18 04:30"),
        ScheduleRow("America/Sao_Paulo", "fri 22:00+8:00", "2018-02-18 02:00", "2018-02-24 01:00", "2018-02-24 09:00"),
        ScheduleRow("Asia/Beirut", "sun 00:15+0:30", "2026-03-28 19:00", "2026-03-28 22:00", "2026-03-28 22:30"),
        ScheduleRow("Asia/Beirut", "sat 23:30+0:50", "2026-03-28 21:59", "2026-03-28 21:59", "2026-03-28 22:00"),
        ScheduleRow("Asia/Beirut", "sun 00:30+2:00", "2026-03-28 22:05", "2026-03-28 22:05", "2026-03-28 23:30"),
        ScheduleRow("Asia/Beirut", "sat 22:00+8:00", "2026-03-28 22:00", "2026-03-28 22:00", "2026-03-29 03:00"),
        ScheduleRow("Asia/Beirut", "sat 23:15+0:30", "2026-10-24 18:00", "2026-10-24 20:15", "2026-10-24 20:45"),
        ScheduleRow("Asia/Beirut", "sat 22:30+0:50", "2026-10-24 20:59", "2026-10-31 20:30", "2026-10-31 21:20"),
        ScheduleRow("Asia/Beirut", "sat 23:30+2:00", "2026-10-24 21:05", "2026-10-24 21:05", "2026-10-24 23:30"),
        ScheduleRow("Asia/Beirut", "fri 22:00+8:00", "2026-10-24 21:00", "2026-10-30 20:00", "2026-10-31 04:00"),
        ScheduleRow("America/Havana", "sun 00:15+0:30", "2026-03-08 02:00", "2026-03-08 05:00", "2026-03-08 05:30"),
        ScheduleRow("America/Havana", "sat 23:30+0:50", "2026-03-08 04:59", "2026-03-08 04:59", "2026-03-08 05:00"),
        ScheduleRow("America/Havana", "sun 00:30+2:00", "2026-03-08 05:05", "2026-03-08 05:05", "2026-03-08 06:30"),
        ScheduleRow("America/Havana", "sat 22:00+8:00", "2026-03-08 05:00", "2026-03-08 05:00", "2026-03-08 10:00"),
        ScheduleRow("America/Havana", "sun 00:15+0:30", "2026-11-01 02:00", "2026-11-01 04:15", "2026-11-01 04:45"),
        ScheduleRow("America/Havana", "sat 23:30+0:50", "2026-11-01 04:59", "2026-11-08 04:30", "2026-11-08 05:20"),
        ScheduleRow("America/Havana", "sun 00:30+2:00", "2026-11-01 05:05", "2026-11-01 05:05", "2026-11-01 07:30"),
        ScheduleRow("America/Havana", "sat 22:00+8:00", "2026-11-01 05:00", "2026-11-01 05:00", "2026-11-01 11:00"),
        ScheduleRow(
            "America/Scoresbysund", "sat 23:15+0:30", "2026-03-28 22:00", "2026-03-29 01:00", "2026-03-29 01:30"),
        ScheduleRow(
            "America/Scoresbysund", "sat 22:30+0:50", "2026-03-29 00:59", "2026-03-29 00:59", "2026-03-29 01:00"),
        ScheduleRow(
            "America/Scoresbysund", "sat 23:30+2:00", "2026-03-29 01:05", "2026-03-29 01:05", "2026-03-29 02:30"),
        ScheduleRow(
            "America/Scoresbysund", "fri 22:00+8:00", "2026-03-29 01:00", "2026-04-03 23:00", "2026-04-04 07:00"),
        ScheduleRow("Europe/Dublin", "sun 01:15+0:30", "2026-10-24 22:00", "2026-10-25 00:15", "2026-10-25 00:45"),
        ScheduleRow("Europe/Dublin", "sun 00:30+0:50", "2026-10-25 00:59", "2026-11-01 00:30", "2026-11-01 01:20"),
        ScheduleRow("Europe/Dublin", "sun 01:30+2:00", "2026-10-25 01:05", "2026-10-25 01:05", "2026-10-25 03:30"),
        ScheduleRow("Europe/Dublin", "sat 22:00+8:00", "2026-10-25 01:00", "2026-10-25 01:00", "2026-10-25 06:00"),
        ScheduleRow("Antarctica/Troll", "sun 01:30+1:00", "2026-03-28 22:00", "2026-03-29 01:00", "2026-03-29 02:00"),
        ScheduleRow("Antarctica/Troll", "sun 00:30+1:10", "2026-03-29 00:59", "2026-03-29 00:59", "2026-03-29 01:00"),
        ScheduleRow("Antarctica/Troll", "sun 02:00+2:00", "2026-03-29 01:05", "2026-03-29 01:05", "2026-03-29 02:00"),
        ScheduleRow("Antarctica/Troll", "sat 22:00+8:00", "2026-03-29 01:00", "2026-03-29 01:00", "2026-03-29 04:00"),
        ScheduleRow("Antarctica/Troll", "sun 01:30+1:00", "2026-10-24 22:00", "2026-10-24 23:30", "2026-10-25 00:30"),
        ScheduleRow("Antarctica/Troll", "sun 00:30+1:10", "2026-10-25 00:59", "2026-11-01 00:30", "2026-11-01 01:40"),
        ScheduleRow("Antarctica/Troll", "sun 02:00+2:00", "2026-10-25 01:05", "2026-10-25 01:05", "2026-10-25 04:00"),
        ScheduleRow("Antarctica/Troll", "sat 22:00+8:00", "2026-10-25 01:00", "2026-10-25 01:00", "2026-10-25 06:00"),
        ScheduleRow("Pacific/Chatham", "sun 03:00+0:30", "2026-09-26 11:00", "2026-09-26 14:00", "2026-09-26 14:30"),
        ScheduleRow("Pacific/Chatham", "sun 02:15+0:50", "2026-09-26 13:59", "2026-09-26 13:59", "2026-09-26 14:00"),
        ScheduleRow("Pacific/Chatham", "sun 03:15+2:00", "2026-09-26 14:05", "2026-09-26 14:05", "2026-09-26 15:30"),
        ScheduleRow("Pacific/Chatham", "sat 22:00+8:00", "2026-09-26 14:00", "2026-09-26 14:00", "2026-09-26 16:15"),
        ScheduleRow("Asia/Pyongyang", "fri 23:37+0:15", "2018-05-04 12:00", "2018-05-04 15:00", "2018-05-04 15:15"),
        ScheduleRow("Asia/Pyongyang", "fri 23:00+0:40", "2018-05-04 14:59", "2018-05-04 14:59", "2018-05-04 15:00"),
        ScheduleRow("Asia/Pyongyang", "fri 23:45+2:00", "2018-05-04 15:05", "2018-05-04 15:05", "2018-05-04 16:45"),
        ScheduleRow("Asia/Pyongyang", "thu 22:00+8:00", "2018-05-04 15:00", "2018-05-10 13:00", "2018-05-10 21:00"),
        ScheduleRow("America/St_Johns", "sat 23:16+0:30", "2006-10-28 23:31", "2006-10-29 01:46", "2006-10-29 02:16"),
        ScheduleRow("America/St_Johns", "sat 22:31+0:50", "2006-10-29 02:30", "2006-11-05 02:01", "2006-11-05 02:51"),
        ScheduleRow("America/St_Johns", "sat 23:31+2:00", "2006-10-29 02:36", "2006-10-29 02:36", "2006-10-29 05:01"),
        ScheduleRow("America/St_Johns", "fri 22:00+8:00", "2006-10-29 02:31", "2006-11-04 01:30", "2006-11-04 09:30"),
        ScheduleRow("Asia/Gaza", "sat 02:15+0:30", "2040-10-19 21:00", "2040-10-20 00:00", "2040-10-20 00:30"),
        ScheduleRow("Asia/Gaza", "sat 01:30+0:50", "2040-10-19 23:59", "2040-10-19 23:59", "2040-10-20 00:00"),
        ScheduleRow("Asia/Gaza", "sat 02:30+2:00", "2040-10-20 00:05", "2040-10-20 00:05", "2040-10-20 01:30"),
        ScheduleRow("Asia/Gaza", "fri 22:00+8:00", "2040-10-20 00:00", "2040-10-20 00:00", "2040-10-20 03:00"),
    ]

    /// Zones without changes, days that the date line skips, midnight, joined windows, and those that never open or
    /// never close.
    private static let others = [
        ScheduleRow("Asia/Kathmandu", "fri 23:45+0:30", "2026-07-03 00:00", "2026-07-03 18:00", "2026-07-03 18:30"),
        ScheduleRow("Asia/Kathmandu", "mon 09:00+8:00", "2026-07-06 03:14", "2026-07-06 03:15", "2026-07-06 11:15"),
        ScheduleRow("Asia/Kathmandu", "mon 09:00+8:00", "2026-07-06 11:15", "2026-07-13 03:15", "2026-07-13 11:15"),
        ScheduleRow("Pacific/Apia", "fri 09:00+8:00", "2011-12-29 00:00", "2012-01-05 19:00", "2012-01-06 03:00"),
        ScheduleRow("Pacific/Apia", "thu 22:00+8:00", "2011-12-30 09:59", "2011-12-30 09:59", "2011-12-30 10:00"),
        ScheduleRow("Pacific/Apia", "sat 00:00+1:00", "2011-12-30 09:59", "2011-12-30 10:00", "2011-12-30 11:00"),
        ScheduleRow("Pacific/Apia", "fri 23:30+24:00", "2011-12-29 00:00", "2011-12-30 10:00", "2011-12-31 09:30"),
        ScheduleRow("Pacific/Apia", "daily 00:00+24:00", "2011-12-30 09:59", "2011-12-30 09:59", nil),
        ScheduleRow("Pacific/Kwajalein", "sat 10:00+1:00", "1993-08-20 11:00", "1993-08-27 22:00", "1993-08-27 23:00"),
        ScheduleRow("Pacific/Kiritimati", "sat 10:00+1:00", "1994-12-31 09:00", "1995-01-06 20:00", "1995-01-06 21:00"),
        ScheduleRow(
            "Pacific/Kiritimati", "mon 00:00+24:00", "2026-07-05 10:00", "2026-07-05 10:00", "2026-07-06 10:00"),
        ScheduleRow("Etc/UTC", "mon 22:00+8:00", "2026-07-07 03:00", "2026-07-07 03:00", "2026-07-07 06:00"),
        ScheduleRow("Etc/UTC", "mon 22:00+8:00", "2026-07-07 06:00", "2026-07-13 22:00", "2026-07-14 06:00"),
        ScheduleRow(
            "Etc/UTC", "mon 22:00+8:00, tue 05:00+2:30", "2026-07-06 23:00", "2026-07-06 23:00", "2026-07-07 07:30"),
        ScheduleRow(
            "Etc/UTC", "mon 00:00+24:00, tue 00:00+24:00", "2026-07-06 12:00", "2026-07-06 12:00", "2026-07-08 00:00"),
        ScheduleRow(
            "Etc/UTC", "sun 12:00+24:00, mon 12:00+24:00", "2026-07-06 00:00", "2026-07-06 00:00", "2026-07-07 12:00"),
        ScheduleRow("Etc/UTC", "mon 00:00+24:00", "2026-07-07 00:00", "2026-07-13 00:00", "2026-07-14 00:00"),
        ScheduleRow("Etc/UTC", "daily 09:00+0:00", "2026-07-06 09:00", nil, nil),
        ScheduleRow("Etc/UTC", "mon 00:00+0:01", "2026-07-06 00:01", "2026-07-13 00:00", "2026-07-13 00:01"),
        ScheduleRow("UTC", "wed 00:00+24:00", "1969-12-31 12:00", "1969-12-31 12:00", "1970-01-01 00:00"),
        ScheduleRow("Europe/Vienna", "daily 00:00+24:00", "2026-03-29 00:30", "2026-03-29 00:30", nil),
        ScheduleRow("Europe/Vienna", "daily 00:00+24:00", "2026-10-25 00:59", "2026-10-25 00:59", nil),
        ScheduleRow("Europe/Vienna", "daily 18:30+24:00", "2026-10-24 22:00", "2026-10-24 22:00", nil),
        ScheduleRow("Europe/Vienna", "daily 02:30+23:59", "2026-10-24 23:00", "2026-10-24 23:00", "2026-10-25 00:29"),
        ScheduleRow(
            "Africa/Casablanca", "daily 09:00+8:00", "2026-02-14 16:00", "2026-02-15 09:00", "2026-02-15 17:00"),
        ScheduleRow("America/Caracas", "sun 02:45+0:10", "2016-05-01 00:00", "2016-05-01 07:00", "2016-05-01 07:10"),
        ScheduleRow("America/Asuncion", "daily 09:00+8:00", "2026-07-01 12:00", "2026-07-01 12:00", "2026-07-01 20:00"),
    ]
}
