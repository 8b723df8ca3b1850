import Detection
import Domain
import Foundation

/// Says what is wrong with a watch that somebody wants, field by field, under the API's names; the same for page, API and socket.
enum WatchRules {
    private static let longestText = 5000
    private static let mostEntries = 100
    private static let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

    /// Throws every problem at once, so that a person mends them in one go.
    ///
    /// `addressProblem` says what is wrong with an address, nil when it can be fetched.
    static func check(
        url: String, title: String?, tagTitles: [String], settings: WatchSettings, addressProblem: (String) -> String?
    ) throws {
        var errors = addressErrors(url, addressProblem) + textErrors(title: title, tagTitles: tagTitles)
        errors += linkErrors(settings.linkToOpen) + requestErrors(settings) + intervalErrors(settings)
        let tooMuch = listErrors(settings)
        // Filters are tried out, which costs something for each.
        errors += tooMuch.isEmpty ? TextProcessor.validate(settings: settings) : tooMuch
        guard errors.isEmpty else { throw InputError(errors) }
    }

    /// Throws every problem of a tag.
    static func check(_ tag: Tag) throws {
        var settings = WatchSettings()
        settings = settings.merged(with: [tag.settings])
        let tooMuch = listErrors(settings)
        var errors = tooMuch
        if tag.title.isEmpty { errors.append(FieldError("title", "A title is needed")) }
        if isTooLong(tag.title) { errors.append(tooLong("title")) }
        if isTooLong(tag.addresses.text) { errors.append(tooLong("url_match_pattern")) }
        if tag.title.contains(",") {
            errors.append(FieldError("title", "A comma would make two tags of it in a watch's field"))
        }
        if tooMuch.isEmpty { errors += TextProcessor.validate(settings: settings) }
        guard errors.isEmpty else { throw InputError(errors) }
    }

    /// What is too long or too much in the settings for all watches.
    static func errors(of settings: Settings) -> [FieldError] {
        entryErrors([
            ("global_subtractive_selectors", settings.globalSubtractiveSelectors),
            ("global_ignore_text", settings.globalIgnoreText),
        ])
    }

    private static func addressErrors(_ url: String, _ problem: (String) -> String?) -> [FieldError] {
        guard !url.isEmpty else {
            return [FieldError("url", "An address is needed, for example https://example.org/news")]
        }
        guard !isTooLong(url) else { return [tooLong("url")] }
        if let words = RequestTemplate.problem(url) { return [FieldError("url", words)] }
        let filled = (try? RequestTemplate.fill(url, now: Date())) ?? url
        return problem(filled).map { [FieldError("url", $0)] } ?? []
    }

    private static func linkErrors(_ link: String?) -> [FieldError] {
        guard let link else { return [] }
        if isTooLong(link) { return [tooLong("link_to_open")] }
        if let words = RequestTemplate.problem(link) { return [FieldError("link_to_open", words)] }
        let environment = Template.Environment(now: Date(), replaceRegex: TemplateRegex.replace)
        guard WatchAddress.link(link, environment).isEmpty else { return [] }
        return [FieldError("link_to_open", "A web address is needed, for example https://example.org/news")]
    }

    private static func textErrors(title: String?, tagTitles: [String]) -> [FieldError] {
        var errors: [FieldError] = []
        if let title, isTooLong(title) { errors.append(tooLong("title")) }
        if tagTitles.count > mostEntries { errors.append(tooMany("tags")) }
        if tagTitles.contains(where: { isTooLong($0) }) { errors.append(tooLong("tags")) }
        return errors
    }

    private static func requestErrors(_ settings: WatchSettings) -> [FieldError] {
        var errors: [FieldError] = []
        if !methods.contains(settings.method) {
            let why = settings.method == "HEAD" ? "HEAD brings no page to compare. " : ""
            errors.append(FieldError("method", "\(why)The method is one of \(methods.joined(separator: ", "))"))
        }
        if settings.headers.count > mostEntries { errors.append(tooMany("headers")) }
        for (name, value) in settings.headers where !isHeader(name, value) {
            errors.append(
                FieldError(
                    "headers",
                    "\"\(name.prefix(60))\" is not a header: a name has no spaces or colons, a value no line breaks"))
        }
        if let body = settings.body, isTooLong(body) { errors.append(tooLong("body")) }
        if let words = settings.body.flatMap(RequestTemplate.problem) { errors.append(FieldError("body", words)) }
        for value in settings.headers.values {
            if let words = RequestTemplate.problem(value) { errors.append(FieldError("headers", words)) }
        }
        return errors
    }

    /// RFC 9110 5.1 and 5.5: a name is a token, a value has no control characters but tabs.
    private static func isHeader(_ name: String, _ value: String) -> Bool {
        let symbols = Set("!#$%&'*+-.^_`|~".utf8)
        let isToken = name.utf8.allSatisfy { byte in
            symbols.contains(byte) || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        let isPlain = value.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
        return !name.isEmpty && !isTooLong(name) && isToken && isPlain && !isTooLong(value)
    }

    private static func intervalErrors(_ settings: WatchSettings) -> [FieldError] {
        let interval = settings.timeBetweenCheck
        let parts = [interval.weeks, interval.days, interval.hours, interval.minutes, interval.seconds]
        var errors: [FieldError] = []
        for (index, limit) in CheckInterval.limits.enumerated() {
            guard let part = parts[index], !(0...limit.most).contains(part) else { continue }
            errors.append(
                FieldError(
                    "time_between_check.\(limit.part)", "\(limit.part) is a whole number from 0 to \(limit.most)"))
        }
        if !settings.usesDefaultInterval, interval.totalSeconds == 0, errors.isEmpty {
            errors.append(FieldError("time_between_check", "An interval of its own needs at least one part above 0"))
        }
        return errors
    }

    private static func listErrors(_ settings: WatchSettings) -> [FieldError] {
        let lists: [(String, [String])] = [
            ("include_filters", settings.includeFilters), ("subtractive_selectors", settings.subtractiveSelectors),
            ("ignore_text", settings.ignoreText), ("trigger_text", settings.triggerText),
            ("text_should_not_be_present", settings.textShouldNotBePresent),
            ("extract_lines_containing", settings.extractLinesContaining), ("extract_text", settings.extractText),
        ]
        return entryErrors(lists)
    }

    private static func entryErrors(_ lists: [(String, [String])]) -> [FieldError] {
        lists.flatMap { name, entries -> [FieldError] in
            if entries.count > mostEntries { return [tooMany(name)] }
            return entries.contains { isTooLong($0) } ? [tooLong(name)] : []
        }
    }

    /// Counts code points, as `maxLength` of the incumbent's API does (JSON Schema validation 6.3.1): what a person sees as one character may
    /// be a thousand of them.
    private static func isTooLong(_ text: String) -> Bool {
        text.utf8.count > longestText && text.unicodeScalars.count > longestText
    }

    private static func tooLong(_ field: String) -> FieldError {
        FieldError(field, "At most \(longestText) characters are taken, accents and joiners counted")
    }

    private static func tooMany(_ field: String) -> FieldError {
        FieldError(field, "At most \(mostEntries) entries are taken")
    }
}
