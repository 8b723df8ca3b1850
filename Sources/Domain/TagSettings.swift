/// What a tag adds to the settings of each of its watches, under changedetection.io's names.
public struct TagSettings: Hashable, Sendable, Codable {
    public var includeFilters: [String] = []
    public var subtractiveSelectors: [String] = []
    public var ignoreText: [String] = []
    public var triggerText: [String] = []
    public var textShouldNotBePresent: [String] = []
    public var extractLinesContaining: [String] = []
    public var extractText: [String] = []
    /// `restock` stands in for that of the tag's watches.
    public var overridesWatch = false
    public var restock = RestockSettings()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case includeFilters = "include_filters"
        case subtractiveSelectors = "subtractive_selectors"
        case ignoreText = "ignore_text"
        case triggerText = "trigger_text"
        case textShouldNotBePresent = "text_should_not_be_present"
        case extractLinesContaining = "extract_lines_containing"
        case extractText = "extract_text"
        case overridesWatch = "overrides_watch"
        case restock = "processor_config_restock_diff"
    }

    /// Reads what is there and takes the default for what is not, so that a row written by an older version stays good.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        includeFilters = try box.decodeIfPresent([String].self, forKey: .includeFilters) ?? []
        subtractiveSelectors = try box.decodeIfPresent([String].self, forKey: .subtractiveSelectors) ?? []
        ignoreText = try box.decodeIfPresent([String].self, forKey: .ignoreText) ?? []
        triggerText = try box.decodeIfPresent([String].self, forKey: .triggerText) ?? []
        textShouldNotBePresent = try box.decodeIfPresent([String].self, forKey: .textShouldNotBePresent) ?? []
        extractLinesContaining = try box.decodeIfPresent([String].self, forKey: .extractLinesContaining) ?? []
        extractText = try box.decodeIfPresent([String].self, forKey: .extractText) ?? []
        overridesWatch = try box.decodeIfPresent(Bool.self, forKey: .overridesWatch) ?? false
        restock = try box.decodeIfPresent(RestockSettings.self, forKey: .restock) ?? restock
    }
}

extension WatchSettings {
    /// These with what the watch's tags add, in the incumbent's order: a list is the watch's own, then those of its tags, each
    /// entry once; only what is taken out of a page begins with the tags'. Of tags that decide about stock and price the first
    /// does.
    public func merged(with tags: [TagSettings]) -> WatchSettings {
        guard !tags.isEmpty else { return self }
        var merged = self
        func add(_ mine: WritableKeyPath<WatchSettings, [String]>, _ theirs: KeyPath<TagSettings, [String]>) {
            merged[keyPath: mine] = Self.once(self[keyPath: mine] + tags.flatMap { $0[keyPath: theirs] })
        }
        add(\.includeFilters, \.includeFilters)
        add(\.ignoreText, \.ignoreText)
        add(\.triggerText, \.triggerText)
        add(\.textShouldNotBePresent, \.textShouldNotBePresent)
        add(\.extractLinesContaining, \.extractLinesContaining)
        add(\.extractText, \.extractText)
        merged.subtractiveSelectors = Self.once(tags.flatMap(\.subtractiveSelectors) + subtractiveSelectors)
        if let tag = tags.first(where: \.overridesWatch) { merged.restock = tag.restock }
        return merged
    }

    private static func once(_ entries: [String]) -> [String] {
        var seen: Set<String> = []
        return entries.filter { seen.insert($0).inserted }
    }
}
