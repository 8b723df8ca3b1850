/// Every event that goes over the socket, by its name on the wire; `docs/realtime.md` has one section for each and a
/// test compares.
enum RealtimeEvent: String, CaseIterable, Sendable {
    // From the server. The names and fields of the first seven begin with those of changedetection.io.
    case queueSize = "queue_size"
    case checkingNow = "checking_now"
    case watchUpdate = "watch_update"
    case generalStatsUpdate = "general_stats_update"
    case watchSmallStatusComment = "watch_small_status_comment"
    case watchDeleted = "watch_deleted"
    case operationResult = "operation_result"
    case watchCreated = "watch_created"

    // From clients.
    case subscribe
    case watchOperation = "watch_operation"
}

/// Who hears what.
enum RealtimeRoom {
    /// Those whose screen shows the list: counts, totals, new and deleted watches.
    static let list = "list"
    /// Programs that want every watch's updates.
    static let everyWatch = "watches"

    /// Those whose screen shows this watch.
    static func watch(_ id: String) -> String { "watch:" + id }
}
