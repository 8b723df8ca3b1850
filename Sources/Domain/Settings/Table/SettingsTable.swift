/// Every setting there is: what people and programs may say of a watch, of a tag, and of all watches.
///
/// To add a plain setting: a property in its group, one row in this table, the line that acts on it, and its place on
/// the page of each of its levels. Storage, the API, forms, validation, merging, `explain --set` and `docs/settings.md`
/// follow from the row; tests fail when a place is missing.
public enum SettingsTable {
    /// One heading of the documentation and of the pages, with its rows.
    public struct Group<Root: Sendable>: Sendable {
        public let title: String
        public let rows: [Setting<Root>]
    }

    /// The rows that live in the groups of `WatchSettings`, whatever the levels they exist on.
    static let groups: [Group<WatchSettings>] = [
        Group(title: "General", rows: general), Group(title: "Request", rows: request),
        Group(title: "Filters and triggers", rows: rules + text), Group(title: "Conditions", rows: conditions),
        Group(title: "Restock and price", rows: restock), Group(title: "Image", rows: image),
    ]

    /// Those that exist on several levels and come to one value for a watch.
    static let shared = groups.flatMap(\.rows).filter { $0.about.combination != .own }

    /// Of a watch.
    public static let watch = groups.flatMap(\.rows).filter { $0.about.levels.contains(.watch) }
    /// Of a tag.
    public static let tag: [Setting<TagSettings>] =
        groups.flatMap(\.rows).filter { $0.about.levels.contains(.tag) }.map { $0.lifted(to: \.watches) } + [override]
    /// Of all watches.
    public static let all: [Setting<Settings>] =
        [interval]
        + groups.flatMap(\.rows).filter { $0.about.levels.contains(.all) && $0.name != interval.name }.map {
            $0.lifted(to: \.watches, name: namesForAll[$0.name])
        } + reading + list

    /// Those of a tag and of all watches that no watch has.
    static let tagOnly = [override]
    static let allOnly = reading + list

    static let watchRows = SettingRows(watch)
    static let tagRows = SettingRows(tag)
    static let allRows = SettingRows(all)

    public static func tag(_ name: String) -> Setting<TagSettings>? { tagRows.byName[name] }
    public static func all(_ name: String) -> Setting<Settings>? { allRows.byName[name] }

    /// What the incumbent calls these where they are for all watches.
    static let namesForAll = [
        "subtractive_selectors": "global_subtractive_selectors", "ignore_text": "global_ignore_text",
    ]

    /// The name for all watches of a setting that a watch has under `name`; nil when it does not exist there.
    public static func nameForAll(of name: String) -> String? {
        let name = namesForAll[name] ?? name
        return allRows.byName[name].map { _ in name }
    }

    /// Whether a change lets the page be fetched and compared anew, even if its bytes are the same.
    public static func looksAnew<Root>(_ rows: [Setting<Root>], _ old: Root, _ new: Root) -> Bool {
        rows.contains { [.page, .fetch].contains($0.about.effect) && !$0.isEqual(old, new) }
    }

    /// What cannot be right together, each under the name of the setting to change.
    public static func contradictions(in settings: WatchSettings) -> [FieldError] {
        var problems: [FieldError] = []
        let restock = settings.restock
        if let least = restock.priceMinimum, let most = restock.priceMaximum, least > most {
            problems.append(
                FieldError("\(SettingPart.restock.rawValue).price_change_min", "Must not be above the upper price"))
        }
        if !settings.timing.usesDefaultInterval, settings.timing.timeBetweenCheck.totalSeconds == 0 {
            problems.append(
                FieldError("time_between_check", "Enter a time between checks, or use the default"))
        }
        return problems
    }

    /// The same of the settings for all watches.
    public static func contradictions(in settings: Settings) -> [FieldError] {
        var problems: [FieldError] = []
        if settings.watches.timing.timeBetweenCheck.totalSeconds == 0 {
            problems.append(FieldError("time_between_check", "Enter a time between checks"))
        }
        if settings.watches.request.trust == .selfSigned {
            problems.append(
                FieldError("tls_trust", "Any certificate can be accepted for watches and tags, not for all")
            )
        }
        return problems + unknownProxy(settings.watches, among: settings.proxies)
    }

    /// A proxy that is chosen but not in the list of the settings for all watches.
    public static func unknownProxy(_ settings: WatchSettings, among proxies: [NamedProxy]) -> [FieldError] {
        guard case .named(let name)? = settings.request.proxy, proxies.named(name) == nil else { return [] }
        let known = proxies.isEmpty ? "none is listed in Settings" : proxies.map(\.name).joined(separator: ", ")
        return [FieldError("proxy", "There is no proxy named \"\(name.prefix(60))\"; known: \(known)")]
    }
}
