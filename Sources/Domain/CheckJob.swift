public import Foundation

/// All that one check needs to know: whoever has it needs neither database nor settings.
///
/// Addresses, headers and bodies may have places to fill in; whoever runs the check does that with `moment`, so that
/// what is asked for does not depend on that machine's clock.
public struct CheckJob: Hashable, Sendable {
    public let watch: WatchID
    /// As the person typed it.
    public let url: String
    /// Counts the edits of address and settings, so that an outcome found under older ones is told apart.
    public let revision: Int64
    /// When the job was made, by the clock of whoever has the store.
    public let moment: Date
    public let kind: FetcherKind
    /// The watch's own with what its tags say and what is set for all watches.
    public let settings: WatchSettings
    /// The settings for all watches, as they were when the revision was read.
    public let shared: Settings
    public let previous: PreviousCheck
    public let consecutiveFailures: Int
    /// When the clock wants it next; nil while the watch is paused.
    public let nextDue: Date?
    /// The program died while it worked on this page: nothing else is worked on beside it.
    public let mustBeAlone: Bool

    public init(
        watch: WatchID, url: String, revision: Int64, moment: Date, kind: FetcherKind = .plain, settings: WatchSettings,
        shared: Settings, previous: PreviousCheck, consecutiveFailures: Int, nextDue: Date?,
        mustBeAlone: Bool = false
    ) {
        self.watch = watch
        self.url = url
        self.revision = revision
        self.moment = moment
        self.kind = kind
        self.settings = settings
        self.shared = shared
        self.previous = previous
        self.consecutiveFailures = consecutiveFailures
        self.nextDue = nextDue
        self.mustBeAlone = mustBeAlone
    }
}

/// What an earlier check left behind for the next one to compare with; all nil after an edit, so that everything is
/// looked at again.
public struct PreviousCheck: Hashable, Sendable {
    public var etag: String?
    public var lastModified: String?
    /// Of the body as fetched.
    public var pageChecksum: Checksum?
    /// Of the text that is compared; kept over edits, since it says whether there was a first snapshot.
    public var textChecksum: Checksum?
    /// The whole text of the last check that counted; only for watches that compare with it.
    public var lastText: [UInt8]?
    /// The text of the newest snapshot; only for watches whose conditions look at it.
    public var snapshotText: [UInt8]?
    /// What the shop said when a change was told last, and what it said last; only for watches that follow stock or
    /// price.
    public var offerTold: Offer?
    public var offerSeen: Offer?
    /// The newest picture that was kept; only for watches of pictures.
    public var picture: Picture?

    public init(
        etag: String? = nil, lastModified: String? = nil, pageChecksum: Checksum? = nil, textChecksum: Checksum? = nil
    ) {
        self.etag = etag
        self.lastModified = lastModified
        self.pageChecksum = pageChecksum
        self.textChecksum = textChecksum
    }

    /// How many bytes of texts and pictures it carries.
    var contentBytes: Int {
        (lastText?.count ?? 0) + (snapshotText?.count ?? 0) + (picture?.bytes.count ?? 0)
    }
}
