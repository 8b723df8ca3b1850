public import Domain
import Foundation
import GRDB

extension Store {
    /// One page of the list, and how many watches there are on all pages.
    public func page(_ query: WatchQuery) async throws -> WatchPage {
        let selection = Selection(query)
        return try await read { [settingsMemo] db in
            let found = try selection.find(db)
            let rows = WatchRows(db: db, schedules: try Schedules(db, settingsMemo))
            let page = try found.keys.compactMap { try rows.row(key: $0) }
            return WatchPage(rows: page, matching: found.matching, matchingIsCut: found.isCut)
        }
    }

    /// The rows of these watches in the same order, without those that are gone.
    public func rows(_ ids: [WatchID]) async throws -> [WatchRow] {
        try await read { [settingsMemo] db in
            let rows = WatchRows(db: db, schedules: try Schedules(db, settingsMemo))
            return try ids.compactMap { id in
                guard let key = try db.number("SELECT id FROM watch WHERE uuid = ?", id.uuid) else { return nil }
                return try rows.row(key: key)
            }
        }
    }

    /// The identifiers of the watches on the query's page; its limit says how many at most.
    public func ids(matching query: WatchQuery) async throws -> [WatchID] {
        let selection = Selection(query)
        return try await read { db in
            try selection.find(db).keys.compactMap { key in
                let query = try db.query("SELECT uuid FROM watch WHERE id = ?", key)
                return try query.step() ? WatchID(query.uuid(0)) : nil
            }
        }
    }

    /// How many watches there are, in all and of each state.
    public func totals() async throws -> Totals {
        try readNow { db in
            let query = try db.query("SELECT watches, paused, unviewed, failing, tags FROM totals")
            guard try query.step() else { return Totals() }
            return Totals(
                watches: query.count(0), paused: query.count(1), unviewed: query.count(2), failing: query.count(3),
                tags: query.count(4))
        }
    }

    /// What the API lists, oldest watch first: all watches, or those of a tag, or those whose last check failed.
    public func allForAPI(tag: TagID? = nil, withErrors: Bool = false) async throws -> [WatchSummary] {
        let selection = Selection(WatchQuery(tag: tag, state: withErrors ? .failing : .all))
        return try await read { db in try WatchRows.summaries(db, selection) }
    }
}

/// Reads what lists show.
struct WatchRows {
    let db: Database
    let schedules: Schedules

    func row(key: Int64) throws -> WatchRow? {
        let query = try db.query(
            """
            SELECT uuid, url, title, page_title, paused, notification_muted, last_checked_at, last_changed_at, last_failure,
                last_failure_detail, last_status, last_duration, history_count, newest_version, unviewed, next_due_at,
                settings ->> '$.link_to_open', settings -> '$.time_schedule_limit'
            FROM watch WHERE id = ?
            """, key)
        guard try query.step() else { return nil }
        let tags = try TagTable.allTags(db, of: key)
        return WatchRow(
            id: WatchID(query.uuid(0)), url: query.text(1), linkToOpen: query.optionalText(16),
            title: query.optionalText(2), pageTitle: query.optionalText(3),
            tags: tags, paused: query.flag(4), notificationMuted: query.flag(5),
            lastChecked: query.optionalDate(6), lastChanged: query.optionalDate(7), lastFailure: query.failure(8),
            lastStatus: query.optionalInt(10).map(Int.init(clamping:)), lastDuration: query.duration(11),
            historyCount: query.count(12), newestVersion: query.optionalInt(13).map(SnapshotVersion.init),
            isUnviewed: query.flag(14), nextDue: query.optionalDate(15),
            schedule: schedules.effective(try Self.schedule(query.optionalText(17)), tags: tags),
            recent: try Self.recent(db, of: key))
    }

    private static func schedule(_ json: String?) throws -> TimeSchedule {
        guard let json else { return TimeSchedule() }
        return try JSONDecoder().decode(TimeSchedule.self, from: Data(json.utf8))
    }

    /// The newest checks as a row's bars, oldest first.
    private static func recent(_ db: Database, of key: Int64) throws -> [RecentCheck] {
        let query = try db.query(
            "SELECT result, started_at, duration FROM check_record WHERE watch = ? ORDER BY number DESC LIMIT ?", key,
            WatchRow.recentChecks)
        var found: [RecentCheck] = []
        found.reserveCapacity(WatchRow.recentChecks)
        while try query.step() {
            found.append(
                RecentCheck(
                    result: CheckResult(rawValue: query.count(0)) ?? .unchanged, startedAt: query.date(1),
                    duration: query.duration(2)))
        }
        return found.reversed()
    }

    static func summaries(_ db: Database, _ selection: Selection) throws -> [WatchSummary] {
        let filter = selection.quick
        let query = try db.query(
            """
            SELECT watch.id, uuid, url, title, page_title, last_checked_at, history_count, newest_version, last_failure, last_failure_detail,
                unviewed, paused, settings ->> '$.link_to_open' FROM \(filter.clause) ORDER BY watch.id
            """, all: filter.values)
        var found: [WatchSummary] = []
        while try query.step() {
            found.append(
                WatchSummary(
                    id: WatchID(query.uuid(1)), url: query.text(2), linkToOpen: query.optionalText(12),
                    title: query.optionalText(3),
                    pageTitle: query.optionalText(4),
                    tags: try TagTable.tags(db, of: query.int(0)), lastChecked: query.int(5) / 1000,
                    lastChanged: query.int(6) >= 2 ? query.int(7) : 0, lastFailure: query.failure(8),
                    isUnviewed: query.flag(10),
                    paused: query.flag(11)))
        }
        return found
    }
}
