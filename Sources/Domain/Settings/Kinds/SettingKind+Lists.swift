import Foundation

extension SettingKind where Value == [String] {
    /// One entry per line.
    static func lines(_ kind: LineKind) -> SettingKind {
        var list = SettingKind(
            shape: .lines(kind), json: { .array($0.map(JSONValue.string)) },
            fromJSON: { value, field throws(FieldError) in try SettingJSON.strings(value, field) },
            formTexts: { [("", $0.joined(separator: "\n"))] }, fromForm: { form, name in form.lines(name) },
            words: { $0.joined(separator: "\n") })
        list.problems = { SettingLimits.problems($0, $1) }
        list.entries = { entries, field in
            entries.enumerated().map { SettingEntry(field: "\(field)[\($0)]", text: $1) }
        }
        list.sum = { first, second in
            var seen: Set<String> = []
            return (first + second).filter { seen.insert($0).inserted }
        }
        return list
    }
}

extension SettingKind where Value == [String: String] {
    /// Names and values, in forms `Name: value` on a line each.
    static var headers: SettingKind {
        var headers = SettingKind(
            shape: .headers, json: { .object($0.mapValues(JSONValue.string)) }, fromJSON: HeaderLines.fromJSON,
            formTexts: { [("", HeaderLines.text($0))] }, fromForm: { form, name in HeaderLines.read(&form, name) },
            words: { HeaderLines.text($0) })
        headers.problems = { HeaderLines.problems($0, $1) }
        headers.entries = { headers, field in
            headers.sorted { $0.key < $1.key }.map { SettingEntry(field: field, text: $0.value) }
        }
        return headers
    }
}

/// Request headers as people and programs write them.
private enum HeaderLines {
    static func text(_ headers: [String: String]) -> String {
        headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
    }

    @Sendable
    static func fromJSON(_ value: JSONValue, _ field: String) throws(FieldError) -> [String: String]? {
        var headers: [String: String] = [:]
        for (name, value) in try SettingJSON.object(value, field, of: "of names and texts") {
            guard case .string(let text) = value else {
                throw FieldError(field, "the value of \"\(name.prefix(60))\" must be text, not \(value.kind)")
            }
            headers[name] = text
        }
        return headers
    }

    static func read(_ form: inout FormReader, _ name: String) -> [String: String] {
        var headers: [String: String] = [:]
        for line in form.lines(name) {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                form.note(name, "“\(line.prefix(60))” is not in the form Name: value")
                continue
            }
            headers[line[..<colon].trimmingCharacters(in: .whitespaces)] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return headers
    }

    static func problems(_ headers: [String: String], _ field: String) -> [FieldError] {
        var problems = headers.count > SettingLimits.mostEntries ? [SettingLimits.tooMany(field)] : []
        for (name, value) in headers where !isHeader(name, value) {
            problems.append(
                FieldError(
                    field,
                    "\"\(name.prefix(60))\" is not a valid header: names have no spaces or colons, values no line breaks"
                ))
        }
        return problems
    }

    /// RFC 9110 5.1 and 5.5: a name is a token, a value has no control characters but tabs.
    private static func isHeader(_ name: String, _ value: String) -> Bool {
        let symbols = Set("!#$%&'*+-.^_`|~".utf8)
        let isToken = name.utf8.allSatisfy { byte in
            symbols.contains(byte) || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let isPlain = value.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
        return !name.isEmpty && !SettingLimits.isTooLong(name) && isToken && isPlain && !SettingLimits.isTooLong(value)
    }
}
