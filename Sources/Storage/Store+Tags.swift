public import Domain
public import Foundation
import GRDB

extension Store {
    /// All tags, by title.
    public func tags() async throws -> [Tag] {
        try await read { db in
            let query = try db.query("SELECT uuid, title, created_at FROM tag ORDER BY title_key, id")
            var found: [Tag] = []
            while try query.step() {
                found.append(Tag(id: TagID(query.uuid(0)), title: query.text(1), createdAt: query.date(2)))
            }
            return found
        }
    }

    /// The tag; nil when it is gone.
    public func tag(_ id: TagID) async throws -> Tag? {
        try await read { db in
            let query = try db.query("SELECT title, created_at FROM tag WHERE uuid = ?", id.uuid)
            return try query.step() ? Tag(id: id, title: query.text(0), createdAt: query.date(1)) : nil
        }
    }

    /// The tag of that title, in any case; made when there is none, as changedetection.io's API does.
    public func createTag(_ title: String, now: Date) async throws -> Tag {
        try await write { db in try TagTable.make(db, title: title, now: now) }
    }

    /// The tags of these titles in the same order, made where there are none.
    public func createTags(_ titles: [String], now: Date) async throws -> [Tag] {
        try await write { db in try titles.map { try TagTable.make(db, title: $0, now: now) } }
    }

    /// Gives a tag another title; nil when it is gone, an `InputError` when another tag has that title.
    public func renameTag(_ id: TagID, to title: String) async throws -> Tag? {
        try await write { db in
            let key = TagTable.key(of: title)
            let other = try db.number("SELECT id FROM tag WHERE title_key = ? AND uuid <> ?", key, id.uuid)
            if other != nil { throw InputError("title", "There is another tag with this title") }
            try db.run("UPDATE tag SET title = ?, title_key = ? WHERE uuid = ?", title, key, id.uuid)
            guard db.changesCount > 0, let created = try db.number("SELECT created_at FROM tag WHERE uuid = ?", id.uuid)
            else {
                return nil
            }
            return Tag(id: id, title: title, createdAt: Date(milliseconds: created))
        }
    }

    /// Deletes a tag and takes it from all watches, which stay; false when it is gone.
    public func deleteTag(_ id: TagID) async throws -> Bool {
        try await write { db in
            try db.run("DELETE FROM tag WHERE uuid = ?", id.uuid)
            return db.changesCount > 0
        }
    }

    /// How many watches each tag has; tags without one are left out.
    public func tagCounts() async throws -> [TagID: Int] {
        try await read { db in
            let query = try db.query(
                "SELECT uuid, many FROM (SELECT tag, count(*) AS many FROM watch_tag GROUP BY tag) JOIN tag ON tag.id = tag"
            )
            var counts: [TagID: Int] = [:]
            while try query.step() { counts[TagID(query.uuid(0))] = query.count(1) }
            return counts
        }
    }
}

/// Reads and writes tags inside a transaction.
enum TagTable {
    /// Equal for titles that people take for the same.
    static func key(of title: String) -> String {
        title.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    }

    static func make(_ db: Database, title: String, now: Date) throws -> Tag {
        let known = try db.query("SELECT uuid, title, created_at FROM tag WHERE title_key = ?", key(of: title))
        if try known.step() { return Tag(id: TagID(known.uuid(0)), title: known.text(1), createdAt: known.date(2)) }
        let tag = Tag(
            title: title.trimmingCharacters(in: .whitespacesAndNewlines),
            createdAt: Date(milliseconds: now.milliseconds))
        try db.run(
            "INSERT INTO tag (uuid, title, title_key, created_at) VALUES (?, ?, ?, ?)", tag.id.uuid, tag.title,
            key(of: title),
            tag.createdAt)
        return tag
    }

    /// Gives the watch those of `tags` that there are; answers the watch's tags.
    static func assign(_ db: Database, _ tags: [TagID], to watch: Int64) throws -> [TagID] {
        for tag in tags {
            try db.run(
                "INSERT OR IGNORE INTO watch_tag (watch, tag) SELECT ?, id FROM tag WHERE uuid = ?", watch, tag.uuid)
        }
        return try self.tags(db, of: watch)
    }

    /// The tags of one watch, in the order in which the tags were made.
    static func tags(_ db: Database, of watch: Int64) throws -> [TagID] {
        let query = try db.query(
            "SELECT uuid FROM watch_tag JOIN tag ON tag.id = watch_tag.tag WHERE watch = ? ORDER BY watch_tag.tag",
            watch)
        var found: [TagID] = []
        while try query.step() { found.append(TagID(query.uuid(0))) }
        return found
    }
}
