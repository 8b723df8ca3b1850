public import Domain
public import Foundation
import GRDB

extension Store {
    /// All tags, by title.
    public func tags() async throws -> [Tag] {
        try await read { [settingsMemo] db in
            let query = try db.query("SELECT \(TagTable.columns) FROM tag ORDER BY title_key, id")
            var found: [Tag] = []
            while try query.step() { found.append(try query.tag(settingsMemo)) }
            return found
        }
    }

    /// Those of `ids` that there are.
    public func tags(_ ids: Set<TagID>) async throws -> [TagID: Tag] {
        guard !ids.isEmpty else { return [:] }
        return try await read { [settingsMemo] db in
            var found: [TagID: Tag] = [:]
            for id in ids { found[id] = try TagTable.find(db, id, memo: settingsMemo) }
            return found
        }
    }

    /// The tag; nil when it is gone.
    public func tag(_ id: TagID) async throws -> Tag? {
        try await read { [settingsMemo] db in try TagTable.find(db, id, memo: settingsMemo) }
    }

    /// What these tags and those for `address` add to a watch, each in the order in which they were made; tags that add
    /// nothing are left out.
    public func tagSettings(of tags: [TagID], address: String) async throws -> [TagSettings] {
        let wanted = Set(tags)
        return try await read { [settingsMemo] db in
            let query = try db.query("SELECT uuid, settings, addresses FROM tag WHERE settings IS NOT NULL ORDER BY id")
            var given: [TagSettings] = []
            var matched: [TagSettings] = []
            while try query.step() {
                if wanted.contains(TagID(query.uuid(0))) {
                    given.append(try settingsMemo.tagSettings(query.text(1)))
                } else if AddressPattern(query.text(2)).matches(address) {
                    matched.append(try settingsMemo.tagSettings(query.text(1)))
                }
            }
            return given + matched
        }
    }

    /// The tag of that title, in any case; made when there is none, as changedetection.io's API does.
    public func createTag(_ title: String, by requester: Requester, now: Date) async throws -> Tag {
        try await edit(by: requester, now: now) { [settingsMemo] db, log in
            try TagTable.make(db, title: title, log, memo: settingsMemo)
        }
    }

    /// Changes a tag and answers it; nil when it is gone, an `InputError` when another tag has that title.
    /// What `change` throws is passed on, and nothing is stored.
    ///
    /// Other settings let every page of its watches be looked at anew with its next check, as those for all watches do,
    /// and another pattern of addresses those of the watches that come and go.
    public func updateTag(
        _ id: TagID, by requester: Requester, now: Date, _ change: @escaping @Sendable (inout Tag) throws -> Void
    ) async throws -> Tag? {
        try await edit(by: requester, now: now) { [settingsMemo] db, log in
            guard let old = try TagTable.find(db, id, memo: settingsMemo) else { return nil }
            var new = old
            try change(&new)
            let title = TagTable.key(of: new.title)
            let other = try db.number("SELECT id FROM tag WHERE title_key = ? AND uuid <> ?", title, id.uuid)
            if other != nil { throw InputError("title", "There is already a tag with this title") }
            try db.run(
                "UPDATE tag SET title = ?, title_key = ?, settings = ?, addresses = ?, colour = ?, notification_muted = ? WHERE uuid = ?",
                new.title, title, try SettingsMemo.json(new.settings), new.addresses.text, new.colour?.description,
                new.notificationMuted, id.uuid)
            let isOther = new.addresses != old.addresses
            let had = Set(try Self.keys(db, of: id))
            let looksAnew = SettingsTable.looksAnew(SettingsTable.tag, old.settings, new.settings)
            if looksAnew || isOther && new.settings != TagSettings() { try TagTable.lookAnew(db, atWatchesOf: id) }
            if isOther {
                try TagTable.match(db, new)
                if new.settings != TagSettings() { try TagTable.lookAnew(db, atWatchesOf: id) }
            }
            let schedules = [old, new].map(\.settings.timing.schedule)
            if schedules[0] != schedules[1] || isOther && schedules[1].isEnabled {
                let has = had.union(try Self.keys(db, of: id))
                try Self.reschedule(db, has.sorted(), now: now, memo: settingsMemo)
            }
            try log.note(old, new)
            return new
        }
    }

    /// Deletes a tag and takes it from all watches, which stay; false when it is gone.
    public func deleteTag(_ id: TagID, by requester: Requester, now: Date) async throws -> Bool {
        try await edit(by: requester, now: now) { [settingsMemo] db, log in
            guard let tag = try TagTable.find(db, id, memo: settingsMemo) else { return false }
            if tag.settings != TagSettings() { try TagTable.lookAnew(db, atWatchesOf: id) }
            let had = tag.settings.timing.schedule.isEnabled ? try Self.keys(db, of: id) : []
            try db.run("DELETE FROM tag WHERE uuid = ?", id.uuid)
            try Self.reschedule(db, had, now: now, memo: settingsMemo)
            try log.note(tag, nil)
            return true
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

    /// What `Query.tag` reads.
    static let columns = "uuid, title, created_at, settings, addresses, colour, notification_muted"

    static func find(_ db: Database, _ id: TagID, memo: SettingsMemo) throws -> Tag? {
        let query = try db.query("SELECT \(columns) FROM tag WHERE uuid = ?", id.uuid)
        return try query.step() ? try query.tag(memo) : nil
    }

    /// The tag that people take for one of this title.
    static func find(_ db: Database, titled title: String, memo: SettingsMemo) throws -> Tag? {
        let query = try db.query("SELECT \(columns) FROM tag WHERE title_key = ?", key(of: title))
        return try query.step() ? try query.tag(memo) : nil
    }

    /// What the watch's tags add to its settings, those that it was given first, each in the order in which the tags
    /// were made; tags that add nothing are left out.
    static func settings(_ db: Database, of watch: Int64, memo: SettingsMemo) throws -> [TagSettings] {
        let query = try db.query(
            """
            SELECT tag.settings FROM watch_tag JOIN tag ON tag.id = watch_tag.tag
            WHERE watch_tag.watch = ? AND tag.settings IS NOT NULL ORDER BY watch_tag.given DESC, tag.id
            """, watch)
        var found: [TagSettings] = []
        while try query.step() { found.append(try memo.tagSettings(query.text(0))) }
        return found
    }

    /// A watch's settings, from their JSON, with what its tags say and what is set for all watches.
    static func merged(
        _ db: Database, _ json: String?, of watch: Int64, hasTags: Bool, under all: Settings, memo: SettingsMemo
    ) throws -> WatchSettings {
        let own = try memo.settings(json)
        // Most watches have no tag, and then this costs no read.
        return own.merged(with: hasTags ? try settings(db, of: watch, memo: memo) : [], under: all)
    }

    /// Lets the pages of a tag's watches be looked at with their next check, even if their bytes are the same, and
    /// supersedes outcomes of checks that run meanwhile.
    static func lookAnew(_ db: Database, atWatchesOf tag: TagID) throws {
        try db.run(
            """
            UPDATE watch SET revision = revision + 1, page_checksum = NULL, etag = NULL, last_modified = NULL
            WHERE id IN (SELECT watch FROM watch_tag WHERE tag = (SELECT id FROM tag WHERE uuid = ?))
            """, tag.uuid)
    }

    /// The tag of that title, made when there is none.
    static func make(_ db: Database, title: String, _ log: EditLog, memo: SettingsMemo) throws -> Tag {
        if let known = try find(db, titled: title, memo: memo) { return known }
        let tag = Tag(
            title: title.trimmingCharacters(in: .whitespacesAndNewlines),
            createdAt: Date(milliseconds: log.now.milliseconds))
        try db.run(
            "INSERT INTO tag (uuid, title, title_key, created_at) VALUES (?, ?, ?, ?)", tag.id.uuid, tag.title,
            key(of: title),
            tag.createdAt)
        try log.note(nil, tag)
        return tag
    }

    /// Gives the watch those of `tags` that there are, and no others; answers them.
    static func give(_ db: Database, _ tags: [TagID], to watch: Int64) throws -> [TagID] {
        try db.run("DELETE FROM watch_tag WHERE watch = ? AND matched = 0", watch)
        try db.run("UPDATE watch_tag SET given = 0 WHERE watch = ? AND given = 1", watch)
        for tag in tags {
            try db.run(
                """
                INSERT INTO watch_tag (watch, tag) SELECT ?, id FROM tag WHERE uuid = ?
                ON CONFLICT (watch, tag) DO UPDATE SET given = 1
                """, watch, tag.uuid)
        }
        return try self.tags(db, of: watch)
    }

    /// Gives the watch at `url` the tags whose pattern its address matches, and takes those away that it had for
    /// another address.
    static func match(_ db: Database, _ url: String, of watch: Int64) throws {
        try db.run("DELETE FROM watch_tag WHERE watch = ? AND given = 0", watch)
        try db.run("UPDATE watch_tag SET matched = 0 WHERE watch = ? AND matched = 1", watch)
        var matching: [Int64] = []
        do {
            let query = try db.query("SELECT id, addresses FROM tag WHERE addresses <> ''")
            while try query.step() {
                if AddressPattern(query.text(1)).matches(url) { matching.append(query.int(0)) }
            }
        }
        for tag in matching { try note(db, watch: watch, matches: tag) }
    }

    /// Looks through all watches for those that a tag with a new pattern is for.
    static func match(_ db: Database, _ tag: Tag) throws {
        guard let key = try db.number("SELECT id FROM tag WHERE uuid = ?", tag.id.uuid) else { return }
        try db.run("DELETE FROM watch_tag WHERE tag = ? AND given = 0", key)
        try db.run("UPDATE watch_tag SET matched = 0 WHERE tag = ? AND matched = 1", key)
        guard !tag.addresses.isEmpty else { return }
        var matching: [Int64] = []
        do {
            let query = try db.query("SELECT id, url FROM watch")
            while try query.step() { if tag.addresses.matches(query.text(1)) { matching.append(query.int(0)) } }
        }
        for watch in matching { try note(db, watch: watch, matches: key) }
    }

    private static func note(_ db: Database, watch: Int64, matches tag: Int64) throws {
        try db.run(
            """
            INSERT INTO watch_tag (watch, tag, given, matched) VALUES (?, ?, 0, 1)
            ON CONFLICT (watch, tag) DO UPDATE SET matched = 1
            """, watch, tag)
    }

    /// The tags that one watch was given, in the order in which the tags were made.
    static func tags(_ db: Database, of watch: Int64) throws -> [TagID] {
        try tags(db, "WHERE watch = ? AND given = 1 ORDER BY watch_tag.tag", watch)
    }

    /// All tags of one watch, those that it was given first.
    static func allTags(_ db: Database, of watch: Int64) throws -> [TagID] {
        try tags(db, "WHERE watch = ? ORDER BY given DESC, watch_tag.tag", watch)
    }

    private static func tags(_ db: Database, _ which: String, _ watch: Int64) throws -> [TagID] {
        let query = try db.query("SELECT uuid FROM watch_tag JOIN tag ON tag.id = watch_tag.tag \(which)", watch)
        var found: [TagID] = []
        while try query.step() { found.append(TagID(query.uuid(0))) }
        return found
    }
}

extension Query {
    /// The tag whose `TagTable.columns` stand in front.
    fileprivate borrowing func tag(_ memo: SettingsMemo) throws -> Tag {
        Tag(
            id: TagID(uuid(0)), title: text(1), createdAt: date(2), settings: try memo.tagSettings(optionalText(3)),
            addresses: AddressPattern(text(4)), colour: optionalText(5).flatMap(TagColour.init),
            notificationMuted: flag(6))
    }
}
