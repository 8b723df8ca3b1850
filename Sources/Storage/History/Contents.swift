import Crypto
import Foundation
import GRDB

/// Keeps each text once, under its SHA-256, small: as a delta against an earlier text where that pays, else whole.
///
/// Base and depth of a content never change, and the schema's triggers keep a base as long as a delta needs it, so no
/// delete can leave a text that cannot be read. A text is never judged by another's checksum: the hash is made here, of
/// the bytes that are kept.
struct Contents {
    /// A text made ready to be kept, which needs no lock on the database.
    struct Pressed: Sendable {
        let hash: [UInt8]
        let byteCount: Int
        let body: [UInt8]
        /// The content that `body` is a delta of; nil when it is whole.
        let base: Int64?
        /// Tells that the base is still the same one when the text is kept; keys of deleted contents may be given
        /// again.
        let baseHash: [UInt8]?
        /// 0 for a whole text; negative when the text is kept already and was not pressed.
        let depth: Int64

        static func known(hash: [UInt8]) -> Pressed {
            Pressed(hash: hash, byteCount: 0, body: [], base: nil, baseHash: nil, depth: -1)
        }
    }

    let codec: TextCodec
    let longestChain: Int

    static func hash(_ text: [UInt8]) -> [UInt8] {
        [UInt8](SHA256.hash(data: text))
    }

    /// The text of a content; nil when there is none of that key.
    func text(_ db: Database, _ id: Int64) throws -> [UInt8]? {
        try text(db, id, steps: 0)
    }

    private func text(_ db: Database, _ id: Int64, steps: Int) throws -> [UInt8]? {
        // The schema bounds depth to 64; a damaged file must not make this endless.
        guard steps <= 64 else { throw StoreError.corrupt("deltas without an end") }
        guard let (base, length, body) = try row(db, id) else { return nil }
        var earlier: [UInt8]?
        if let base {
            earlier = try text(db, base, steps: steps + 1)
            guard earlier != nil else { throw StoreError.corrupt("a delta without its base") }
        }
        do {
            return try codec.text(body, length: length, against: earlier)
        } catch let failure as TextCodec.Failure {
            throw StoreError.corrupt("snapshot: \(failure)")
        }
    }

    private func row(_ db: Database, _ id: Int64) throws -> (base: Int64?, length: Int, body: [UInt8])? {
        let query = try db.query("SELECT base, byte_count, body FROM content WHERE id = ?", id)
        guard try query.step() else { return nil }
        return (query.optionalInt(0), query.count(1), query.bytes(2))
    }

    /// Presses `text`, against the content `earlier` when that one's chain has room and the delta is clearly smaller
    /// than the whole.
    func press(_ db: Database, _ text: [UInt8], hash: [UInt8], earlier: Int64?) throws -> Pressed {
        if let earlier, let delta = try delta(db, text, hash: hash, earlier: earlier) { return delta }
        let body = try codec.pressed(text)
        return Pressed(hash: hash, byteCount: text.count, body: body, base: nil, baseHash: nil, depth: 0)
    }

    /// The text as a delta against what `earlier` is a delta of, when that is small, else against `earlier` itself; nil
    /// when neither pays.
    ///
    /// A page that goes on changing in one place differs from the text before `earlier` as little as from `earlier`,
    /// and so its chain does not grow: what is read stays a step or two away from a whole text.
    private func delta(_ db: Database, _ text: [UInt8], hash: [UInt8], earlier: Int64) throws -> Pressed? {
        guard let last = try standing(db, earlier) else { return nil }
        if let base = last.base, let first = try standing(db, base),
            let body = try delta(db, text, against: base), body.count <= max(512, text.count / 64)
        {
            return Pressed(
                hash: hash, byteCount: text.count, body: body, base: base, baseHash: first.hash, depth: last.depth)
        }
        guard last.depth + 1 < Int64(longestChain), let body = try delta(db, text, against: earlier) else { return nil }
        return Pressed(
            hash: hash, byteCount: text.count, body: body, base: earlier, baseHash: last.hash, depth: last.depth + 1)
    }

    private func delta(_ db: Database, _ text: [UInt8], against base: Int64) throws -> [UInt8]? {
        // An earlier text that is damaged must not stop a later one from being kept.
        guard let old = try StoreError.unlessDamaged({ try self.text(db, base) }),
            old.count + text.count <= TextCodec.longestPair
        else { return nil }
        let body = try codec.pressed(text, against: old)
        // A fifth of the text is less than it takes whole, so the whole need not be made to know.
        if body.count * 5 > text.count, try body.count * 4 > codec.pressed(text).count * 3 { return nil }
        return body
    }

    private struct Standing {
        let depth: Int64
        let hash: [UInt8]
        let base: Int64?
    }

    private func standing(_ db: Database, _ id: Int64) throws -> Standing? {
        let query = try db.query("SELECT depth, hash, base FROM content WHERE id = ?", id)
        guard try query.step() else { return nil }
        return Standing(depth: query.int(0), hash: query.bytes(1), base: query.optionalInt(2))
    }

    /// The key under which a text of that hash is kept already.
    func find(_ db: Database, hash: [UInt8]) throws -> Int64? {
        try db.number("SELECT id FROM content WHERE hash = ?", hash)
    }

    /// Keeps `pressed` and answers its key; nobody refers to it yet.
    func insert(_ db: Database, _ pressed: Pressed) throws -> Int64 {
        try db.run(
            "INSERT INTO content (hash, byte_count, depth, base, body) VALUES (?, ?, ?, ?, ?)",
            pressed.hash, pressed.byteCount, pressed.depth, pressed.base, pressed.body)
        return db.lastInsertedRowID
    }
}

extension Store {
    var contents: Contents { Contents(codec: codec, longestChain: min(max(options.longestChain, 1), 64)) }
}
