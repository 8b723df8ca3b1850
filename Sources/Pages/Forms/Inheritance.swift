import Domain

/// What the tags of a watch and the settings for all watches say of its settings, in the order in which they count.
struct Inheritance {
    /// One of those that say something.
    struct Source {
        /// Who: a tag, or the settings for all watches.
        let source: String
        /// What, as people read it.
        let words: String
        /// Where it is set, below the base path.
        let href: String
    }

    var tags: [Tag] = []
    var all: Settings?
    /// What a proxy is chosen from.
    var proxies: [NamedProxy] = []

    init(tags: [Tag] = [], all: Settings? = nil, proxies: [NamedProxy] = []) {
        self.tags = tags
        self.all = all
        self.proxies = all?.proxies ?? proxies
    }

    func sources(of about: SettingDescription) -> [Source] {
        if about.part == .restock { return overriding(about) }
        guard about.combination != .own else { return [] }
        let said = tags.compactMap { tag in source(tag, about) } + [fromAll(about)].compactMap { $0 }
        return about.combination == .override ? Array(said.prefix(1)) : said
    }

    /// A tag that decides about restock and price replaces what the watch says.
    private func overriding(_ about: SettingDescription) -> [Source] {
        guard let tag = tags.first(where: \.settings.overridesWatch), let row = SettingsTable.tag(about.name) else {
            return []
        }
        let words = row.words(of: tag.settings)
        let shown = words.isEmpty ? row.standardWords : words
        return [Source(source: Self.title(tag) + " overrides this", words: shown, href: "/tags/\(tag.id)")]
    }

    private func source(_ tag: Tag, _ about: SettingDescription) -> Source? {
        guard let row = SettingsTable.tag(about.name), !row.isUnsaid(in: tag.settings) else { return nil }
        return Source(source: Self.title(tag), words: Self.inline(row.words(of: tag.settings)), href: "/tags/\(tag.id)")
    }

    private func fromAll(_ about: SettingDescription) -> Source? {
        guard let all, let name = SettingsTable.nameForAll(of: about.name), let row = SettingsTable.all(name),
            !row.isUnsaid(in: all)
        else { return nil }
        return Source(source: "settings for all watches", words: Self.inline(row.words(of: all)), href: "/settings")
    }

    /// On one line, as far as it is short.
    private static func inline(_ words: String) -> String { words.replacing("\n", with: ", ") }

    private static func title(_ tag: Tag) -> String { "tag “\(tag.title)”" }
}
