extension SettingKind where Value == CheckInterval {
    /// Weeks, days, hours, minutes and seconds, each a field of its own in forms: `time_between_check-hours`.
    static var interval: SettingKind {
        var interval = SettingKind(
            shape: .interval, json: { .object($0.jsonParts) },
            fromJSON: { value, field throws(FieldError) in try CheckInterval(value, field) },
            formTexts: { interval in
                CheckInterval.parts.compactMap { part in
                    interval[keyPath: part.path].map { ("-\(part.name)", String($0)) }
                }
            },
            fromForm: { form, name in
                var interval = CheckInterval()
                for part in CheckInterval.parts {
                    interval[keyPath: part.path] = form.whole("\(name)-\(part.name)", 0...part.most)
                }
                return interval
            },
            words: { $0.words })
        interval.problems = { interval, field in
            CheckInterval.parts.compactMap { part in
                guard let value = interval[keyPath: part.path], !(0...part.most).contains(value) else { return nil }
                return FieldError(
                    "\(field).\(part.name)", "\(part.name) must be a whole number from 0 to \(part.most)")
            }
        }
        return interval
    }
}

extension CheckInterval {
    fileprivate init(_ value: JSONValue, _ field: String) throws(FieldError) {
        self.init()
        let parts = try SettingJSON.object(value, field, of: "with weeks, days, hours, minutes, seconds")
        for (name, value) in parts.sorted(by: { $0.key < $1.key }) {
            guard let part = Self.parts.first(where: { $0.name == name }) else {
                throw FieldError("\(field).\(name.prefix(60))", "must be one of weeks, days, hours, minutes, seconds")
            }
            switch value {
            case .null: break
            case .integer(let number): self[keyPath: part.path] = number
            default: throw FieldError("\(field).\(name)", "must be a whole number, not \(value.kind)")
            }
        }
    }

    fileprivate var jsonParts: [String: JSONValue] {
        var parts: [String: JSONValue] = [:]
        for part in Self.parts { parts[part.name] = self[keyPath: part.path].map(JSONValue.integer) ?? .null }
        return parts
    }

    /// At most two units: "1 day 12 hours".
    public var words: String {
        var rest = totalSeconds
        var words: [String] = []
        for (name, length) in [("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)] {
            let count = rest / length
            rest %= length
            if count > 0 { words.append("\(count) \(name)\(count == 1 ? "" : "s")") }
        }
        return words.prefix(2).joined(separator: " ")
    }
}
