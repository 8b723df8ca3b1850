public import Domain
public import Foundation
import GRDB

extension Store {
    /// The tag of this title, in any case; found by its index.
    public func tag(titled title: String) async throws -> Tag? {
        try await read { [settingsMemo] db in try TagTable.find(db, titled: title, memo: settingsMemo) }
    }

    /// Those of `ids` that there are not.
    public func unknownTags(among ids: [TagID]) async throws -> [TagID] {
        try await read { db in
            try ids.filter { try db.number("SELECT id FROM tag WHERE uuid = ?", $0.uuid) == nil }
        }
    }

    /// As `makeDue`, of every watch of a tag that is not paused; answers how many were not due already.
    public func makeAllDue(now: Date, tag: TagID) async throws -> Int {
        try await write { db in
            let ofTag = "id IN (SELECT watch FROM watch_tag WHERE tag = (SELECT id FROM tag WHERE uuid = ?2))"
            let count = try db.number("SELECT count(*) FROM watch WHERE next_due_at > ?1 AND \(ofTag)", now, tag.uuid)
            try db.run(
                """
                UPDATE watch SET next_due_at = min(next_due_at, ?1), is_asked_for = 1
                WHERE next_due_at IS NOT NULL AND \(ofTag)
                """, now, tag.uuid)
            return Int(clamping: count ?? 0)
        }
    }

    /// How many watches of a tag are not paused.
    public func checkableCount(tag: TagID) async throws -> Int {
        try await read { db in
            Int(
                clamping: try db.number(
                    """
                    SELECT count(*) FROM watch_tag JOIN watch ON watch.id = watch_tag.watch
                    WHERE watch_tag.tag = (SELECT id FROM tag WHERE uuid = ?) AND paused = 0
                    """, tag.uuid) ?? 0)
        }
    }
}
