public import Domain
public import Foundation
import GRDB

extension Store {
    /// The tag of this title, in any case.
    public func tag(titled title: String) async throws -> Tag? {
        let wanted = title.lowercased()
        return try await tags().first { $0.title.lowercased() == wanted }
    }

    /// Makes every watch of a tag that is not paused due at `now`; answers how many were not already.
    public func makeAllDue(now: Date, tag: TagID) async throws -> Int {
        try await write { db in
            try db.run(
                """
                UPDATE watch SET next_due_at = ?1 WHERE next_due_at > ?1 AND id IN
                    (SELECT watch FROM watch_tag WHERE tag = (SELECT id FROM tag WHERE uuid = ?2))
                """, now, tag.uuid)
            return db.changesCount
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
