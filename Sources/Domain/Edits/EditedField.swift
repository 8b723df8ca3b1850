/// One field that an edit changed, in words for people; never with a secret.
public struct EditedField: Hashable, Sendable {
    public let name: String
    public let label: String
    /// nil when there was nothing yet; empty when nothing was set.
    public let from: String?
    /// nil when it is gone; empty when nothing is set.
    public let to: String?
}

extension Edit {
    /// What was changed, in the order in which forms have it; `tagTitle` knows the tags that there are.
    public func fields(tagTitle: (TagID) -> String?) -> [EditedField] {
        let labels = EditedWords.of(thing)
        let names = Set((before ?? [:]).keys).union((after ?? [:]).keys)
        let known = labels.filter { names.contains($0.name) }
        let unknown = names.subtracting(known.map(\.name)).sorted().map { EditedWords($0) }
        return (known + unknown).map { words in
            func said(_ values: EditedValues?) -> String? {
                values.flatMap { $0[words.name] }.map { words.said($0, tagTitle) }
            }
            return EditedField(name: words.name, label: words.label, from: said(before), to: said(after))
        }
    }
}

/// How a field's values are worded.
struct EditedWords: Sendable {
    let name: String
    let label: String
    let isSecret: Bool
    private let words: @Sendable (JSONValue) -> String?

    static func of(_ thing: Edit.Thing) -> [EditedWords] {
        switch thing {
        case .watch: ofWatch
        case .tag: ofTag
        case .settings: ofAll
        }
    }

    private static let ofWatch =
        [
            EditedWords("url", "URL"), EditedWords("title", "Title"), EditedWords("tags", "Tags"),
            EditedWords("paused", "Paused"), EditedWords("notification_muted", "Muted"),
        ] + SettingsTable.watch.map { EditedWords($0, in: WatchSettings()) }

    private static let ofTag =
        [
            EditedWords("title", "Title"), EditedWords("url_match_pattern", "Apply to URLs that match"),
            EditedWords("tag_colour", "Colour"), EditedWords("notification_muted", "Muted"),
        ] + SettingsTable.tag.map { EditedWords($0, in: TagSettings()) }

    private static let ofAll = SettingsTable.all.map { EditedWords($0, in: Settings()) }

    /// A field that is no setting, or one of another version.
    init(_ name: String, _ label: String? = nil) {
        self.name = name
        self.label = label ?? name
        isSecret = false
        words = { _ in nil }
    }

    private init<Root>(_ row: Setting<Root>, in blank: Root) {
        name = row.about.path
        label = row.about.label
        isSecret = row.about.isSecret
        words = { value in
            var root = blank
            guard (try? row.set(value, in: &root)) != nil else { return nil }
            return row.isUnsaid(in: root) ? row.standardWords : row.words(of: root)
        }
    }

    func said(_ value: JSONValue, _ tagTitle: (TagID) -> String?) -> String {
        if isSecret { return "***" }
        if let words = words(value) { return words }
        switch value {
        case .null, .array([]): return ""
        case .bool(let flag): return flag ? "Yes" : "No"
        case .string(let text): return text
        case .array(let values) where name == "tags":
            return values.map { Self.title($0, tagTitle) }.sorted().joined(separator: ", ")
        default:
            var json = JSONWriter()
            value.write(to: &json)
            return String(decoding: json.bytes, as: UTF8.self)
        }
    }

    private static func title(_ value: JSONValue, _ tagTitle: (TagID) -> String?) -> String {
        guard case .string(let text) = value, let id = TagID(text) else { return "" }
        return tagTitle(id) ?? "a deleted tag"
    }
}
