/// What a tag adds to the settings of each of its watches, under changedetection.io's names.
@dynamicMemberLookup
public struct TagSettings: Hashable, Sendable {
    public var rules = TextRules()
    /// `restock` stands in for that of the tag's watches.
    public var overridesWatch = false
    public var restock = RestockSettings()

    public init() {}

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TextRules, Value>) -> Value {
        get { rules[keyPath: path] }
        set { rules[keyPath: path] = newValue }
    }
}

extension TagSettings: Codable {
    enum CodingKeys: String, CodingKey {
        case overridesWatch = "overrides_watch"
        case restock = "processor_config_restock_diff"
    }

    /// Reads what is there and takes the default for what is not, so that a row written by an older version stays good.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        rules = try TextRules(from: decoder)
        overridesWatch = try box.decodeIfPresent(Bool.self, forKey: .overridesWatch) ?? false
        restock = try box.decodeIfPresent(RestockSettings.self, forKey: .restock) ?? restock
    }

    public func encode(to encoder: any Encoder) throws {
        try rules.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(overridesWatch, forKey: .overridesWatch)
        try box.encode(restock, forKey: .restock)
    }
}

extension WatchSettings {
    /// These with what the watch's tags add; of tags that decide about stock and price the first does.
    public func merged(with tags: [TagSettings]) -> WatchSettings {
        guard !tags.isEmpty else { return self }
        var merged = self
        merged.rules = rules.merged(with: tags.map(\.rules))
        if let tag = tags.first(where: \.overridesWatch) { merged.restock = tag.restock }
        return merged
    }
}
