public import Domain
public import Foundation
import GRDB

/// A watch whose time has come.
public struct DueWatch: Hashable, Sendable {
    public let id: WatchID
    public let host: String
    public let due: Date
    /// How its host answered to it the last time.
    public let temper: HostTemper
    /// Where to go on after this one.
    public let cursor: DueCursor
}

/// A place in the order of due times.
public struct DueCursor: Hashable, Comparable, Sendable {
    let dueAt: Int64
    let key: Int64

    init(dueAt: Int64, key: Int64) {
        self.dueAt = dueAt
        self.key = key
    }

    /// The place before all that falls due at `moment`.
    public init(before moment: Date) {
        self.init(dueAt: moment.milliseconds, key: .min)
    }

    public static func < (one: Self, other: Self) -> Bool { (one.dueAt, one.key) < (other.dueAt, other.key) }
}

extension Store {
    /// The watches due at `now`, longest overdue first, from behind `cursor` on; at most `limit`.
    ///
    /// A watch stays due until an outcome is recorded, so what a crash interrupts is found again.
    public func due(at now: Date, after cursor: DueCursor? = nil, limit: Int) async throws -> [DueWatch] {
        try await read { db in
            try Self.dueWatches(
                db.query(
                    """
                    SELECT uuid, host, next_due_at, id, last_checked_at IS NOT NULL, last_failure, last_duration FROM watch
                    WHERE next_due_at <= ? AND (next_due_at, id) > (?, ?) ORDER BY next_due_at, id LIMIT ?
                    """, now, cursor?.dueAt ?? Int64.min, cursor?.key ?? Int64.min, max(0, limit)))
        }
    }

    /// The watches of one host that are due at `now`, longest overdue first, from behind `cursor` on; at most `limit`.
    public func due(at now: Date, host: String, after cursor: DueCursor? = nil, limit: Int) async throws -> [DueWatch] {
        try await read { db in
            try Self.dueWatches(
                db.query(
                    """
                    SELECT uuid, host, next_due_at, id, last_checked_at IS NOT NULL, last_failure, last_duration FROM watch
                    WHERE host = ? AND next_due_at <= ? AND (next_due_at, id) > (?, ?) ORDER BY next_due_at, id LIMIT ?
                    """, host, now, cursor?.dueAt ?? Int64.min, cursor?.key ?? Int64.min, max(0, limit)))
        }
    }

    private static func dueWatches(_ query: consuming Query) throws -> [DueWatch] {
        var found: [DueWatch] = []
        while try query.step() {
            found.append(
                DueWatch(
                    id: WatchID(query.uuid(0)), host: query.text(1), due: query.date(2),
                    temper: .told(
                        wasChecked: query.flag(4), failure: query.optionalText(5).flatMap(CheckFailure.Code.init),
                        duration: .microseconds(query.int(6))),
                    cursor: DueCursor(dueAt: query.int(2), key: query.int(3))))
        }
        return found
    }

    /// The next moment after `moment` at which a watch falls due; nil when none will.
    public func nextDue(after moment: Date) async throws -> Date? {
        try readNow { db in
            try db.number("SELECT min(next_due_at) FROM watch WHERE next_due_at > ?", moment).map(
                Date.init(milliseconds:))
        }
    }

    /// Spreads the watches due at `now` evenly over `window`, keeping their order, so that a start after a long stop
    /// does not check all at once; answers how many were moved.
    ///
    /// With `keepNew` those that were never checked stay due at once: somebody waits for them.
    public func spreadOverdue(at now: Date, over window: Duration, keepNew: Bool = true) async throws -> Int {
        try await write { db in
            try db.run(
                """
                UPDATE watch SET next_due_at = ?1 + spread.place * ?2 / spread.many
                FROM (
                    SELECT id AS spread_id, row_number() OVER (ORDER BY next_due_at, id) - 1 AS place, count(*) OVER () AS many
                    FROM watch WHERE next_due_at <= ?1 AND (?3 = 0 OR last_checked_at IS NOT NULL)
                ) AS spread
                WHERE id = spread.spread_id
                """, now, window.microseconds / 1000, keepNew)
            return db.changesCount
        }
    }

    /// Makes the watches due at `now`, unless they are already or are paused; somebody asks for it, so that their next
    /// check is done outside of their schedules too.
    public func makeDue(_ ids: [WatchID], now: Date) async throws {
        try await write { db in
            for id in ids {
                try db.run(
                    """
                    UPDATE watch SET next_due_at = min(next_due_at, ?1), is_asked_for = 1
                    WHERE uuid = ?2 AND next_due_at IS NOT NULL
                    """, now, id.uuid)
            }
        }
    }

    /// As `makeDue`, of every watch that is not paused; answers how many were not due already.
    public func makeAllDue(now: Date) async throws -> Int {
        try await write { db in
            let count = try db.number("SELECT count(*) FROM watch WHERE next_due_at > ?", now) ?? 0
            try db.run(
                "UPDATE watch SET next_due_at = min(next_due_at, ?1), is_asked_for = 1 WHERE next_due_at IS NOT NULL",
                now)
            return Int(clamping: count)
        }
    }

    /// Puts a watch's next check off to `moment`, when it was due earlier.
    public func postpone(_ id: WatchID, until moment: Date) async throws {
        try await write { db in
            try db.run("UPDATE watch SET next_due_at = ?1 WHERE uuid = ?2 AND next_due_at < ?1", moment, id.uuid)
        }
    }

    /// As `postpone`, for all of a host that is to be left alone until then, each at its place (`DueRule.place`).
    public func postpone(_ id: WatchID, untilHoldEnds end: Date) async throws {
        try await write { db in
            let query = try db.query("SELECT last_checked_at FROM watch WHERE uuid = ?", id.uuid)
            let checked = try query.step() ? query.optionalDate(0) : nil
            let due = end.addingTimeInterval(DueRule.place(after: end, lastChecked: checked))
            try db.run("UPDATE watch SET next_due_at = ?1 WHERE uuid = ?2 AND next_due_at < ?1", due, id.uuid)
        }
    }

    /// As `postpone`, unless somebody asked for the watch's next check; answers whether it is put off.
    public func postponeUnlessAskedFor(_ id: WatchID, until moment: Date) async throws -> Bool {
        try await write { db in
            guard try db.number("SELECT is_asked_for FROM watch WHERE uuid = ?", id.uuid) != 1 else { return false }
            try db.run("UPDATE watch SET next_due_at = ?1 WHERE uuid = ?2 AND next_due_at < ?1", moment, id.uuid)
            return true
        }
    }

    /// All that a check of the watch needs, made at `now`; nil when the watch is gone.
    ///
    /// One statement reads watch and settings, so that the revision is that of both.
    public nonisolated(nonsending) func checkJob(_ id: WatchID, now: Date = Date()) async throws -> CheckJob? {
        try readNow { db in
            let query = try db.query(
                """
                SELECT url, revision, settings, etag, last_modified, page_checksum, text_checksum, consecutive_failures, next_due_at, id,
                    EXISTS (SELECT 1 FROM watch_tag WHERE watch = watch.id),
                    (SELECT value FROM setting WHERE name = 'settings'), EXISTS (SELECT 1 FROM suspect WHERE watch = watch.id)
                FROM watch WHERE uuid = ?
                """, id.uuid)
            guard try query.step() else { return nil }
            var shared = try settingsMemo.shared(query.optionalText(11))
            let settings = try TagTable.merged(
                db, query.optionalText(2), of: query.int(9), hasTags: query.flag(10), under: shared, memo: settingsMemo)
            // A job may leave this machine, and takes no password along that it does not need.
            if !shared.proxies.isEmpty { shared.proxies.keepOnly(settings.request.proxy) }
            var previous = PreviousCheck(
                etag: query.optionalText(3), lastModified: query.optionalText(4), pageChecksum: query.checksum(5),
                textChecksum: query.checksum(6))
            try addComparisons(db, query.int(9), settings, to: &previous)
            return CheckJob(
                watch: id, url: query.text(0), revision: query.int(1), moment: now, settings: settings,
                shared: shared, previous: previous,
                consecutiveFailures: query.count(7), nextDue: query.optionalDate(8),
                mustBeAlone: query.flag(12))
        }
    }
}
