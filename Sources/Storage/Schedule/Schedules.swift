import Domain
import Foundation
import GRDB

/// The schedules that tags and the settings for all watches have, read once for a question about many watches.
///
/// A watch's own counts first, then that of the first tag that has one, then that of all watches.
struct Schedules {
    private let ofAll: TimeSchedule
    private let zone: String?
    private let byTag: [TagID: TimeSchedule]

    init(_ db: Database, _ memo: SettingsMemo) throws {
        let all = try Store.settings(db, memo)
        ofAll = all.watches.timing.schedule
        zone = all.timeZone
        // Few tags have one; the others cost a look at their settings' text.
        let query = try db.query(
            "SELECT uuid, settings FROM tag WHERE settings IS NOT NULL AND settings LIKE '%\"time_schedule_limit\"%'")
        var byTag: [TagID: TimeSchedule] = [:]
        while try query.step() {
            let schedule = try memo.tagSettings(query.text(1)).timing.schedule
            if schedule.isEnabled { byTag[TagID(query.uuid(0))] = schedule }
        }
        self.byTag = byTag
    }

    /// No watch has any but its own.
    var isOwnOnly: Bool { !ofAll.isEnabled && byTag.isEmpty }

    /// The schedule that counts for a watch with these settings and tags, those that it was given first; nil when it
    /// may be checked at any time.
    func effective(_ own: TimeSchedule, tags: [TagID]) -> TimeSchedule? {
        let schedules = [own] + tags.compactMap { byTag[$0] } + [ofAll]
        return schedules.first(where: \.isEnabled)?.inZone(ofAll: zone)
    }

    /// As it stands in the row of one watch.
    func effective(_ db: Database, _ key: Int64, _ memo: SettingsMemo) throws -> TimeSchedule? {
        let query = try db.query("SELECT settings FROM watch WHERE id = ?", key)
        guard try query.step() else { return nil }
        let own = try memo.settings(query.optionalText(0)).timing.schedule
        return effective(own, tags: byTag.isEmpty ? [] : try TagTable.allTags(db, of: key))
    }
}

extension Store {
    /// Computes anew when watches are due after their interval or their schedule has changed: the interval after their
    /// last check, not before `now`, and inside of the schedule.
    ///
    /// Of watches that fail a later moment may be what their server asked for; it stays as far as a server can ask for.
    /// Those that were never checked are due at once.
    static func reschedule(_ db: Database, _ keys: [Int64], now: Date, memo: SettingsMemo) throws {
        let schedules = try Schedules(db, memo)
        let interval = try settings(db, memo).watches.timing.timeBetweenCheck
        for key in keys {
            guard let due = try due(db, key, schedules, all: interval, now: now, memo: memo) else { continue }
            try db.run("UPDATE watch SET next_due_at = ?1 WHERE id = ?2 AND next_due_at <> ?1", due, key)
        }
    }

    private static func due(
        _ db: Database, _ key: Int64, _ schedules: Schedules, all: CheckInterval, now: Date, memo: SettingsMemo
    ) throws -> Date? {
        let query = try db.query(
            "SELECT settings, last_checked_at, last_failure IS NOT NULL, next_due_at FROM watch WHERE id = ? AND paused = 0",
            key)
        guard try query.step() else { return nil }
        let timing = try memo.settings(query.optionalText(0)).timing
        let interval = timing.usesDefaultInterval ? all : timing.timeBetweenCheck
        let checked = query.optionalDate(1)
        let length = Double(interval.totalSeconds)
        // Not beyond one interval from now either: the last check may have been noted by a clock that was ahead.
        let computed = checked.map { min(max(now, $0 + length), now + length) } ?? now
        let due = query.flag(2) ? latest(query.date(3), checked, computed) : computed
        let tags = schedules.isOwnOnly ? [] : try TagTable.allTags(db, of: key)
        return schedules.effective(timing.schedule, tags: tags)?.adjusted(due: due) ?? due
    }

    /// The computed moment of a watch that fails, or the stored one where that is later, but no later than a server can
    /// have asked for: what lies behind that is an earlier schedule's doing.
    private static func latest(_ stored: Date, _ checked: Date?, _ computed: Date) -> Date {
        max(computed, min(stored, (checked ?? computed).addingTimeInterval(FetchedPage.longestRetryAfter)))
    }

    /// Every watch that is not paused, for `reschedule`.
    static func allKeys(_ db: Database) throws -> [Int64] {
        try keys(try db.query("SELECT id FROM watch WHERE paused = 0"))
    }

    /// Moves the due times of those watches that take the interval of all, after that has changed: one statement for
    /// all, and one each for those with a schedule.
    static func reschedule(_ db: Database, _ interval: CheckInterval, now: Date, memo: SettingsMemo) throws {
        try db.run(
            """
            UPDATE watch SET next_due_at = min(max(?1, last_checked_at + ?2), ?1 + ?2)
            WHERE paused = 0 AND last_checked_at IS NOT NULL AND last_failure IS NULL
                AND (settings IS NULL OR coalesce(settings ->> '$.time_between_check_use_default', 1) = 1)
            """, now, Int64(interval.totalSeconds) * 1000)
        let isOwnOnly = try Schedules(db, memo).isOwnOnly
        let scheduled = isOwnOnly ? try keysOfOwnSchedule(db) : try allKeys(db)
        try reschedule(db, scheduled, now: now, memo: memo)
    }

    private static func keysOfOwnSchedule(_ db: Database) throws -> [Int64] {
        try keys(
            try db.query("SELECT id FROM watch WHERE paused = 0 AND settings LIKE '%\"time_schedule_limit\"%'"))
    }

    /// The watches of a tag that are not paused.
    static func keys(_ db: Database, of tag: TagID) throws -> [Int64] {
        try keys(
            try db.query(
                """
                SELECT id FROM watch WHERE paused = 0 AND id IN
                    (SELECT watch FROM watch_tag WHERE tag = (SELECT id FROM tag WHERE uuid = ?))
                """, tag.uuid))
    }

    private static func keys(_ query: consuming Query) throws -> [Int64] {
        var keys: [Int64] = []
        while try query.step() { keys.append(query.int(0)) }
        return keys
    }
}
