public import Domain
import Foundation
import GRDB

extension Store {
    /// What the newest checks did and why they told a change or not, newest first.
    ///
    /// A check that found the page's bytes unchanged has kept no steps: its row says what it did, and the watch's row,
    /// by the number of the check that read the page last, since when the page is unread.
    public func traces(of watch: WatchID, limit: Int) async throws -> [CheckTrace] {
        try await read { db in try Self.traces(db, of: watch, only: nil, limit: limit) }
    }

    /// The same of one check, by its number; nil when its row is gone.
    public func trace(of watch: WatchID, check number: Int) async throws -> CheckTrace? {
        try await read { db in try Self.traces(db, of: watch, only: number, limit: 1).first }
    }

    /// The same of the check that found `version`, which is kept as long as the version; nil when there is no such
    /// version.
    public func trace(of watch: WatchID, version: SnapshotVersion) async throws -> CheckTrace? {
        try await read { db in
            let query = try db.query(
                """
                SELECT taken_at, trace FROM snapshot WHERE watch = (SELECT id FROM watch WHERE uuid = ?) AND version = ?
                """, watch.uuid, version)
            guard try query.step() else { return nil }
            let steps = TraceCoding.steps(query.optionalText(1))
            let isFirst = steps.contains { $0.kind == .first }
            return CheckTrace(
                startedAt: query.date(0), result: isFirst ? .first : .changed, version: version, steps: steps)
        }
    }

    private static func traces(
        _ db: Database, of watch: WatchID, only number: Int?, limit: Int
    ) throws -> [CheckTrace] {
        guard let key = try db.number("SELECT id FROM watch WHERE uuid = ?", watch.uuid) else { return [] }
        let lastRead = try db.number("SELECT last_read FROM watch WHERE id = ?", key)
        let query = try db.query(
            """
            SELECT started_at, duration, status, byte_count, result, failure, failure_detail, check_record.version,
                coalesce(check_record.trace, snapshot.trace), number,
                (SELECT started_at FROM check_record AS reading WHERE reading.watch = ?1 AND reading.number =
                    CASE WHEN check_record.number > ?2 THEN ?2
                    WHEN check_record.trace IS NULL AND check_record.version IS NULL THEN
                        (SELECT max(number) FROM check_record AS earlier WHERE earlier.watch = ?1
                            AND earlier.number < check_record.number AND earlier.result <> 2
                            AND (earlier.trace IS NOT NULL OR earlier.version IS NOT NULL))
                    END)
            FROM check_record LEFT JOIN snapshot ON snapshot.watch = ?1 AND snapshot.version = check_record.version
            WHERE check_record.watch = ?1 AND (?3 IS NULL OR number = ?3) ORDER BY number DESC LIMIT ?4
            """, key, lastRead, number.map(Int64.init), max(0, limit))
        var found: [CheckTrace] = []
        while try query.step() {
            let number = query.int(9)
            let record = CheckRecord(
                startedAt: query.date(0), duration: query.duration(1),
                status: query.optionalInt(2).map(Int.init(clamping:)), byteCount: query.count(3),
                result: CheckResult(rawValue: query.count(4)) ?? .unchanged, failure: query.failure(5))
            found.append(
                CheckTrace(
                    number: Int(clamping: number), record, version: query.optionalInt(7).map(SnapshotVersion.init),
                    unreadSince: query.optionalDate(10),
                    kept: TraceCoding.steps(query.optionalText(8))))
        }
        return found
    }
}
