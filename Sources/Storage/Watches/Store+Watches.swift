public import Domain
public import Foundation
import GRDB

extension Store {
    /// Adds all of `watches`, or none; answers them in the same order.
    public func create(_ watches: [NewWatch], by requester: Requester, now: Date) async throws -> [Watch] {
        try await edit(by: requester, now: now) { [options, settingsMemo] db, log in
            try watches.map { try Self.insert(db, $0, log, hostOf: options.hostOf, memo: settingsMemo) }
        }
    }

    private static func insert(
        _ db: Database, _ new: NewWatch, _ log: EditLog, hostOf: (String) -> String, memo: SettingsMemo
    ) throws -> Watch {
        let now = log.now
        let due = new.paused ? nil : new.firstDue ?? now
        let id = WatchID()
        try db.run(
            """
            INSERT INTO watch (uuid, url, host, title, paused, notification_muted, settings, created_at, next_due_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, id.uuid, new.url, hostOf(new.url), new.title, new.paused, new.notificationMuted,
            try SettingsMemo.json(new.settings), now, due)
        let key = db.lastInsertedRowID
        let made = try new.tagTitles.map { try TagTable.make(db, title: $0, log, memo: memo).id }
        var watch = Watch(
            id: id, url: new.url, title: new.title, paused: new.paused, notificationMuted: new.notificationMuted,
            settings: new.settings, createdAt: Date(milliseconds: now.milliseconds))
        watch.state.nextDue = due.map { Date(milliseconds: $0.milliseconds) }
        if !made.isEmpty || !new.tags.isEmpty { watch.tags = try TagTable.give(db, made + new.tags, to: key) }
        try TagTable.match(db, new.url, of: key)
        try log.note(nil, watch)
        return watch
    }

    /// The watch; nil when it is gone.
    public func watch(_ id: WatchID) async throws -> Watch? {
        try await read { [settingsMemo] db in try WatchTable.find(db, id, memo: settingsMemo)?.watch }
    }

    /// Changes what a person may change of a watch (address, title, tags, paused, muted, settings, last viewed) and
    /// answers it as it is then; nil when it is gone. What `change` throws is passed on, and nothing is stored.
    ///
    /// `tagTitles`, when given, are the watch's tags from then on; one that does not exist is made.
    ///
    /// A new address or new settings count as an edit: everything is looked at again, at once, and outcomes of checks
    /// that run meanwhile are superseded. Pausing ends its being due, unpausing makes it due at once.
    public func update(
        _ id: WatchID, by requester: Requester, now: Date, tagTitles: [String]? = nil,
        _ change: @escaping @Sendable (inout Watch) throws -> Void
    ) async throws -> Watch? {
        try await edit(by: requester, now: now) { [settingsMemo, options] db, log in
            guard let (key, old) = try WatchTable.find(db, id, memo: settingsMemo) else { return nil }
            var new = old
            try change(&new)
            if let tagTitles {
                new.tags = try tagTitles.map { try TagTable.make(db, title: $0, log, memo: settingsMemo).id }
            }
            try Self.store(db, key, old: old, new: new, now: now, hostOf: options.hostOf, memo: settingsMemo)
            let stored = try WatchTable.find(db, id, memo: settingsMemo)?.watch
            if let stored { try log.note(old, stored) }
            return stored
        }
    }

    private static func store(
        _ db: Database, _ key: Int64, old: Watch, new: Watch, now: Date, hostOf: (String) -> String, memo: SettingsMemo
    ) throws {
        if new.title != old.title { try db.run("UPDATE watch SET title = ? WHERE id = ?", new.title, key) }
        if new.notificationMuted != old.notificationMuted {
            try db.run("UPDATE watch SET notification_muted = ? WHERE id = ?", new.notificationMuted, key)
        }
        if new.state.lastViewed != old.state.lastViewed {
            try db.run("UPDATE watch SET last_viewed = ? WHERE id = ?", new.state.lastViewed, key)
        }
        if new.url != old.url { try TagTable.match(db, new.url, of: key) }
        if Set(new.tags) != Set(old.tags) { try Self.giveAnew(db, new.tags, to: key, now: now, memo: memo) }
        if new.paused != old.paused { try WatchTable.setPaused(db, key, new.paused, now: now) }
        let isAsBefore = SettingsTable.watch.allSatisfy {
            $0.about.effect == .nothing || $0.isEqual(new.settings, old.settings)
        }
        if new.url == old.url, isAsBefore {
            // No check looks at what else there is: what a click opens, how many versions are kept.
            if new.settings != old.settings {
                try db.run("UPDATE watch SET settings = ? WHERE id = ?", try SettingsMemo.json(new.settings), key)
            }
        } else {
            try db.run(
                """
                UPDATE watch SET url = ?, host = ?, settings = ?, revision = revision + 1, etag = NULL, last_modified = NULL,
                    page_checksum = NULL, last_failure = NULL, last_failure_detail = NULL, consecutive_failures = 0,
                    next_due_at = CASE paused WHEN 1 THEN NULL ELSE ? END WHERE id = ?
                """, new.url, hostOf(new.url), try SettingsMemo.json(new.settings), now, key)
        }
        let moved = new.url != old.url || !isAsBefore || new.paused != old.paused || Set(new.tags) != Set(old.tags)
        if moved, !new.paused { try Self.putIntoSchedule(db, key, try Schedules(db, memo), memo) }
    }

    /// Puts a due time that lies outside of the watch's schedule off to its next opening.
    private static func putIntoSchedule(
        _ db: Database, _ key: Int64, _ schedules: Schedules, _ memo: SettingsMemo
    ) throws {
        guard let schedule = try schedules.effective(db, key, memo),
            let due = try db.number("SELECT next_due_at FROM watch WHERE id = ?", key).map(Date.init(milliseconds:)),
            !schedule.isOpen(at: due)
        else { return }
        try db.run("UPDATE watch SET next_due_at = ? WHERE id = ?", schedule.adjusted(due: due), key)
    }

    /// Gives the watch these tags and no others; where that changes what the tags say about its page, that is looked at
    /// anew.
    private static func giveAnew(
        _ db: Database, _ tags: [TagID], to key: Int64, now: Date, memo: SettingsMemo
    ) throws {
        let before = try TagTable.settings(db, of: key, memo: memo)
        _ = try TagTable.give(db, tags, to: key)
        let after = try TagTable.settings(db, of: key, memo: memo)
        guard after != before else { return }
        try db.run(
            "UPDATE watch SET revision = revision + 1, page_checksum = NULL, etag = NULL, last_modified = NULL WHERE id = ?",
            key)
        if before.map(\.timing.schedule) != after.map(\.timing.schedule) {
            try Self.reschedule(db, [key], now: now, memo: memo)
        }
    }

    /// Deletes watches with their history; answers those that there were.
    public func delete(_ ids: [WatchID], by requester: Requester, now: Date) async throws -> [WatchID] {
        try await edit(by: requester, now: now) { [settingsMemo] db, log in
            try ids.filter { id in
                guard let (key, watch) = try WatchTable.find(db, id, memo: settingsMemo) else { return false }
                try db.run("DELETE FROM watch WHERE id = ?", key)
                try log.note(watch, nil)
                return true
            }
        }
    }

    /// Pauses watches or lets them go on, which makes them due at `now` or when their schedule opens; answers those
    /// that it changed.
    public func setPaused(
        _ ids: [WatchID], _ paused: Bool, by requester: Requester, now: Date
    ) async throws -> [WatchID] {
        try await edit(by: requester, now: now) { [settingsMemo] db, log in
            let schedules = try Schedules(db, settingsMemo)
            return try ids.filter { id in
                let key = try db.number("SELECT id FROM watch WHERE uuid = ? AND paused <> ?", id.uuid, paused)
                guard let key else { return false }
                try WatchTable.setPaused(db, key, paused, now: now)
                if !paused { try Self.putIntoSchedule(db, key, schedules, settingsMemo) }
                try log.note(id, paused: paused)
                return true
            }
        }
    }

    /// Notes that a person has seen `version`, the newest when nil; never takes back what was seen. False when that
    /// changes nothing.
    public func markViewed(_ id: WatchID, version: SnapshotVersion? = nil) async throws -> Bool {
        try await write { db in
            try db.run(
                """
                UPDATE watch SET last_viewed = coalesce(?1, newest_version)
                WHERE uuid = ?2 AND coalesce(?1, newest_version) > last_viewed
                """, version, id.uuid)
            return db.changesCount > 0
        }
    }

    /// Notes that a person has seen the newest of every watch; answers the number of watches that this concerns.
    public func markAllViewed() async throws -> Int {
        try await write { db in
            try db.run("UPDATE watch SET last_viewed = newest_version WHERE unviewed = 1")
            return db.changesCount
        }
    }
}
