import GRDB

/// Takes the table of watches away from a database that others have open, so that every read of it fails.
struct Hidden {
    private let other: DatabaseQueue

    init(_ path: String) throws {
        other = try DatabaseQueue(path: path)
        try other.inDatabase { db in
            try db.execute(sql: "PRAGMA legacy_alter_table = ON; ALTER TABLE watch RENAME TO hidden")
        }
    }

    func bringBack() throws {
        try other.inDatabase { db in try db.execute(sql: "ALTER TABLE hidden RENAME TO watch") }
        try other.close()
    }
}
