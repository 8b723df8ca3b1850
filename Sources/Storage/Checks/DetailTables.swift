import Domain
import Foundation
import GRDB

/// Writes what only some watches keep: last texts, line numbers, bodies and prices.
enum DetailTables {
    /// The most lines of one text that are numbered; a page with more is a change whenever it differs.
    static let linesNumbered = 100_000
}

extension OutcomeWriter {
    /// Keeps what the verdict says is to be kept beside the snapshot.
    func keepDetails(
        of outcome: CheckOutcome, key: Int64, version: SnapshotVersion?, body: Bodies.Pressed?
    ) throws {
        guard case .verdict(let verdict) = outcome.result else { return }
        if let text = verdict.lastText {
            try db.run(
                """
                INSERT INTO last_text (watch, byte_count, body) VALUES (?, ?, ?)
                ON CONFLICT (watch) DO UPDATE SET byte_count = excluded.byte_count, body = excluded.body
                """, key, text.count, try contents.codec.pressed(text))
        }
        if let picture = verdict.picture, let version {
            try Pictures(db: db).keep(picture, of: key, version: version, count: options.picturesKept)
        }
        if let offer = verdict.offer { try keep(offer, outcome.startedAt, key, isTold: version != nil) }
        if let body, let version {
            try Bodies(db: db, codec: contents.codec).keep(
                body, of: key, version: version, contentType: outcome.contentType, count: options.bodiesKept)
        }
    }

    /// One row for each offer that differs from the one before, and for each that was told.
    private func keep(_ offer: Offer, _ moment: Date, _ key: Int64, isTold: Bool) throws {
        let query = try db.query(
            "SELECT amount, currency, in_stock, found_at FROM price WHERE watch = ? ORDER BY found_at DESC LIMIT 1", key
        )
        var newest: Int64?
        if try query.step() {
            newest = query.int(3)
            let isSame =
                query.optionalReal(0) == offer.price && query.optionalText(1) == offer.currency
                && query.optionalInt(2) == offer.isInStock.map { $0 ? 1 : 0 }
            if isSame, !isTold { return }
        }
        try db.run(
            "INSERT INTO price (watch, found_at, amount, currency, in_stock, availability, told) VALUES (?, ?, ?, ?, ?, ?, ?)",
            key, max(moment.milliseconds, (newest ?? 0) + 1), offer.price, offer.currency, offer.isInStock,
            offer.availability.map { String($0.prefix(200)) }, isTold)
    }

    /// Notes the lines of `text` as shown and answers whether one of them never was before.
    ///
    /// A watch whose lines were not noted so far (the setting is new) begins with those of the snapshots that it has.
    func showsNewLine(_ text: [UInt8], ignoresWhitespace: Bool, _ key: Int64) throws -> Bool {
        let lines = SeenLine.numbers(in: text, ignoresWhitespace: ignoresWhitespace)
        guard lines.count <= DetailTables.linesNumbered else { return true }
        if try db.number("SELECT 1 FROM seen_line WHERE watch = ? LIMIT 1", key) == nil {
            try noteSnapshots(key, ignoresWhitespace: ignoresWhitespace)
        }
        return try note(lines, key)
    }

    private func noteSnapshots(_ key: Int64, ignoresWhitespace: Bool) throws {
        var kept: [Int64] = []
        do {
            let query = try db.query("SELECT content FROM snapshot WHERE watch = ?", key)
            while try query.step() { kept.append(query.int(0)) }
        }
        for content in Set(kept) {
            guard let text = try contents.text(db, content) else { continue }
            _ = try note(SeenLine.numbers(in: text, ignoresWhitespace: ignoresWhitespace), key)
        }
    }

    private func note(_ lines: [Int64], _ key: Int64) throws -> Bool {
        var isNew = false
        for line in lines {
            try db.run("INSERT OR IGNORE INTO seen_line (watch, line) VALUES (?, ?)", key, line)
            if db.changesCount > 0 { isNew = true }
        }
        return isNew
    }
}

extension CheckOutcome {
    private var verdict: Verdict? { if case .verdict(let verdict) = result { verdict } else { nil } }

    /// To be kept as the text that the next difference is taken to.
    var lastText: [UInt8]? { verdict?.lastText }

    var offer: Offer? { verdict?.offer }

    var wantsUniqueLines: Bool { verdict?.wantsUniqueLines ?? false }

    var ignoresWhitespace: Bool { verdict?.ignoresWhitespace ?? true }
}
