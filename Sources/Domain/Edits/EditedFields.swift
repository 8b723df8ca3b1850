import Foundation

/// What differs between two states of a thing, of all that people and programs may set: every row of the table of
/// settings of its level, and what else there is.
///
/// What checks find and what people have seen is no edit.
public struct EditedFields: Equatable, Sendable {
    public private(set) var before: EditedValues = [:]
    public private(set) var after: EditedValues = [:]

    public var isEmpty: Bool { after.isEmpty }

    public init(from old: Watch, to new: Watch) {
        note("url", .string(old.url), .string(new.url))
        note("title", Self.text(old.title), Self.text(new.title))
        note("tags", Self.tags(old), Self.tags(new))
        note("paused", .bool(old.paused), .bool(new.paused))
        note("notification_muted", .bool(old.notificationMuted), .bool(new.notificationMuted))
        note(SettingsTable.watch, old.settings, new.settings)
    }

    public init(from old: Tag, to new: Tag) {
        note("title", .string(old.title), .string(new.title))
        note("url_match_pattern", .string(old.addresses.text), .string(new.addresses.text))
        note("tag_colour", Self.text(old.colour?.description), Self.text(new.colour?.description))
        note("notification_muted", .bool(old.notificationMuted), .bool(new.notificationMuted))
        note(SettingsTable.tag, old.settings, new.settings)
    }

    public init(from old: Settings, to new: Settings) {
        note(SettingsTable.all, old, new)
    }

    /// All that is set of a watch.
    public init(of watch: Watch) { self.init(from: Watch(url: "", createdAt: watch.createdAt), to: watch) }

    /// All that is set of a tag.
    public init(of tag: Tag) { self.init(from: Tag(title: "", createdAt: tag.createdAt), to: tag) }

    /// What an edit that changes these is called.
    public var action: Edit.Action {
        guard after.count == 1, let paused = after["paused"] else { return .edited }
        return paused == .bool(true) ? .paused : .resumed
    }

    private mutating func note(_ name: String, _ old: JSONValue, _ new: JSONValue) {
        guard old != new else { return }
        before[name] = old
        after[name] = new
    }

    private mutating func note<Root: Hashable>(_ rows: [Setting<Root>], _ old: Root, _ new: Root) {
        guard old != new else { return }
        for row in rows where !row.isEqual(old, new) {
            before[row.about.path] = row.json(of: old)
            after[row.about.path] = row.json(of: new)
        }
    }

    private static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    private static func tags(_ watch: Watch) -> JSONValue {
        .array(watch.tags.map(\.description).sorted().map(JSONValue.string))
    }

    /// The fields that are never shown.
    static func secrets(of thing: Edit.Thing) -> Set<String> {
        switch thing {
        case .watch: ofWatches
        case .tag: ofTags
        case .settings: ofAll
        }
    }

    private static let ofWatches = secret(SettingsTable.watch)
    private static let ofTags = secret(SettingsTable.tag)
    private static let ofAll = secret(SettingsTable.all)

    private static func secret<Root>(_ rows: [Setting<Root>]) -> Set<String> {
        Set(rows.filter(\.about.isSecret).map(\.about.path))
    }
}
