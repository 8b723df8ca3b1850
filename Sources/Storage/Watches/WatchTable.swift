import Domain
import Foundation
import GRDB

/// Reads and pauses single rows of the table `watch`.
enum WatchTable {
    /// The watch with its row's key; nil when it is gone.
    static func find(_ db: Database, _ id: WatchID, memo: SettingsMemo) throws -> (key: Int64, watch: Watch)? {
        let query = try db.query(
            """
            SELECT id, url, title, paused, notification_muted, settings, created_at, last_checked_at, last_changed_at, last_viewed,
                newest_version, history_count, last_failure, last_failure_detail, last_status, check_count, consecutive_failures,
                last_duration, page_title, content_type, next_due_at, consecutive_filter_failures, has_price_data
            FROM watch WHERE uuid = ?
            """, id.uuid)
        guard try query.step() else { return nil }
        var state = WatchState()
        state.lastChecked = query.optionalDate(7)
        state.lastChanged = query.optionalDate(8)
        state.lastViewed = SnapshotVersion(query.int(9))
        state.newestVersion = query.optionalInt(10).map(SnapshotVersion.init)
        state.historyCount = query.count(11)
        state.lastFailure = query.failure(12)
        state.lastStatus = query.optionalInt(14).map(Int.init(clamping:))
        state.checkCount = query.count(15)
        state.consecutiveFailures = query.count(16)
        state.lastDuration = query.duration(17)
        state.pageTitle = query.optionalText(18)
        state.contentType = query.optionalText(19)
        state.nextDue = query.optionalDate(20)
        state.consecutiveFilterFailures = query.count(21)
        state.hasPriceData = query.optionalInt(22).map { $0 == 1 }
        let key = query.int(0)
        let watch = Watch(
            id: id, url: query.text(1), title: query.optionalText(2), tags: try TagTable.tags(db, of: key),
            paused: query.flag(3),
            notificationMuted: query.flag(4), settings: try memo.settings(query.optionalText(5)),
            createdAt: query.date(6),
            state: state)
        return (key, watch)
    }

    /// Pauses, which ends its being due, or lets go on, which makes it due at `now`.
    static func setPaused(_ db: Database, _ key: Int64, _ paused: Bool, now: Date) throws {
        try db.run(
            """
            UPDATE watch SET paused = ?1, next_due_at = CASE ?1 WHEN 1 THEN NULL ELSE ?2 END, is_asked_for = 0 WHERE id = ?3
            """, paused, now, key)
    }
}
