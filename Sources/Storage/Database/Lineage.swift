import Domain
import Foundation
import GRDB

/// Which database this is, and how far it has come: a row of its own that each run moves on now and then.
///
/// A copy has its original's, so that a backup that was restored is known as older than what was last run, and another
/// database as another.
struct Lineage: Equatable, CustomStringConvertible {
    private static let name = "lineage"

    let database: UUID
    private(set) var generation: Int64

    private init(database: UUID, generation: Int64) {
        self.database = database
        self.generation = generation
    }

    /// Reads what `description` wrote.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, let database = UUID(uuidString: String(words[0])), let generation = Int64(words[1])
        else { return nil }
        self.init(database: database, generation: generation)
    }

    var description: String { "\(database.uuidString.lowercased()) \(generation)" }

    /// As it stands in the database; nil when no run has moved it on yet.
    static func read(_ db: Database) throws -> Lineage? {
        let query = try db.query("SELECT value FROM setting WHERE name = ?", name)
        return try query.step() ? Lineage(query.text(0)) : nil
    }

    /// Moves it on by one, inside of a transaction.
    static func advance(_ db: Database) throws -> Lineage {
        var lineage = try read(db) ?? Lineage(database: UUID.random(), generation: 0)
        lineage.generation += 1
        try db.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name, lineage.description)
        return lineage
    }
}
