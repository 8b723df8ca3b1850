public import Domain
import Foundation

/// A watch as a form has it: everything is text, as it was typed, so that a mistake can be shown where it was made.
public struct EditForm: Hashable, Sendable {
    /// One text field per setting, in the form's order; the raw value is the field's name in the form and in changedetection.io's API.
    public enum TextField: String, Hashable, Sendable, CaseIterable {
        case url, title, tags
        case weeks = "time_between_check-weeks"
        case days = "time_between_check-days"
        case hours = "time_between_check-hours"
        case minutes = "time_between_check-minutes"
        case seconds = "time_between_check-seconds"
        case includeFilters = "include_filters"
        case subtractiveSelectors = "subtractive_selectors"
        case extractLinesContaining = "extract_lines_containing"
        case extractText = "extract_text"
        case ignoreText = "ignore_text"
        case triggerText = "trigger_text"
        case textShouldNotBePresent = "text_should_not_be_present"
        case stripIgnoredLines = "strip_ignored_lines"
        case method, headers, body
    }

    public enum Flag: String, Hashable, Sendable, CaseIterable {
        case usesDefaultInterval = "time_between_check_use_default"
        case trimTextWhitespace = "trim_text_whitespace"
        case removeDuplicateLines = "remove_duplicate_lines"
        case sortTextAlphabetically = "sort_text_alphabetically"
        case ignoreStatusCodes = "ignore_status_codes"
    }

    public private(set) var texts: [TextField: String]
    public private(set) var flags: Set<Flag>

    /// What a browser sent; `value` gives a field's text, nil when it is not there.
    public init(_ value: (String) -> String?) {
        texts = [:]
        for field in TextField.allCases { texts[field] = value(field.rawValue) ?? "" }
        flags = Set(Flag.allCases.filter { value($0.rawValue) != nil })
    }

    /// A watch as it is stored.
    public init(_ watch: Watch, tagTitles: [String]) {
        let settings = watch.settings
        let interval = settings.timeBetweenCheck
        func number(_ value: Int?) -> String { value.map(String.init) ?? "" }
        texts = [
            .url: watch.url, .title: watch.title ?? "", .tags: tagTitles.joined(separator: ", "),
            .weeks: number(interval.weeks), .days: number(interval.days), .hours: number(interval.hours),
            .minutes: number(interval.minutes), .seconds: number(interval.seconds),
            .includeFilters: settings.includeFilters.joined(separator: "\n"),
            .subtractiveSelectors: settings.subtractiveSelectors.joined(separator: "\n"),
            .extractLinesContaining: settings.extractLinesContaining.joined(separator: "\n"),
            .extractText: settings.extractText.joined(separator: "\n"),
            .ignoreText: settings.ignoreText.joined(separator: "\n"),
            .triggerText: settings.triggerText.joined(separator: "\n"),
            .textShouldNotBePresent: settings.textShouldNotBePresent.joined(separator: "\n"),
            .stripIgnoredLines: settings.stripIgnoredLines.map { $0 ? "yes" : "no" } ?? "",
            .method: settings.method,
            .headers: settings.headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(
                separator: "\n"),
            .body: settings.body ?? "",
        ]
        flags = []
        if settings.usesDefaultInterval { flags.insert(.usesDefaultInterval) }
        if settings.trimTextWhitespace { flags.insert(.trimTextWhitespace) }
        if settings.removeDuplicateLines { flags.insert(.removeDuplicateLines) }
        if settings.sortTextAlphabetically { flags.insert(.sortTextAlphabetically) }
        if settings.ignoreStatusCodes == true { flags.insert(.ignoreStatusCodes) }
    }

    public func text(_ field: TextField) -> String { texts[field] ?? "" }

    public var url: String { text(.url).trimmingCharacters(in: .whitespacesAndNewlines) }

    /// nil when it is empty, which means the page's own.
    public var title: String? {
        let title = text(.title).trimmingCharacters(in: .whitespacesAndNewlines)
        return title.isEmpty ? nil : title
    }

    public var tagTitles: [String] { Self.tagTitles(text(.tags)) }

    /// Titles with commas between them, without empty ones and repetitions.
    public static func tagTitles(_ text: String) -> [String] {
        var seen: Set<String> = []
        return text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            .filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// `settings` with everything that the form has; what the form does not have stays. Throws every field that cannot be read.
    public func applied(to settings: WatchSettings) throws(InputError) -> WatchSettings {
        var result = settings
        var errors: [FieldError] = []
        result.timeBetweenCheck = interval(&errors)
        result.headers = headers(&errors)
        guard errors.isEmpty else { throw InputError(errors) }

        result.usesDefaultInterval = flags.contains(.usesDefaultInterval)
        result.includeFilters = lines(.includeFilters)
        result.subtractiveSelectors = lines(.subtractiveSelectors)
        result.extractLinesContaining = lines(.extractLinesContaining)
        result.extractText = lines(.extractText)
        result.ignoreText = lines(.ignoreText)
        result.triggerText = lines(.triggerText)
        result.textShouldNotBePresent = lines(.textShouldNotBePresent)
        result.stripIgnoredLines = ["yes": true, "no": false][text(.stripIgnoredLines)]
        result.trimTextWhitespace = flags.contains(.trimTextWhitespace)
        result.removeDuplicateLines = flags.contains(.removeDuplicateLines)
        result.sortTextAlphabetically = flags.contains(.sortTextAlphabetically)
        result.method = text(.method).isEmpty ? "GET" : text(.method)
        result.body = text(.body).isEmpty ? nil : text(.body)
        // Off in the form is "no wish": false is only kept where it was said before.
        let tolerates = flags.contains(.ignoreStatusCodes)
        result.ignoreStatusCodes = tolerates ? true : (settings.ignoreStatusCodes == nil ? nil : false)
        return result
    }

    /// Non-empty lines, without the white space around them.
    private func lines(_ field: TextField) -> [String] {
        text(field).split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.isEmpty
        }
    }

    private func interval(_ errors: inout [FieldError]) -> CheckInterval {
        func part(_ field: TextField, most: Int) -> Int? {
            let text = text(field).trimmingCharacters(in: .whitespaces)
            guard !text.isEmpty else { return nil }
            guard let number = Int(text), (0...most).contains(number) else {
                errors.append(FieldError(field.rawValue, "A whole number from 0 to \(Counts.grouped(most))"))
                return nil
            }
            return number
        }
        let most = Dictionary(uniqueKeysWithValues: CheckInterval.limits.map { ($0.part, $0.most) })
        return CheckInterval(
            weeks: part(.weeks, most: most["weeks"] ?? 0), days: part(.days, most: most["days"] ?? 0),
            hours: part(.hours, most: most["hours"] ?? 0), minutes: part(.minutes, most: most["minutes"] ?? 0),
            seconds: part(.seconds, most: most["seconds"] ?? 0))
    }

    private func headers(_ errors: inout [FieldError]) -> [String: String] {
        var headers: [String: String] = [:]
        for line in lines(.headers) {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                errors.append(
                    FieldError(TextField.headers.rawValue, "“\(line.prefix(60))” is not of the form Name: value"))
                continue
            }
            headers[line[..<colon].trimmingCharacters(in: .whitespaces)] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return headers
    }
}
