public import Domain
public import Foundation
import GRDB

extension Store {
    /// So many deaths of the program while it worked on a watch's page, without one check of it that came to its end,
    /// and the watch rests.
    public static let deathsUntilRest = 3

    /// Counts that the program died while it worked on these watches' pages. They are due last, after `delay`; those
    /// with which it happened too often are paused with the failure `breaksMonitor` until somebody resumes them.
    /// Answers those.
    public func suspect(_ ids: [WatchID], delay: Duration, by requester: Requester, now: Date) async throws -> [WatchID]
    {
        try await edit(by: requester, now: now) { db, log in
            var resting: [WatchID] = []
            for (place, id) in ids.enumerated() {
                guard let key = try db.number("SELECT id FROM watch WHERE uuid = ?", id.uuid) else { continue }
                try db.run(
                    """
                    INSERT INTO suspect (watch, deaths) VALUES (?, 1)
                    ON CONFLICT (watch) DO UPDATE SET deaths = deaths + 1
                    """, key)
                let deaths = try db.number("SELECT deaths FROM suspect WHERE watch = ?", key) ?? 1
                if deaths >= Int64(Self.deathsUntilRest) {
                    try Self.rest(db, key, deaths: deaths, now: now)
                    if try db.number("SELECT paused FROM watch WHERE id = ?", key) == 0 {
                        try WatchTable.setPaused(db, key, true, now: now)
                        try log.note(id, paused: true)
                    }
                    resting.append(id)
                } else {
                    let due = now.addingTimeInterval(delay.seconds + Double(place) / 1000)
                    try db.run(
                        "UPDATE watch SET next_due_at = ?1 WHERE id = ?2 AND next_due_at < ?1", due, key)
                }
            }
            return resting
        }
    }

    private static func rest(_ db: Database, _ key: Int64, deaths: Int64, now: Date) throws {
        try db.run(
            """
            UPDATE watch SET last_failure = ?, last_failure_detail = ?, consecutive_failures = consecutive_failures + 1
            WHERE id = ?
            """, CheckFailure.Code.breaksMonitor.rawValue, String(deaths), key)
    }
}
