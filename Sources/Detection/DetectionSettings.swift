public import Domain

/// All that decides what of a page counts: the groups of a watch's settings and of those for all watches that detection
/// looks at, whole.
///
/// A value, so that compiled rules can be kept by it and a change of any setting is seen as one.
@dynamicMemberLookup
public struct DetectionSettings: Hashable, Sendable {
    /// The watch's own with what its tags and the settings for all watches add; what of them detection does not look at
    /// makes no difference.
    private var merged: WatchSettings
    public var reading: ReadingSettings
    /// The address began with `source:`, so the page's source is its text.
    public var isSource: Bool

    public init() {
        self.init(merged: WatchSettings(), reading: ReadingSettings(), url: "")
    }

    /// Takes the groups of a watch, with what all watches' settings add; `url` is the watch's address as typed.
    public init(watch: WatchSettings, settings: Settings, url: String) {
        self.init(merged: watch.merged(with: [], under: settings), reading: settings.reading, url: url)
    }

    /// Takes the groups of settings that are merged already, as a job has them.
    public init(merged: WatchSettings, reading: ReadingSettings, url: String) {
        self.merged = merged
        self.reading = reading
        isSource = url.prefix(7).lowercased() == "source:"
        if merged.priceData == .accepted { rules.includeFilters += Self.offerFilters }
    }

    public var rules: TextRules {
        _read { yield merged.rules }
        _modify { yield &merged.rules }
    }

    public var text: TextSettings {
        _read { yield merged.text }
        _modify { yield &merged.text }
    }

    public var restock: RestockSettings {
        _read { yield merged.restock }
        _modify { yield &merged.restock }
    }

    public var image: ImageSettings {
        _read { yield merged.image }
        _modify { yield &merged.image }
    }

    public static func == (one: Self, other: Self) -> Bool {
        guard one.isSource == other.isSource, one.reading == other.reading else { return false }
        return one.merged.isShared(with: other.merged)
            || one.rules == other.rules && one.text == other.text && one.restock == other.restock
                && one.image == other.image
    }

    /// By what people write, which tells watches apart; the rest has few values, and is looked at by every check.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(isSource)
        hasher.combine(rules)
        hasher.combine(text.conditions)
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TextRules, Value>) -> Value {
        get { rules[keyPath: path] }
        set { rules[keyPath: path] = newValue }
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<TextSettings, Value>) -> Value {
        get { text[keyPath: path] }
        set { text[keyPath: path] = newValue }
    }

    @inlinable
    public subscript<Value>(dynamicMember path: WritableKeyPath<ReadingSettings, Value>) -> Value {
        get { reading[keyPath: path] }
        set { reading[keyPath: path] = newValue }
    }

    /// Where JSON-LD has offers; some shops write the word large.
    private static let offerFilters = ["json:$..offers", "json:$..Offers"]

    /// Nothing has to be compiled.
    var hasNoRules: Bool {
        text.conditions.isEmpty
            && [
                rules.includeFilters, rules.subtractiveSelectors, rules.ignoreText, rules.triggerText,
                rules.textShouldNotBePresent, rules.extractText, rules.extractLinesContaining,
            ].allSatisfy(\.isEmpty)
    }

    /// Only some kinds of difference count.
    var comparesWithLastText: Bool { text.comparesWithLastText }

    /// Ignored lines are left out of the snapshot too.
    var stripsIgnoredLines: Bool { text.stripIgnoredLines ?? false }

    /// Every setting of the text's way in one fixed spelling, so that the same settings have the same fingerprint in
    /// every process. Products and images have fingerprints of their own.
    var canonical: [UInt8] {
        var watch = WatchSettings()
        watch.rules = rules
        watch.text = text
        var all = Settings()
        all.reading = reading
        var json = JSONWriter(reserving: 1024)
        json.array { json in
            json.bool(isSource)
            for row in SettingsTable.watch where !row.isUnsaid(in: watch) { Self.write(row, watch, to: &json) }
            for row in SettingsTable.all where !row.isUnsaid(in: all) { Self.write(row, all, to: &json) }
        }
        return json.bytes
    }

    private static func write<Root>(_ row: Setting<Root>, _ root: Root, to json: inout JSONWriter) {
        json.string(row.name)
        row.json(of: root).write(to: &json)
    }
}
