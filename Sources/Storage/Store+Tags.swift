public import Domain
public import Foundation
import GRDB

extension Store {
    /// All tags, by title.
    public func tags() async throws -> [Tag] {
        try await read { [settingsMemo] db in
            let query = try db.query("SELECT uuid, title, created_at, settings FROM tag ORDER BY title_key, id")
            var found: [Tag] = []
            while try query.step() {
                found.append(
                    Tag(
                        id: TagID(query.uuid(0)), title: query.text(1), createdAt: query.date(2),
                        settings: try settingsMemo.tagSettings(query.optionalText(3))))
            }
            return found
        }
    }

    /// The tag; nil when it is gone.
    public func tag(_ id: TagID) async throws -> Tag? {
        try await read { [settingsMemo] db in try TagTable.find(db, id, memo: settingsMemo) }
    }

    /// What these tags add to a watch, in the order in which they were made; tags that add nothing are left out.
    public func tagSettings(of tags: [TagID]) async throws -> [TagSettings] {
        let wanted = Set(tags)
        guard !wanted.isEmpty else { return [] }
        return try await read { [settingsMemo] db in
            let query = try db.query("SELECT uuid, settings FROM tag WHERE settings IS NOT NULL ORDER BY id")
            var found: [TagSettings] = []
            while try query.step() {
                guard wanted.contains(TagID(query.uuid(0))) else { continue }
                found.append(try settingsMemo.tagSettings(query.text(1)))
            }
            return found
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

    /// Changes title and settings of a tag and answers it; nil when it is gone, an `InputError` when another tag has that title.
    /// What `change` throws is passed on, and nothing is stored.
    ///
    /// Other settings let every page of its watches be looked at anew with its next check, as those for all watches do.
    public func updateTag(
        _ id: TagID, _ change: @escaping @Sendable (inout Tag) throws -> Void
    ) async throws -> Tag? {
        try await write { [settingsMemo] db in
            guard let old = try TagTable.find(db, id, memo: settingsMemo) else { return nil }
            var new = old
            try change(&new)
            let title = TagTable.key(of: new.title)
            let other = try db.number("SELECT id FROM tag WHERE title_key = ? AND uuid <> ?", title, id.uuid)
            if other != nil { throw InputError("title", "There is another tag with this title") }
            try db.run(
                "UPDATE tag SET title = ?, title_key = ?, settings = ? WHERE uuid = ?", new.title, title,
                try SettingsMemo.json(new.settings), id.uuid)
            if new.settings != old.settings { try TagTable.lookAnew(db, atWatchesOf: id) }
            return new
        }
    }

    /// Deletes a tag and takes it from all watches, which stay; false when it is gone.
    public func deleteTag(_ id: TagID) async throws -> Bool {
        try await write { db in
            if try db.number("SELECT 1 FROM tag WHERE uuid = ? AND settings IS NOT NULL", id.uuid) != nil {
                try TagTable.lookAnew(db, atWatchesOf: id)
            }
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

    static func find(_ db: Database, _ id: TagID, memo: SettingsMemo) throws -> Tag? {
        let query = try db.query("SELECT title, created_at, settings FROM tag WHERE uuid = ?", id.uuid)
        guard try query.step() else { return nil }
        return Tag(
            id: id, title: query.text(0), createdAt: query.date(1),
            settings: try memo.tagSettings(query.optionalText(2)))
    }

    /// What the watch's tags add to its settings, in the order in which the tags were made; tags that add nothing are left out.
    static func settings(_ db: Database, of watch: Int64, memo: SettingsMemo) throws -> [TagSettings] {
        let query = try db.query(
            """
            SELECT tag.settings FROM watch_tag JOIN tag ON tag.id = watch_tag.tag
            WHERE watch_tag.watch = ? AND tag.settings IS NOT NULL ORDER BY tag.id
            """, watch)
        var found: [TagSettings] = []
        while try query.step() { found.append(try memo.tagSettings(query.text(0))) }
        return found
    }

    /// Lets the pages of a tag's watches be looked at with their next check, even if their bytes are the same, and supersedes
    /// outcomes of checks that run meanwhile.
    static func lookAnew(_ db: Database, atWatchesOf tag: TagID) throws {
        try db.run(
            """
            UPDATE watch SET revision = revision + 1, page_checksum = NULL, etag = NULL, last_modified = NULL
            WHERE id IN (SELECT watch FROM watch_tag WHERE tag = (SELECT id FROM tag WHERE uuid = ?))
            """, tag.uuid)
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
