public import Domain
import Foundation

/// Which watches a list shows, in which order, and which part of them.
public struct WatchQuery: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        case all, unviewed, failing, paused
    }

    /// Watches that are equal in it follow the order in which they were made.
    public enum Order: String, Hashable, Sendable, CaseIterable {
        case lastChanged, lastChecked, created, label
    }

    /// Part of an address or a title, in any case; nil finds all, and so does one of which nothing is `sought`.
    public var search: String?
    public var tag: TagID?
    public var state: State
    public var order: Order
    public var descending: Bool
    public var offset: Int
    public var limit: Int

    public init(
        search: String? = nil, tag: TagID? = nil, state: State = .all, order: Order = .lastChanged,
        descending: Bool = true,
        offset: Int = 0, limit: Int = 50
    ) {
        self.search = search
        self.tag = tag
        self.state = state
        self.order = order
        self.descending = descending
        self.offset = offset
        self.limit = limit
    }

    /// What of a search is looked for: without blanks around it, and without what no text that is stored has. Empty
    /// when it says nothing.
    public static func sought(_ search: String) -> String {
        search.replacing("\0", with: "").trimmingCharacters(in: .whitespacesAndNewlines.union(.controlCharacters))
    }
}

/// One page of a list.
public struct WatchPage: Hashable, Sendable {
    public let rows: [WatchRow]
    /// How many watches the query finds on all pages; at least so many when `matchingIsCut`.
    public let matching: Int
    /// Counting was given up, as there are more than anybody pages through.
    public let matchingIsCut: Bool
}

/// What the API's list of watches says of one.
public struct WatchSummary: Hashable, Sendable {
    public let id: WatchID
    public let url: String
    /// `WatchSettings.linkToOpen`.
    public let linkToOpen: String?
    public let title: String?
    public let pageTitle: String?
    public let tags: [TagID]
    /// Seconds since 1970; 0 before the first check.
    public let lastChecked: Int64
    /// The newest version when there are two or more, else 0.
    public let lastChanged: Int64
    public let lastFailure: CheckFailure?
    public let isUnviewed: Bool
    public let paused: Bool
}
