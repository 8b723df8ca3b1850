import Domain
import Foundation
import Testing

@Suite("How a schedule is read and written")
struct ScheduleCodingTests {
    /// What changedetection.io 0.60.10 gives a new watch.
    private static let fresh = """
        {"enabled": false, \(days.map { "\"\($0)\": {\"enabled\": true, \(allDay)}" }.joined(separator: ", "))}
        """
    /// What it stores of its edit form: weekdays from nine to five, the night to Sunday, no Sunday.
    private static let saved = """
        {"enabled": true, "monday": \(office), "tuesday": \(office), "wednesday": \(office), "thursday": \(office),
        "friday": \(office), "saturday": \(night),
        "sunday": {"enabled": false, "start_time": "00:00", "duration": {"hours": "24", "minutes": "0"}},
        "timezone": "Europe/Vienna"}
        """
    private static let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    private static let allDay = #""start_time": "00:00", "duration": {"hours": "24", "minutes": "00"}"#
    private static let office =
        #"{"enabled": true, "start_time": "09:00", "duration": {"hours": "8", "minutes": "0"}}"#

    private static let night =
        #"{"enabled": true, "start_time": "22:30", "duration": {"hours": "7", "minutes": "5"}}"#

    private static func value(_ text: String) throws -> JSONValue { try #require(JSONValue.parse(Array(text.utf8))) }

    private static func stored(_ text: String) throws -> TimeSchedule {
        try JSONDecoder().decode(TimeSchedule.self, from: Data(text.utf8))
    }

    private static func problem(_ text: String) throws -> FieldError? {
        let value = try Self.value(text)
        do {
            _ = try TimeSchedule(value)
            return nil
        } catch {
            return error
        }
    }

    @Test("what the incumbent writes is read, by both ways, and given back in its shape")
    func incumbent() throws {
        #expect(try Self.stored(Self.fresh) == TimeSchedule())
        #expect(try TimeSchedule(Self.value(Self.fresh)) == TimeSchedule())
        #expect(TimeSchedule().json == (try Self.value(Self.fresh)))

        let saved = try Self.stored(Self.saved)
        #expect(try TimeSchedule(Self.value(Self.saved)) == saved)
        #expect(saved.isEnabled && saved.timeZone == "Europe/Vienna" && !saved[.sunday].isEnabled)
        #expect(saved[.saturday] == .init(startMinute: 22 * 60 + 30, durationMinutes: 7 * 60 + 5))
        #expect(saved.adjusted(due: .utc("2026-07-05 04:00")) == .utc("2026-07-06 07:00"))
        // Its form says "0" where its default says "00".
        let same = Self.saved.replacing(#""minutes": "0""#, with: #""minutes": "00""#)
        #expect(saved.json == (try Self.value(same)))
    }

    @Test(
        "stored and read again it is the same, and as JSON says it",
        arguments: [
            TimeSchedule(), TimeSchedule("sat 22:05+8:59, sun 00:00+0:00", "Asia/Kathmandu"), TimeSchedule("", nil),
        ])
    func roundTrip(schedule: TimeSchedule) throws {
        let bytes = try JSONEncoder().encode(schedule)
        #expect(try JSONDecoder().decode(TimeSchedule.self, from: bytes) == schedule)
        #expect(JSONValue.parse(Array(bytes)) == schedule.json)
        #expect(try TimeSchedule(schedule.json) == schedule)
    }

    @Test(
        "what is stored is read as far as it makes sense",
        arguments: [
            ("{}", 0, 1440), ("[]", 0, 1440), ("null", 0, 1440), (#"{"monday": null, "colour": 1}"#, 0, 1440),
            (#"{"monday": {"duration": {"hours": 8, "minutes": 30.0}, "start_time": "9:05"}}"#, 545, 510),
            (#"{"monday": {"duration": {"minutes": " 30 "}}}"#, 0, 30), (#"{"monday": {"duration": {}}}"#, 0, 1440),
            (#"{"monday": {"duration": {"hours": 1e300, "minutes": "x"}}}"#, 0, 1440),
            (#"{"monday": {"duration": {"hours": "-3"}, "start_time": "25:00"}}"#, 0, 0),
            (#"{"monday": {"duration": {"hours": "08"}, "start_time": 9}, "timezone": 5}"#, 0, 480),
        ])
    func tolerant(text: String, start: Int, duration: Int) throws {
        let schedule = try Self.stored(text)
        #expect(schedule[.monday].startMinute == start && schedule[.monday].durationMinutes == duration)
        #expect(schedule[.monday].isEnabled && schedule.timeZone == nil && !schedule.isEnabled)
        #expect(schedule[.tuesday] == .init())
    }

    @Test("flags may be texts and numbers in what is stored; a zone that is not known here is kept")
    func flags() throws {
        let schedule = try Self.stored(
            #"{"enabled": "y", "monday": {"enabled": 0}, "sunday": {"enabled": "false"}, "timezone": " Mars/Base "}"#)
        #expect(schedule.isEnabled && !schedule[.monday].isEnabled && !schedule[.sunday].isEnabled)
        #expect(schedule.timeZone == "Mars/Base")
    }

    @Test(
        "what is sent may leave out what is standard, and may say numbers",
        arguments: [
            ("null", "daily 00:00+24:00"), (#"{"enabled": true, "timezone": " "}"#, "daily 00:00+24:00"),
            (#"{"monday": {"start_time": "9:30", "duration": {"hours": 8, "minutes": "5"}}}"#, "mon 09:30+8:05"),
            (#"{"monday": {"duration": {"minutes": 30}}}"#, "mon 00:00+0:30"),
        ])
    func sent(text: String, monday: String) throws {
        let schedule = try TimeSchedule(Self.value(text))
        #expect(schedule[.monday] == TimeSchedule(monday, nil)[.monday])
        #expect(schedule[.sunday] == .init() && schedule.timeZone == nil)
    }

    @Test(
        "what is sent and not right is refused, with its field and what would be",
        arguments: [
            ("true", "", "must be an object"), (#"{"enabled": "yes"}"#, ".enabled", "true or false"),
            (#"{"mondy": {}}"#, ".mondy", "monday, tuesday"), (#"{"monday": []}"#, ".monday", "must be an object"),
            (#"{"monday": {"start": "09:00"}}"#, ".monday.start", "start_time"),
            (#"{"sunday": {"enabled": 1}}"#, ".sunday.enabled", "true or false"),
            (#"{"monday": {"start_time": "24:00"}}"#, ".monday.start_time", "00:00 to 23:59"),
            (#"{"monday": {"start_time": "9"}}"#, ".monday.start_time", "for example 09:00"),
            (#"{"monday": {"start_time": "+9:00"}}"#, ".monday.start_time", "for example 09:00"),
            (#"{"monday": {"start_time": "09:00:00"}}"#, ".monday.start_time", "for example 09:00"),
            (#"{"monday": {"start_time": 9}}"#, ".monday.start_time", "not a number"),
            (#"{"friday": {"duration": "8"}}"#, ".friday.duration", "must be an object"),
            (#"{"friday": {"duration": {"hours": 25}}}"#, ".friday.duration.hours", "0 to 24"),
            (#"{"friday": {"duration": {"hours": ""}}}"#, ".friday.duration.hours", "0 to 24"),
            (#"{"friday": {"duration": {"hours": 1.5}}}"#, ".friday.duration.hours", "whole number"),
            (#"{"friday": {"duration": {"minutes": "60"}}}"#, ".friday.duration.minutes", "0 to 59"),
            (#"{"friday": {"duration": {"hours": 24, "minutes": 1}}}"#, ".friday.duration", "longer than 24 hours"),
            (#"{"friday": {"duration": {"seconds": 1}}}"#, ".friday.duration.seconds", "hours, minutes"),
            (#"{"timezone": "Mars/Base"}"#, ".timezone", "for example Europe/Berlin"),
            (#"{"timezone": "PST"}"#, ".timezone", "IANA"), (#"{"timezone": 1}"#, ".timezone", "not a number"),
        ])
    func refused(text: String, field: String, words: String) throws {
        let problem = try #require(try Self.problem(text))
        #expect(problem.field == "time_schedule_limit" + field)
        #expect(problem.message.contains(words))
    }
}
