/// On whose settings a setting exists.
public enum SettingLevel: Int, Hashable, Sendable, CaseIterable {
    case watch, tag, all

    /// For documentation and for messages.
    public var title: String {
        switch self {
        case .watch: "watch"
        case .tag: "tag"
        case .all: "all watches"
        }
    }
}

/// How the same setting of a watch, its tags and all watches come to one value.
public enum SettingCombination: String, Hashable, Sendable {
    /// It exists on one level, or each level's is its own.
    case own
    /// The watch's counts when it says something, else that of the first tag that does, else that of all watches.
    case override
    /// The watch's entries, then those of its tags, then those of all watches, each once.
    case add
    /// The same, but the tags' entries come before the watch's: the order in which elements are removed.
    case addTagsFirst
}

/// What has to happen when a setting is changed.
public enum SettingEffect: Hashable, Sendable {
    /// The page is looked at anew with its next check, even if its bytes are the same.
    case page
    /// The page is fetched in another way; what was found stays comparable.
    case fetch
    /// The next check comes at another time.
    case due
    /// Nothing: it is only shown, or counts from the next time on.
    case nothing
}

/// One word of a choice, and what a person reads for it.
public struct SettingOption: Hashable, Sendable {
    public let value: String
    public let title: String

    public init(_ value: String, _ title: String) {
        self.value = value
        self.title = title
    }
}

/// What the lines of a list are.
public enum LineKind: Hashable, Sendable {
    /// Words, of which lines have to contain one.
    case words
    /// Words, or `/regex/flags`.
    case patterns
    /// CSS selectors, XPath, JSONPath, jq.
    case filters
    /// CSS selectors and XPath of what is removed.
    case removals
}

/// What a setting takes, for whoever draws a field of it, checks it, or describes it.
public enum SettingShape: Hashable, Sendable {
    case flag
    /// Yes, no, or what the next level says.
    case inheritedFlag
    case choice([SettingOption])
    /// One line of text.
    case text
    /// One line that has places to fill in (`{{ … }}`).
    case template
    /// Several lines that have places to fill in.
    case longTemplate
    case lines(LineKind)
    case whole(ClosedRange<Int>, unit: String)
    case number(ClosedRange<Double>, unit: String)
    case interval
    case headers
    case conditions
    case box
    case schedule
    case timeZone
    case proxy
    case proxies
    case trust
}

/// An object of the API and of the stored settings that holds several settings.
public enum SettingPart: String, Hashable, Sendable, CaseIterable {
    case restock = "processor_config_restock_diff"
    case image = "processor_config_image_ssim_diff"

    /// What its settings belong to, for messages.
    public var title: String {
        switch self {
        case .restock: "the restock processor"
        case .image: "the image processor"
        }
    }

    /// Keys that only the incumbent's own pages look at: how the box was drawn.
    public var ignoredKeys: Set<String> { self == .image ? ["selection_mode"] : [] }
}
