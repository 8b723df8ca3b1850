public import Domain
public import Foundation

/// What a person or a program wants a new watch to be.
///
/// `WatchActions.add` checks it for sense; the store takes it as it is.
public struct NewWatch: Hashable, Sendable {
    public var url: String
    public var title: String?
    /// Tags by title, made when there are none of that title.
    public var tagTitles: [String]
    public var tags: [TagID]
    public var paused: Bool
    public var notificationMuted: Bool
    public var settings: WatchSettings
    /// When the first check is due; nil means at once.
    public var firstDue: Date?

    public init(
        url: String, title: String? = nil, tagTitles: [String] = [], tags: [TagID] = [], paused: Bool = false,
        notificationMuted: Bool = false, settings: WatchSettings = WatchSettings(), firstDue: Date? = nil
    ) {
        self.url = url
        self.title = title
        self.tagTitles = tagTitles
        self.tags = tags
        self.paused = paused
        self.notificationMuted = notificationMuted
        self.settings = settings
        self.firstDue = firstDue
    }
}
