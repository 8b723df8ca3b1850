import Domain
public import Foundation
import GRDB

extension Store {
    /// Moves every due time by so many seconds, after the wall clock was set by as many: what was due in an hour is due
    /// in an hour, and what was checked an hour ago was checked an hour ago. Answers how many were moved.
    public func moveDueTimes(by seconds: Double) async throws -> Int {
        try await write { db in
            let milliseconds = Int64((seconds * 1000).rounded())
            try db.run(
                """
                UPDATE watch SET next_due_at = next_due_at + ?1, last_checked_at = last_checked_at + ?1
                WHERE next_due_at IS NOT NULL
                """, milliseconds)
            let count = db.changesCount
            try db.run("UPDATE host_hold SET until = until + ?1, asked_at = asked_at + ?1", milliseconds)
            return count
        }
    }

    /// Brings back due times that lie later than can be, counted from `now`: a clock that was ahead has made them. What
    /// can be is the watch's interval with its jitter, what its server or a hold of its host puts it off by, and
    /// `spread`, by which a start spreads what is overdue and a check is moved for which there is no room. They fall
    /// due within `spread`, or the interval where that is shorter, each at its own moment, and inside of their
    /// schedules. Answers how many there were.
    ///
    /// Reads in batches, and writes only those: to look at 100,000 watches blocks nobody.
    public func bringBackDueTimes(now: Date, minimum: Duration, spread: Duration) async throws -> Int {
        var (count, key) = (0, Int64.min)
        let rule = DueRule(minimum: minimum)
        while true {
            let batch = try await read { [settingsMemo, key] db in
                try Self.dueTooLate(db, after: key, now: now, rule, spread: spread.seconds, settingsMemo)
            }
            guard let last = batch.last else { return count }
            if !batch.tooLate.isEmpty {
                count += try await write { [settingsMemo] db in
                    try Self.bringBack(db, batch.tooLate, now: now, spread: spread.seconds, settingsMemo)
                }
            }
            key = last
        }
    }

    private static let auditBatch = 2000
    /// So many seconds after all others those are due that are under suspicion (`suspect`), and some for what is
    /// rounded.
    private static let suspicion = 11.0

    private struct Late: Sendable {
        let key: Int64
        let due: Date
        let interval: Double
    }

    private static func dueTooLate(
        _ db: Database, after key: Int64, now: Date, _ rule: DueRule, spread: Double, _ memo: SettingsMemo
    ) throws -> (tooLate: [Late], last: Int64?) {
        let all = try settings(db, memo)
        let schedules = try Schedules(db, memo)
        let query = try db.query(
            """
            SELECT id, next_due_at, settings, last_failure,
                EXISTS (SELECT 1 FROM host_hold WHERE host = watch.host AND until > ?2)
            FROM watch WHERE id > ?1 AND next_due_at > ?2 ORDER BY id LIMIT ?3
            """, key, now, auditBatch)
        var (found, last): ([Late], Int64?) = ([], nil)
        while try query.step() {
            last = query.int(0)
            let own = try memo.settings(query.optionalText(2))
            let interval = rule.interval(of: own, all).seconds
            let hold = query.flag(4) ? DueRule.longestHold : 0
            let wait = max(longestWait(after: query.optionalText(3)), hold)
            let slack = Double(all.jitterSeconds) + wait + spread + suspicion
            let allowed = now.addingTimeInterval(interval + slack)
            let due = query.date(1)
            guard due > allowed else { continue }
            let tags = schedules.isOwnOnly ? [] : try TagTable.allTags(db, of: query.int(0))
            if let schedule = schedules.effective(own.timing.schedule, tags: tags) {
                // At an opening the jitter comes once more.
                let opening = schedule.adjusted(due: allowed)
                if opening == .distantFuture || due <= opening.addingTimeInterval(slack) { continue }
            }
            found.append(Late(key: query.int(0), due: due, interval: interval))
        }
        return (found, last)
    }

    /// For how many seconds a watch whose last check ended so may be put off: what its server can have asked for, or
    /// the longest hold of its host with a turn after it.
    private static func longestWait(after failure: String?) -> Double {
        switch failure.flatMap(CheckFailure.Code.init) {
        case nil: failure == nil ? 0 : DueRule.longestHold
        case .rateLimited, .httpStatus: FetchedPage.longestRetryAfter
        default: DueRule.longestHold
        }
    }

    private static func bringBack(
        _ db: Database, _ late: [Late], now: Date, spread: Double, _ memo: SettingsMemo
    ) throws -> Int {
        let schedules = try Schedules(db, memo)
        var count = 0
        for (place, watch) in late.enumerated() {
            let wait = min(spread, watch.interval) * Double(place) / Double(late.count)
            let due = now.addingTimeInterval(wait)
            let schedule = try schedules.effective(db, watch.key, memo)
            // Only what is as it was read: somebody may have edited it since.
            try db.run(
                "UPDATE watch SET next_due_at = ? WHERE id = ? AND next_due_at = ?",
                schedule?.adjusted(due: due) ?? due, watch.key, watch.due)
            count += db.changesCount
        }
        return count
    }
}
