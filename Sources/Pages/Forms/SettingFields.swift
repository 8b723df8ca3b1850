import Domain
import WebCore

/// The form fields of settings: each row drawn by the partial of its kind (`templates/fields`), with what is typed,
/// what is wrong and what is inherited.
///
/// A page's template only says which settings stand where: `{{{setting.trigger_text}}}`.
struct SettingFields {
    let values: FormValues
    let errors: FieldErrors
    var inheritance = Inheritance()

    /// The markup of every row under its name.
    func drawn<Root>(_ rows: [Setting<Root>], _ scene: Scene) -> Field {
        var fields: Fields = [:]
        for row in rows {
            let (template, parts) = field(row, scene)
            fields[row.name] = .markup(Markup(scene.templates.render(template, parts)))
        }
        return .group(fields)
    }

    /// What a person knows the fields by, for the summary of errors.
    static func titles<Root>(_ rows: [Setting<Root>], _ others: [String: String] = [:]) -> [String: String] {
        others.merging(rows.map { ($0.name, $0.about.label) }) { $1 }
    }

    /// Whether a fold with these settings is open: something is typed or wrong there.
    func opens<Root>(_ rows: [Setting<Root>], of root: Root) -> Bool {
        rows.contains { !$0.isUnsaid(in: root) || errors.concerns($0.name) }
    }

    /// The partial that draws a row, and what it is given.
    func field<Root>(_ row: Setting<Root>, _ scene: Scene) -> (template: String, fields: Fields) {
        let about = row.about
        let inherited = inheritance.sources(of: about)
        // What is said here replaces what is said elsewhere.
        let isReplaced = about.combination == .override && values.says(row.name)
        var common: Fields = [
            "name": .text(row.name), "label": .text(about.label), "help": .optional(about.help),
            "error": .optional(errors.messages(row.name)),
            "inherited": .list(
                (about.shape == .inheritedFlag || isReplaced ? [] : inherited).map {
                    ["source": .text($0.source), "words": .text($0.words), "href": .text(scene.path($0.href))]
                }),
        ]
        let (template, own) = SettingShapeFields(values: values, errors: errors, proxies: inheritance.proxies).fields(
            row, inherited)
        common = common.merging(own)
        return ("fields/\(template)", common)
    }
}

/// What only fields of one kind have.
private struct SettingShapeFields {
    /// So many empty rows wait for another condition.
    private static let emptyConditions = 2

    let values: FormValues
    let errors: FieldErrors
    let proxies: [NamedProxy]

    func fields<Root>(_ row: Setting<Root>, _ inherited: [Inheritance.Source]) -> (template: String, Fields) {
        let text = values.text(row.name)
        let example = Field.text(row.about.example)
        switch row.about.shape {
        case .flag: return ("flag", ["checked": .flag(values.isTicked(row.name))])
        case .inheritedFlag: return choice(Self.inheritedFlag(inherited), text)
        case .choice(let options): return choice(options, text)
        case .schedule:
            return (
                "schedule",
                [
                    "enabled": .flag(values.isTicked("\(row.name)-enabled")),
                    "opens": .flag(values.isTicked("\(row.name)-enabled") || errors.concerns(row.name)),
                    "days": .list(scheduleDays(row.name)),
                    "zone": .text(values.text("\(row.name)-timezone")),
                    "zone_error": .optional(errors.messages("\(row.name)-timezone")),
                ]
            )
        case .text, .template, .box, .timeZone:
            return ("line", ["value": .text(text), "mode": "text", "example": example])
        case .whole: return ("line", ["value": .text(text), "mode": "numeric", "example": example])
        case .number: return ("line", ["value": .text(text), "mode": "decimal", "example": example])
        case .proxy: return choice(proxyOptions(inherited), text)
        case .trust:
            return (
                "trust",
                [
                    "options": .list(Self.options(Self.trustOptions(row, inherited), chosen: text)),
                    "authority": .text(values.text(row.name + "-authority")),
                    "pins": .flag(text == "authority"),
                    "authority_error": .optional(errors.messages(row.name + "-authority")),
                ]
            )
        case .longTemplate, .lines, .headers, .proxies:
            return ("lines", ["value": .text(text), "rows": .number(Self.rows(text)), "example": example])
        case .interval: return ("interval", ["parts": .list(intervalParts(row.name))])
        case .conditions: return ("conditions", ["rows": .list(conditionRows(row.name))])
        }
    }

    private func choice(_ options: [SettingOption], _ chosen: String) -> (template: String, Fields) {
        ("choice", ["options": .list(Self.options(options, chosen: chosen))])
    }

    private func proxyOptions(_ inherited: [Inheritance.Source]) -> [SettingOption] {
        let words = inherited.first.map { "\($0.words), from \($0.source)" } ?? "no proxy"
        return [SettingOption("", "Default (\(words))"), SettingOption("no-proxy", "No proxy")]
            + proxies.map { SettingOption($0.name, "\($0.name): \($0.address.origin)") }
    }

    /// Accepting any certificate is never offered as a default for all watches.
    private static func trustOptions<Root>(_ row: Setting<Root>, _ inherited: [Inheritance.Source]) -> [SettingOption] {
        let words = inherited.first.map { "\($0.words), from \($0.source)" } ?? "authorities trusted by this system"
        let any = Root.self == Settings.self ? [] : [SettingOption("self-signed", "Accept any certificate")]
        return [
            SettingOption("", "Default (\(words))"), SettingOption("system", "Authorities trusted by this system"),
            SettingOption("authority", "Only this authority"),
        ] + any
    }

    private static func rows(_ text: String) -> Int {
        let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        return min(12, max(2, lines + 1))
    }

    private static func inheritedFlag(_ inherited: [Inheritance.Source]) -> [SettingOption] {
        let words = inherited.first.map { "\($0.words), from \($0.source)" } ?? "No"
        return [SettingOption("", "Default (\(words))"), SettingOption("yes", "Yes"), SettingOption("no", "No")]
    }

    /// One that is chosen but not among them is offered too, so that it is not lost by saving.
    private static func options(_ options: [SettingOption], chosen: String) -> [Fields] {
        let isKnown = options.contains { $0.value == chosen }
        return (isKnown ? options : options + [SettingOption(chosen, chosen)]).map {
            ["value": .text($0.value), "title": .text($0.title), "chosen": .flag($0.value == chosen)]
        }
    }

    private func intervalParts(_ name: String) -> [Fields] {
        CheckInterval.parts.map { part in
            let field = "\(name)-\(part.name)"
            return [
                "field": .text(field), "text": .text(values.text(field)), "unit": .text(part.name),
                "problem": .optional(errors.messages(field)),
            ]
        }
    }

    private func scheduleDays(_ name: String) -> [Fields] {
        Weekday.allCases.map { day in
            let field = "\(name)-\(day.key)"
            let problems = errors.errors.filter { FieldErrors.formName($0.field).hasPrefix(field + "-") }
            return [
                "field": .text(field), "title": .text(day.title), "open": .flag(values.isTicked(field + "-enabled")),
                "start": .text(values.text(field + "-start_time")),
                "hours": .text(values.text(field + "-duration-hours")),
                "minutes": .text(values.text(field + "-duration-minutes")),
                "problem": .optional(problems.map { FieldErrors.sentence($0.message) }.joined(separator: "\n")),
            ]
        }
    }

    private func conditionRows(_ name: String) -> [Fields] {
        let typed = (0..<SettingLimits.mostEntries).map { index in
            ["field", "operator", "value"].map { values.text("\(name)-\(index)-\($0)") }
        }.filter { !$0.allSatisfy(\.isEmpty) }
        return (typed + Array(repeating: ["", "", ""], count: Self.emptyConditions)).enumerated().map { index, row in
            [
                "index": .number(index), "number": .number(index + 1), "with": .text(row[2]),
                "fields": .list(Self.options(Self.conditionFields, chosen: row[0])),
                "operators": .list(Self.options(Self.conditionOperators, chosen: row[1])),
            ]
        }
    }

    private static let conditionFields =
        [SettingOption("", "–")] + WatchCondition.Field.allCases.map { SettingOption($0.rawValue, $0.title) }
    private static let conditionOperators =
        [SettingOption("", "–")] + WatchCondition.Operator.allCases.map { SettingOption($0.rawValue, $0.title) }
}
