public import Domain
public import Foundation
import GRDB

/// A snapshot without its text.
public struct SnapshotSummary: Hashable, Sendable {
    public let version: SnapshotVersion
    public let takenAt: Date
    /// Of the text.
    public let byteCount: Int
}

/// The versions before and after one, as arrows for people lead to them.
public struct SnapshotNeighbours: Hashable, Sendable {
    public let previous: SnapshotVersion?
    public let next: SnapshotVersion?
}

extension Store {
    /// The snapshots of a watch, oldest first; with `newest` at most so many of the newest.
    public func snapshots(of watch: WatchID, newest: Int = .max) async throws -> [SnapshotSummary] {
        try await read { db in
            let query = try db.query(
                """
                SELECT version, taken_at, byte_count FROM snapshot JOIN content ON content.id = snapshot.content
                WHERE watch = (SELECT id FROM watch WHERE uuid = ?) ORDER BY version DESC LIMIT ?
                """, watch.uuid, max(0, newest))
            var found: [SnapshotSummary] = []
            while try query.step() {
                found.append(
                    SnapshotSummary(
                        version: SnapshotVersion(query.int(0)), takenAt: query.date(1), byteCount: query.count(2)))
            }
            return found.reversed()
        }
    }

    /// The text of one snapshot, UTF-8; nil when there is none of that version.
    public func text(of watch: WatchID, version: SnapshotVersion) async throws -> [UInt8]? {
        try await read { [contents] db in
            let content = try db.number(
                "SELECT content FROM snapshot WHERE watch = (SELECT id FROM watch WHERE uuid = ?) AND version = ?",
                watch.uuid, version)
            guard let content else { return nil }
            return try contents.text(db, content)
        }
    }

    /// The versions next to `version`, which need not be there itself.
    public func neighbours(of watch: WatchID, version: SnapshotVersion) async throws -> SnapshotNeighbours {
        try await read { db in
            let key = "(SELECT id FROM watch WHERE uuid = ?)"
            let previous = try db.number(
                "SELECT max(version) FROM snapshot WHERE watch = \(key) AND version < ?", watch.uuid, version)
            let next = try db.number(
                "SELECT min(version) FROM snapshot WHERE watch = \(key) AND version > ?", watch.uuid, version)
            return SnapshotNeighbours(
                previous: previous.map(SnapshotVersion.init), next: next.map(SnapshotVersion.init))
        }
    }

    /// The newest checks of a watch, newest first.
    public func checks(of watch: WatchID, limit: Int) async throws -> [CheckRecord] {
        try await read { db in
            let query = try db.query(
                """
                SELECT started_at, duration, status, byte_count, result, failure, failure_detail, number FROM check_record
                WHERE watch = (SELECT id FROM watch WHERE uuid = ?) ORDER BY number DESC LIMIT ?
                """, watch.uuid, max(0, limit))
            var found: [CheckRecord] = []
            while try query.step() {
                found.append(
                    CheckRecord(
                        number: query.count(7), startedAt: query.date(0), duration: query.duration(1),
                        status: query.optionalInt(2).map(Int.init(clamping:)),
                        byteCount: query.count(3), result: CheckResult(rawValue: query.count(4)) ?? .unchanged,
                        failure: query.failure(5)))
            }
            return found
        }
    }

    /// Forgets all snapshots and checks of a watch and makes it due at `now` unless it is paused, so that its next
    /// check takes a first one; false when the watch is gone.
    ///
    /// Counts as an edit: the outcome of a check that runs meanwhile refers to a text that is no longer there.
    public func clearHistory(_ id: WatchID, now: Date) async throws -> Bool {
        try await write { db in
            guard let key = try db.number("SELECT id FROM watch WHERE uuid = ?", id.uuid) else { return false }
            for table in ["snapshot", "last_text", "seen_line", "price"] {
                try db.run("DELETE FROM \(table) WHERE watch = ?", key)
            }
            try db.run("DELETE FROM check_record WHERE watch = ?", key)
            try db.run(
                """
                UPDATE watch SET last_checked_at = NULL, last_changed_at = NULL, last_viewed = 0, last_duration = 0, last_status = NULL,
                    check_count = 0, consecutive_failures = 0, last_failure = NULL, last_failure_detail = NULL,
                    revision = revision + 1, etag = NULL, last_modified = NULL, page_checksum = NULL, text_checksum = NULL,
                    last_read = NULL,
                    next_due_at = CASE paused WHEN 1 THEN NULL ELSE ? END WHERE id = ?
                """, now, key)
            return true
        }
    }
}
