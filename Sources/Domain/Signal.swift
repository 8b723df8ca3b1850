/// A fact announced inside the process, after it is stored.
public enum Signal: Hashable, Sendable {
    case watch(WatchID, WatchChange)
    /// The queue's new length, sent on every change of it.
    case queueLength(Int)
    /// How many checks run now.
    case running(Int)
    /// Something that `Totals` counts has changed.
    case totals
    /// The number of workers was changed.
    case workers(Int)
}

/// What has happened to one watch.
public enum WatchChange: Hashable, Sendable {
    case created
    case edited
    case deleted
    /// Somebody looked at it, or wants to look again.
    case viewed
    case historyCleared
    case queued
    /// Taken out of the queue without a check.
    case unqueued
    case started
    case step(CheckStep)
    case unchanged
    /// A snapshot was kept; the first one of a watch is `first`.
    case changed(SnapshotVersion, first: Bool)
    case failed(CheckFailure)
    /// The check ended without an outcome (stopped or taken back to the queue).
    case released

    /// The check is over, one way or another.
    public var endsCheck: Bool {
        switch self {
        case .unchanged, .changed, .failed, .released, .deleted: true
        default: false
        }
    }
}

/// Where a running check is.
public enum CheckStep: String, Hashable, Sendable, CaseIterable {
    case fetching
    case comparing
    case storing

    /// What people read, as the incumbent's `watch_small_status_comment`.
    public var text: String {
        switch self {
        case .fetching: "Fetching…"
        case .comparing: "Comparing…"
        case .storing: "Storing…"
        }
    }
}
