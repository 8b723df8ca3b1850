/// What a tag says for each of its watches: of the same groups, what `SettingsTable.tag` lists.
@dynamicMemberLookup
public struct TagSettings: Hashable, Sendable {
    public var watches = WatchSettings()
    /// `restock` stands in for that of the tag's watches.
    public var overridesWatch = false

    public init() {}

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<WatchSettings, Value>) -> Value {
        get { watches[keyPath: path] }
        set { watches[keyPath: path] = newValue }
    }
}

extension WatchSettings {
    /// These with what the watch's tags say, in their order, and what is set for all watches, as `SettingsTable` has
    /// it; of tags that decide about stock and price the first does.
    public func merged(with tags: [TagSettings], under all: Settings = Settings()) -> WatchSettings {
        let saying = tags.filter { $0 != TagSettings() }
        guard !saying.isEmpty || all.saysSomethingToWatches else { return self }
        var merged = self
        let layers = saying.map(\.watches)
        for setting in SettingsTable.shared { setting.combine(&merged, tags: layers, all: all.watches) }
        if let tag = saying.first(where: \.overridesWatch) { merged.restock = tag.restock }
        return merged
    }
}
