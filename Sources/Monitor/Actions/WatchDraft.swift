public import Domain

/// What a person or a program wants a new watch to be, before it is checked for sense.
public struct WatchDraft: Hashable, Sendable {
    public var url: String
    public var title: String?
    /// Titles of tags; one that does not exist is made.
    public var tagTitles: [String]
    public var tags: [TagID]
    public var paused: Bool
    public var notificationMuted: Bool
    public var settings: WatchSettings

    public init(
        url: String, title: String? = nil, tagTitles: [String] = [], tags: [TagID] = [], paused: Bool = false,
        notificationMuted: Bool = false, settings: WatchSettings = WatchSettings()
    ) {
        self.url = url
        self.title = title
        self.tagTitles = tagTitles
        self.tags = tags
        self.paused = paused
        self.notificationMuted = notificationMuted
        self.settings = settings
    }
}
