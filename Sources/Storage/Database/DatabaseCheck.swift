import Foundation
import GRDB

/// What is found when every page and row of a database file is looked at: what SQLite requires of a file, and what
/// Turnstone requires of its rows.
///
/// Only reads, so the program may be running; one that runs goes on writing into its log meanwhile, which then grows.
public struct DatabaseCheck: Sendable {
    /// What kind of thing is wrong, on which it depends what to do.
    public enum Kind: String, Sendable, CaseIterable {
        /// There is no file, or it is empty.
        case missing
        /// It is another program's, or no database.
        case foreign
        /// It cannot be read now.
        case unreadable
        /// Pages of the file are not what SQLite wrote.
        case damaged
        /// Rows refer to rows that are gone.
        case references
        /// Kept texts cannot be read.
        case history
        /// Counts differ from what they count.
        case counts
    }

    public struct Finding: Sendable, Equatable {
        public let kind: Kind
        public let text: String
    }

    /// So many complaints of SQLite are told.
    private static let mostComplaints = 20

    public private(set) var path: String
    public private(set) var findings: [Finding] = []
    /// How many watches there are; nil when that cannot be read.
    public private(set) var watches: Int?
    /// How many texts were read and compared with their checksums.
    public private(set) var texts = 0
    /// An older version's, whose rows were not looked at.
    public private(set) var isOfOldVersion = false

    public var isWell: Bool { findings.isEmpty }

    /// Looks at the file at `path`.
    public init(of path: String) {
        self.path = path
        var about = stat()
        if stat(path, &about) != 0 || about.st_size == 0 {
            add(.missing, "There is no file, or an empty one")
            return
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            let connection = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? connection.close() }
            var found = self
            // One transaction, so that what a running program stores meanwhile makes no difference between two counts.
            try connection.read { db in try found.look(db) }
            self = found
        } catch {
            add(error)
        }
    }

    private mutating func add(_ kind: Kind, _ text: String) {
        findings.append(Finding(kind: kind, text: text))
    }

    private mutating func add(_ error: any Error) {
        guard let error = error as? DatabaseError else { return add(.unreadable, "\(error)") }
        let text = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_CORRUPT: add(.damaged, text)
        case .SQLITE_NOTADB: add(.foreign, text)
        default: add(.unreadable, text)
        }
    }

    /// Goes on as far as the file lets it: damage in one place does not hide what is wrong in another.
    private mutating func look(_ db: Database) throws {
        guard try db.number("PRAGMA application_id") == Schema.applicationID else {
            return add(.foreign, "It is a database of another program")
        }
        for step in [Self.pages, Self.references, Self.rows] {
            do {
                try step(&self, db)
            } catch {
                add(error)
            }
        }
    }

    private static func pages(_ check: inout DatabaseCheck, _ db: Database) throws {
        let complaints = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(mostComplaints))")
        for complaint in complaints where complaint != "ok" { check.add(.damaged, complaint) }
    }

    private static func references(_ check: inout DatabaseCheck, _ db: Database) throws {
        let sql = #"SELECT "table", "parent", count(*) FROM pragma_foreign_key_check GROUP BY 1, 2"#
        for row in try Row.fetchAll(db, sql: sql) {
            let (table, parent, count): (String, String, Int) = (row[0], row[1], row[2])
            check.add(.references, "\(count) rows of \(table) refer to rows of \(parent) that are gone")
        }
    }

    private static func rows(_ check: inout DatabaseCheck, _ db: Database) throws {
        guard try Schema.migrator.hasCompletedMigrations(db) else { return check.isOfOldVersion = true }
        check.watches = try db.number("SELECT count(*) FROM watch").map { Int(clamping: $0) }
        for rule in rules {
            let count = try db.number("SELECT count(*) FROM (\(rule.wrong))") ?? 0
            if count > 0 { check.add(rule.kind, "\(count) \(rule.text)") }
        }
        try readTexts(&check, db)
    }

    /// Reads every text, along its chain of deltas.
    private static func readTexts(_ check: inout DatabaseCheck, _ db: Database) throws {
        let contents = Contents(codec: try TextCodec(level: 3), longestChain: 64)
        var damaged = 0
        for row in try Row.fetchAll(db, sql: "SELECT id, hash FROM content") {
            let (id, hash): (Int64, Data) = (row[0], row[1])
            check.texts += 1
            let text = try StoreError.unlessDamaged { try contents.text(db, id) }
            if text.map({ Contents.hash($0) }) != [UInt8](hash) { damaged += 1 }
        }
        if damaged > 0 { check.add(.history, "\(damaged) of \(check.texts) kept texts cannot be read") }
    }
}

// MARK: - Our own rules

extension DatabaseCheck {
    private struct Rule {
        let kind: Kind
        /// Follows a number.
        let text: String
        /// Selects what breaks it.
        let wrong: String
    }

    private static let rules = [
        Rule(
            kind: .counts, text: "texts are counted as used more or less often than they are",
            wrong: """
                SELECT id FROM content WHERE reference_count = 0 OR reference_count <>
                    (SELECT count(*) FROM snapshot WHERE content = content.id)
                    + (SELECT count(*) FROM content AS delta WHERE delta.base = content.id)
                """),
        Rule(
            kind: .history, text: "texts stand at the wrong place of their chain",
            wrong: """
                SELECT content.id FROM content JOIN content AS base ON base.id = content.base
                WHERE content.depth <> base.depth + 1
                """),
        Rule(
            kind: .counts, text: "watches count other versions than they have",
            wrong: """
                SELECT id FROM watch WHERE history_count <> (SELECT count(*) FROM snapshot WHERE watch = watch.id)
                    OR newest_version IS NOT (SELECT max(version) FROM snapshot WHERE watch = watch.id)
                """),
        Rule(
            kind: .counts, text: "pictures are counted as used more or less often than they are",
            wrong: """
                SELECT id FROM picture WHERE reference_count <>
                    (SELECT count(*) FROM snapshot_picture WHERE picture = picture.id)
                """),
        Rule(
            kind: .counts, text: "totals differ from what they count",
            wrong: """
                SELECT 1 FROM totals WHERE (watches, paused, unviewed, failing, tags) IS NOT
                    (SELECT count(*), coalesce(sum(paused), 0), coalesce(sum(unviewed), 0), coalesce(sum(failing), 0),
                        (SELECT count(*) FROM tag) FROM watch)
                """),
    ]
}
