extension SettingKind where Value == TimeSchedule {
    /// A window for each day of the week: `time_schedule_limit-monday-start_time`, as the incumbent's form names them.
    /// It says something as soon as it is enabled.
    static var schedule: SettingKind {
        var schedule = SettingKind(
            shape: .schedule, json: { $0.json },
            fromJSON: { value, field throws(FieldError) in try TimeSchedule(value, field: field) },
            formTexts: { ScheduleForm.texts($0) }, fromForm: { form, name in ScheduleForm.read(&form, name) },
            words: { $0.summary })
        schedule.isUnsaid = { !$0.isEnabled }
        return schedule
    }
}

extension SettingKind where Value == String? {
    /// A name of the IANA database; empty for the machine's own.
    static var timeZone: SettingKind {
        var zone = SettingKind.optional(.line)
        zone.shape = .timeZone
        zone.problems = { name, field in
            name.flatMap(ZoneName.problem).map { [FieldError(field, $0)] } ?? []
        }
        return zone
    }
}

/// A schedule as a form has it.
private enum ScheduleForm {
    static func texts(_ schedule: TimeSchedule) -> [(suffix: String, text: String)] {
        var texts = [("-timezone", schedule.timeZone ?? "")]
        if schedule.isEnabled { texts.append(("-enabled", "on")) }
        for weekday in Weekday.allCases {
            let day = schedule[weekday], name = "-\(weekday.key)"
            if day.isEnabled { texts.append(("\(name)-enabled", "on")) }
            texts += [
                ("\(name)-start_time", day.startTime), ("\(name)-duration-hours", day.hoursText),
                ("\(name)-duration-minutes", day.minutesText),
            ]
        }
        return texts
    }

    /// Reads it by the API's way, so that both take the same. A form without a schedule has none.
    static func read(_ form: inout FormReader, _ name: String) -> TimeSchedule? {
        var parts: [String: JSONValue] = [
            "enabled": .bool(form.isTicked("\(name)-enabled")), "timezone": .string(form.word("\(name)-timezone")),
        ]
        // A schedule that is wanted and cannot be read is a mistake, not none.
        var isThere = form.isTicked("\(name)-enabled")
        for weekday in Weekday.allCases {
            let day = "\(name)-\(weekday.key)"
            let start = form.word("\(day)-start_time")
            isThere = isThere || !start.isEmpty
            parts[weekday.key] = .object([
                "enabled": .bool(form.isTicked("\(day)-enabled")), "start_time": start.isEmpty ? .null : .string(start),
                "duration": .object([
                    "hours": text(form.word("\(day)-duration-hours")),
                    "minutes": text(form.word("\(day)-duration-minutes")),
                ]),
            ])
        }
        guard isThere else { return nil }
        do {
            return try TimeSchedule(.object(parts), field: name)
        } catch {
            form.note(error)
            return nil
        }
    }

    private static func text(_ word: String) -> JSONValue { word.isEmpty ? .null : .string(word) }
}
