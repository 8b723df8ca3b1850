public import Domain
public import Foundation
import GRDB

extension Store {
    /// What people have set for all watches; the defaults before anybody did.
    public func settings() async throws -> Settings {
        try await read { [settingsMemo] db in try Self.settings(db, settingsMemo) }
    }

    static func settings(_ db: Database, _ memo: SettingsMemo) throws -> Settings {
        try memo.shared(try value(db, of: "settings"))
    }

    /// Changes the settings for all watches and answers them; what `change` throws is passed on, and nothing is stored.
    ///
    /// When the change concerns what of a page counts, every page is looked at anew with its next check, even if its
    /// bytes are the same, and outcomes of checks that run meanwhile are superseded. A new interval or schedule moves
    /// the due times of the watches that take it, so that a shorter one does not wait for the longer to pass.
    public func updateSettings(
        by requester: Requester, now: Date, _ change: @escaping @Sendable (inout Settings) throws -> Void
    ) async throws -> Settings {
        try await edit(by: requester, now: now) { [settingsMemo] db, log in
            let old = try Self.settings(db, settingsMemo)
            var new = old
            try change(&new)
            guard new != old else { return new }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try Self.set(db, "settings", to: String(decoding: try encoder.encode(new), as: UTF8.self))
            if SettingsTable.looksAnew(SettingsTable.all, old, new) {
                try db.run(
                    "UPDATE watch SET revision = revision + 1, page_checksum = NULL, etag = NULL, last_modified = NULL")
            }
            if new.timing.schedule != old.timing.schedule || new.timeZone != old.timeZone {
                try Self.reschedule(db, try Self.allKeys(db), now: now, memo: settingsMemo)
            } else if new.timeBetweenCheck != old.timeBetweenCheck {
                try Self.reschedule(db, new.timeBetweenCheck, now: now, memo: settingsMemo)
            }
            try log.note(old, new)
            return new
        }
    }

    /// The key of the API; made by `generate` and kept when there is none yet.
    public func apiKey(generate: @escaping @Sendable () -> String) async throws -> String {
        if let key = try await read({ db in try Self.value(db, of: "api_key") }) { return key }
        return try await write { db in
            // Another process may have made one since.
            if let key = try Self.value(db, of: "api_key") { return key }
            let key = generate()
            try Self.set(db, "api_key", to: key)
            return key
        }
    }

    /// Replaces the key of the API.
    public func setAPIKey(_ key: String) async throws {
        try await write { db in try Self.set(db, "api_key", to: key) }
    }

    private static func value(_ db: Database, of name: String) throws -> String? {
        let query = try db.query("SELECT value FROM setting WHERE name = ?", name)
        return try query.step() ? query.text(0) : nil
    }

    private static func set(_ db: Database, _ name: String, to value: String) throws {
        try db.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name, value)
    }
}
