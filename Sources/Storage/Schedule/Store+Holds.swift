public import Foundation
import GRDB

/// A host that is to be left alone, as it is kept over a restart.
public struct HeldHost: Hashable, Sendable {
    public let host: String
    /// nil when it is not held any more.
    public let until: Date?
    /// Failures in a row that blame it.
    public let failures: Int
    /// When it has asked for that itself; nil when it was found out.
    public let askedAt: Date?

    public init(host: String, until: Date?, failures: Int, askedAt: Date?) {
        self.host = host
        self.until = until
        self.failures = failures
        self.askedAt = askedAt
    }
}

extension Store {
    /// The hosts that are held at `now`, those that are held longest first; at most `limit`.
    public func heldHosts(now: Date, limit: Int) async throws -> [HeldHost] {
        try await read { db in
            let query = try db.query(
                "SELECT host, until, failures, asked_at FROM host_hold WHERE until > ? ORDER BY until DESC LIMIT ?",
                now,
                max(0, limit))
            var held: [HeldHost] = []
            while try query.step() {
                held.append(
                    HeldHost(
                        host: query.text(0), until: query.date(1), failures: query.count(2),
                        askedAt: query.optionalDate(3)))
            }
            return held
        }
    }

    /// Forgets the holds that have been over for a day at `now`; those that are just over may have been ended by a
    /// clock that is ahead.
    public func dropHolds(now: Date) async throws {
        try await write { db in try db.run("DELETE FROM host_hold WHERE until <= ?", now.addingTimeInterval(-86_400)) }
    }

    /// Writes what has changed of held hosts, inside of the transaction that records why.
    static func keep(_ db: Database, _ held: [HeldHost]) throws {
        for one in held {
            guard let until = one.until else {
                try db.run("DELETE FROM host_hold WHERE host = ?", one.host)
                continue
            }
            try db.run(
                """
                INSERT INTO host_hold (host, until, failures, asked_at) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (host) DO UPDATE SET until = ?2, failures = ?3, asked_at = ?4
                """, one.host, until, Int64(one.failures), one.askedAt)
        }
    }
}
