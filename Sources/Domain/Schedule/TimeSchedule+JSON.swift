import Foundation

/// The shape is changedetection.io's: hours and minutes are texts there.
extension TimeSchedule {
    /// Reads what a person or a program sent, strictly: the first thing that is not right is thrown with its field.
    /// null is a schedule that limits nothing; a day that is not there is enabled from 00:00 for 24 hours.
    public init(_ value: JSONValue, field: String = "time_schedule_limit") throws(FieldError) {
        self.init()
        guard value != .null else { return }
        let parts = try Self.parts(value, field, ["enabled", "timezone"] + Weekday.allCases.map(\.key))
        isEnabled = try Self.flag(parts["enabled"], "\(field).enabled") ?? isEnabled
        timeZone = try Self.zoneName(parts["timezone"], "\(field).timezone")
        for day in Weekday.allCases {
            self[day] = try Day(parts[day.key] ?? .null, "\(field).\(day.key)")
        }
    }

    /// As it is given back, under changedetection.io's names.
    public var json: JSONValue {
        var parts: [String: JSONValue] = ["enabled": .bool(isEnabled)]
        for day in Weekday.allCases { parts[day.key] = self[day].json }
        if let timeZone { parts["timezone"] = .string(timeZone) }
        return .object(parts)
    }

    private static func zoneName(_ value: JSONValue?, _ field: String) throws(FieldError) -> String? {
        switch value {
        case nil, .null?: return nil
        case .string(let text)?:
            let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
            if name.isEmpty { return nil }
            if let problem = ZoneName.problem(name) { throw FieldError(field, problem) }
            return name
        case let other?:
            throw FieldError(field, "must be the name of a time zone, for example Europe/Berlin, not \(other.kind)")
        }
    }

    /// The parts of an object that has no others than those allowed; none for null.
    fileprivate static func parts(
        _ value: JSONValue, _ field: String, _ allowed: [String]
    ) throws(FieldError) -> [String: JSONValue] {
        if value == .null { return [:] }
        guard case .object(let parts) = value else {
            throw FieldError(field, "must be an object, not \(value.kind)")
        }
        if let stranger = parts.keys.sorted().first(where: { !allowed.contains($0) }) {
            throw FieldError(
                "\(field).\(stranger.prefix(60))", "is not a known field; known are \(allowed.joined(separator: ", "))")
        }
        return parts
    }

    fileprivate static func flag(_ value: JSONValue?, _ field: String) throws(FieldError) -> Bool? {
        switch value {
        case nil, .null?: nil
        case .bool(let flag)?: flag
        case let other?: throw FieldError(field, "must be true or false, not \(other.kind)")
        }
    }
}

extension TimeSchedule.Day {
    fileprivate init(_ value: JSONValue, _ field: String) throws(FieldError) {
        let parts = try TimeSchedule.parts(value, field, ["enabled", "start_time", "duration"])
        self.init(
            isEnabled: try TimeSchedule.flag(parts["enabled"], "\(field).enabled") ?? true,
            startMinute: try Self.start(parts["start_time"], "\(field).start_time"),
            durationMinutes: try Self.duration(parts["duration"] ?? .null, "\(field).duration"))
    }

    private static func start(_ value: JSONValue?, _ field: String) throws(FieldError) -> Int {
        switch value {
        case nil, .null?: return 0
        case .string(let text)?:
            if let minute = minute(text) { return minute }
            let given = "\"\(text.prefix(20))\""
            throw FieldError(field, "\(given) is not a time of day from 00:00 to 23:59, for example 09:00")
        case let other?: throw FieldError(field, "must be a time of day such as \"09:00\", not \(other.kind)")
        }
    }

    /// 24 hours when nothing of it is said; of two parts the one that is not said is 0.
    private static func duration(_ value: JSONValue, _ field: String) throws(FieldError) -> Int {
        let parts = try TimeSchedule.parts(value, field, ["hours", "minutes"])
        let hours = try number(parts["hours"], most: 24, "\(field).hours")
        let minutes = try number(parts["minutes"], most: 59, "\(field).minutes")
        guard hours != nil || minutes != nil else { return longest }
        let total = (hours ?? 0) * 60 + (minutes ?? 0)
        guard total <= longest else { throw FieldError(field, "must not be longer than 24 hours") }
        return total
    }

    private static func number(_ value: JSONValue?, most: Int, _ field: String) throws(FieldError) -> Int? {
        let number: Int?
        switch value {
        case nil, .null?: return nil
        case .integer(let given)?: number = given
        case .string(let text)? where text.utf8.allSatisfy({ (0x30...0x39).contains($0) }): number = Int(text)
        default: number = nil
        }
        guard let number, (0...most).contains(number) else {
            throw FieldError(field, "must be a whole number from 0 to \(most)")
        }
        return number
    }

    fileprivate var json: JSONValue {
        .object([
            "enabled": .bool(isEnabled), "start_time": .string(startTime),
            "duration": .object(["hours": .string(hoursText), "minutes": .string(minutesText)]),
        ])
    }
}

extension TimeSchedule.Day {
    /// The hours of the duration, without leading zeros.
    public var hoursText: String { String(durationMinutes / 60) }

    /// The minutes of the duration as the incumbent has them: `00` by default, else without leading zeros, as its form
    /// offers them.
    public var minutesText: String { durationMinutes % 60 == 0 ? "00" : String(durationMinutes % 60) }
}
