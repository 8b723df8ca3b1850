import Detection
import Domain
import Foundation

/// Says what is wrong with a watch that somebody wants, field by field, under the API's names; the same for page, API
/// and socket.
///
/// What a setting takes stands in its row of `SettingsTable`; here stands what needs more than the setting itself.
enum WatchRules {
    /// Whether rules have to run anything that a person wrote, so that it needs a thread that nobody else waits for.
    static func runSomething(url: String, settings: WatchSettings) -> Bool {
        Template.isNeeded(for: url) || !settings.text.conditions.isEmpty
            || SettingsTable.watch.contains { row in
                row.about.shape.isRun && row.entries(of: settings).contains { !$0.text.isEmpty }
            }
    }

    /// Throws every problem at once, so that a person mends them in one go.
    ///
    /// Filters and patterns that are there already (`triesRules` is false) need not be tried again.
    ///
    /// `proxies` are those that can be chosen, nil when the choice stays as it was; `addressProblem` says what is wrong
    /// with an address, nil when it can be fetched.
    static func check(
        url: String, title: String?, tagTitles: [String], settings: WatchSettings, proxies: [NamedProxy]?,
        triesRules: Bool = true, addressProblem: (String) -> String?
    ) throws {
        var errors = addressErrors(url, addressProblem) + textErrors(title: title, tagTitles: tagTitles)
        errors += errorsOfValues(settings, SettingsTable.watch) + SettingsTable.contradictions(in: settings)
        errors += linkErrors(settings.linkToOpen) + unknownProxy(settings, proxies)
        // Filters are tried out, which costs something for each.
        if triesRules, listsAreShort(settings, SettingsTable.watch) {
            errors += TextProcessor.validate(settings: settings)
        }
        guard errors.isEmpty else { throw InputError(errors) }
    }

    /// Throws every problem of a tag.
    static func check(_ tag: Tag, proxies: [NamedProxy]?) throws {
        var errors = errorsOfValues(tag.settings, SettingsTable.tag) + unknownProxy(tag.settings.watches, proxies)
        errors += SettingsTable.contradictions(in: tag.settings.watches)
        if tag.settings.trust == .selfSigned, !tag.addresses.isEmpty {
            errors.append(
                FieldError(
                    "tls_trust", "Any certificate is not accepted for whatever matches a URL pattern; pin an authority")
            )
        }
        if tag.title.isEmpty { errors.append(FieldError("title", "A title is required")) }
        if SettingLimits.isTooLong(tag.title) { errors.append(SettingLimits.tooLong("title")) }
        if SettingLimits.isTooLong(tag.addresses.text) { errors.append(SettingLimits.tooLong("url_match_pattern")) }
        if tag.title.contains(",") {
            errors.append(FieldError("title", "Must not contain a comma, which separates tags"))
        }
        if listsAreShort(tag.settings, SettingsTable.tag) {
            errors += TextProcessor.validate(settings: tag.settings.watches)
        }
        guard errors.isEmpty else { throw InputError(errors) }
    }

    /// What is wrong with the settings for all watches.
    static func errors(of settings: Settings) -> [FieldError] {
        errorsOfValues(settings, SettingsTable.all) + SettingsTable.contradictions(in: settings)
            + (listsAreShort(settings, SettingsTable.all) ? TextProcessor.validate(settings: settings) : [])
    }

    /// What each row finds wrong with its value, and templates that cannot be filled in.
    private static func errorsOfValues<Root>(_ root: Root, _ rows: [Setting<Root>]) -> [FieldError] {
        rows.flatMap { row -> [FieldError] in
            let problems = row.problems(in: root)
            guard problems.isEmpty, row.about.shape.isTemplate else { return problems }
            return row.entries(of: root).compactMap { entry in
                RequestTemplate.problem(entry.text).map { FieldError(entry.field, $0) }
            }
        }
    }

    private static func unknownProxy(_ settings: WatchSettings, _ proxies: [NamedProxy]?) -> [FieldError] {
        proxies.map { SettingsTable.unknownProxy(settings, among: $0) } ?? []
    }

    private static func listsAreShort<Root>(_ root: Root, _ rows: [Setting<Root>]) -> Bool {
        rows.allSatisfy { row in
            if case .lines = row.about.shape { row.problems(in: root).isEmpty } else { true }
        }
    }

    private static func addressErrors(_ url: String, _ problem: (String) -> String?) -> [FieldError] {
        guard !url.isEmpty else {
            return [FieldError("url", "Enter a URL, for example https://example.org/news")]
        }
        guard !SettingLimits.isTooLong(url) else { return [SettingLimits.tooLong("url")] }
        if let words = RequestTemplate.problem(url) { return [FieldError("url", words)] }
        let filled = (try? RequestTemplate.fill(url, now: Date())) ?? url
        return problem(filled).map { [FieldError("url", $0)] } ?? []
    }

    private static func linkErrors(_ link: String?) -> [FieldError] {
        guard let link, !SettingLimits.isTooLong(link), RequestTemplate.problem(link) == nil else { return [] }
        let environment = Template.Environment(now: Date(), replaceRegex: TemplateRegex.replace)
        guard WatchAddress.link(link, environment).isEmpty else { return [] }
        return [FieldError("link_to_open", "Must be an http or https URL, for example https://example.org/news")]
    }

    private static func textErrors(title: String?, tagTitles: [String]) -> [FieldError] {
        var errors: [FieldError] = []
        if let title, SettingLimits.isTooLong(title) { errors.append(SettingLimits.tooLong("title")) }
        if tagTitles.count > SettingLimits.mostEntries { errors.append(SettingLimits.tooMany("tags")) }
        if tagTitles.contains(where: SettingLimits.isTooLong) { errors.append(SettingLimits.tooLong("tags")) }
        return errors
    }
}

extension SettingShape {
    /// It has places to fill in before it is used.
    fileprivate var isTemplate: Bool { [.template, .longTemplate, .headers].contains(self) }

    /// It holds filters, patterns or templates.
    fileprivate var isRun: Bool {
        if case .lines(let kind) = self { kind != .words } else { isTemplate }
    }
}
