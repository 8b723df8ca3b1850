import Domain
import Foundation
import GRDB

/// Keeps the bodies of a watch's newest versions small: as what differs from one whole body of the same watch, its
/// base.
///
/// Most pages change in a few places, so most checks that keep a body read the base and write some bytes; whole pages
/// would be most of what such a check writes. A body that has little in common with the base becomes the next one, and
/// the few bodies that are still kept are made anew against it.
struct Bodies {
    /// A body made ready to be kept, which needs no lock on the database.
    struct Pressed: Sendable {
        let text: [UInt8]
        let body: [UInt8]
        /// The base that `body` is a delta of; nil when it is whole. No base's number is ever given again.
        let base: Int64?
    }

    private struct Base {
        let id: Int64
        let text: [UInt8]
        let pressedCount: Int
    }

    let db: Database
    let codec: TextCodec

    /// The body of one version; nil when it is not kept.
    func body(of watch: WatchID, version: SnapshotVersion) throws -> KeptBody? {
        let query = try db.query(
            """
            SELECT content_type, byte_count, body, base, watch FROM page_body
            WHERE watch = (SELECT id FROM watch WHERE uuid = ?) AND version = ?
            """, watch.uuid, version)
        guard try query.step() else { return nil }
        let text = try text(
            query.bytes(2), length: query.count(1), base: query.optionalInt(3), of: query.int(4))
        return KeptBody(version: version, contentType: query.optionalText(0), bytes: text)
    }

    private func text(_ body: [UInt8], length: Int, base: Int64?, of key: Int64) throws -> [UInt8] {
        do {
            guard let base else { return try codec.text(body, length: length) }
            guard let standing = try self.base(of: key), standing.id == base else {
                throw StoreError.corrupt("a body without its base")
            }
            return try codec.text(body, length: length, against: standing.text)
        } catch let failure as TextCodec.Failure {
            throw StoreError.corrupt("body: \(failure)")
        }
    }

    private func base(of key: Int64) throws -> Base? {
        let query = try db.query("SELECT id, byte_count, body FROM body_base WHERE watch = ?", key)
        guard try query.step() else { return nil }
        let pressed = query.bytes(2)
        return Base(
            id: query.int(0), text: try codec.text(pressed, length: query.count(1)), pressedCount: pressed.count)
    }

    /// Presses the next body of a watch: against its base where that pays, else whole.
    func press(_ text: [UInt8], of watch: WatchID) throws -> Pressed {
        let key = try db.number("SELECT id FROM watch WHERE uuid = ?", watch.uuid)
        return try press(text, against: try key.flatMap(usableBase(of:)))
    }

    /// The base of a watch; a damaged one is as good as none, and the next body takes its place.
    private func usableBase(of key: Int64) throws -> Base? { try StoreError.unlessDamaged { try base(of: key) } }

    private func press(_ text: [UInt8], against base: Base?) throws -> Pressed {
        if let base, let delta = try delta(text, against: base) { return delta }
        return Pressed(text: text, body: try codec.pressedFast(text), base: nil)
    }

    private func delta(_ text: [UInt8], against base: Base) throws -> Pressed? {
        guard base.text.count + text.count <= TextCodec.longestPair else { return nil }
        let body = try codec.pressed(text, against: base.text)
        guard body.count <= max(512, base.pressedCount / 4) else { return nil }
        return Pressed(text: text, body: body, base: base.id)
    }

    /// Keeps a body beside its snapshot and lets go of those of which `count` newer ones are kept.
    func keep(_ pressed: Pressed, of key: Int64, version: SnapshotVersion, contentType: String?, count: Int) throws {
        var kept = pressed
        if let base = pressed.base, try db.number("SELECT id FROM body_base WHERE watch = ?", key) != base {
            kept = try press(pressed.text, against: try usableBase(of: key))
        }
        if kept.base == nil { kept = try becomeBase(kept, of: key, count: count) }
        try db.run(
            "INSERT INTO page_body (watch, version, content_type, byte_count, body, base) VALUES (?, ?, ?, ?, ?, ?)",
            key, version, contentType.map { String($0.prefix(200)) }, kept.text.count, kept.body, kept.base)
        try db.run(
            """
            DELETE FROM page_body WHERE watch = ?1 AND version <=
                (SELECT version FROM page_body WHERE watch = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?2)
            """, key, count)
    }

    /// Makes `whole` the watch's base and answers it as a delta of itself.
    private func becomeBase(_ whole: Pressed, of key: Int64, count: Int) throws -> Pressed {
        let others = try newest(count - 1, of: key)
        try db.run("DELETE FROM body_base WHERE watch = ?", key)
        try db.run(
            "INSERT INTO body_base (watch, byte_count, body) VALUES (?, ?, ?)", key, whole.text.count, whole.body)
        let base = Base(id: db.lastInsertedRowID, text: whole.text, pressedCount: whole.body.count)
        for (version, text) in others {
            let pressed = try press(text, against: base)
            try db.run(
                "UPDATE page_body SET body = ?, base = ? WHERE watch = ? AND version = ?", pressed.body, pressed.base,
                key, version)
        }
        return Pressed(text: whole.text, body: try codec.pressed(whole.text, against: whole.text), base: base.id)
    }

    /// The texts of the newest bodies that are deltas; one that is damaged does not stop a later one from being kept.
    private func newest(_ count: Int, of key: Int64) throws -> [(version: Int64, text: [UInt8])] {
        let query = try db.query(
            """
            SELECT version, byte_count, body, base FROM page_body WHERE watch = ?1 AND base IS NOT NULL
            ORDER BY version DESC LIMIT ?2
            """, key, max(0, count))
        var found: [(version: Int64, text: [UInt8])] = []
        while try query.step() {
            let base = query.optionalInt(3)
            let (body, length) = (query.bytes(2), query.count(1))
            guard let text = try StoreError.unlessDamaged({ try text(body, length: length, base: base, of: key) })
            else { continue }
            found.append((query.int(0), text))
        }
        return found
    }
}
