public import Domain
public import Foundation
import GRDB

/// A page's body as it was fetched, of one of the newest versions.
public struct KeptBody: Hashable, Sendable {
    public let version: SnapshotVersion
    public let contentType: String?
    public let bytes: [UInt8]
}

/// What a shop said at one moment.
public struct PricePoint: Hashable, Sendable {
    public let foundAt: Date
    public let offer: Offer

    public init(foundAt: Date, offer: Offer) {
        self.foundAt = foundAt
        self.offer = offer
    }
}

/// The prices of a watch in a few numbers.
public struct PriceSummary: Hashable, Sendable {
    public let current: Offer?
    /// The price before the last one that differs.
    public let lastPrice: Double?
    public let lowest: Double?
    public let highest: Double?

    public init(current: Offer?, lastPrice: Double?, lowest: Double?, highest: Double?) {
        self.current = current
        self.lastPrice = lastPrice
        self.lowest = lowest
        self.highest = highest
    }
}

extension Store {
    /// The body of a version as it was fetched; nil when it is too old to have one.
    public func body(of watch: WatchID, version: SnapshotVersion) async throws -> KeptBody? {
        try await read { [codec] db in try Bodies(db: db, codec: codec).body(of: watch, version: version) }
    }

    /// The versions that can be looked at anew, newest first: those whose body or picture is kept.
    public func keptPages(of watch: WatchID) async throws -> [SnapshotVersion] {
        try await read { db in
            let query = try db.query(
                """
                SELECT version FROM page_body WHERE watch = (SELECT id FROM watch WHERE uuid = ?1)
                UNION SELECT version FROM snapshot_picture
                    WHERE watch = (SELECT id FROM watch WHERE uuid = ?1) AND picture IS NOT NULL
                ORDER BY version DESC LIMIT 100
                """, watch.uuid)
            var found: [SnapshotVersion] = []
            while try query.step() { found.append(SnapshotVersion(query.int(0))) }
            return found
        }
    }

    /// The offers of a watch, oldest first; at most so many of the newest.
    public func prices(of watch: WatchID, newest: Int = .max) async throws -> [PricePoint] {
        try await read { db in
            let query = try db.query(
                """
                SELECT amount, currency, in_stock, availability, found_at FROM price
                WHERE watch = (SELECT id FROM watch WHERE uuid = ?) ORDER BY found_at DESC LIMIT ?
                """, watch.uuid, max(0, newest))
            var found: [PricePoint] = []
            while try query.step() { found.append(PricePoint(foundAt: query.date(4), offer: query.offer())) }
            return found.reversed()
        }
    }

    /// The newest offer, the price before it, and the lowest and highest there ever were.
    public func priceSummary(of watch: WatchID) async throws -> PriceSummary {
        try await read { db in
            guard let key = try db.number("SELECT id FROM watch WHERE uuid = ?", watch.uuid) else {
                return PriceSummary(current: nil, lastPrice: nil, lowest: nil, highest: nil)
            }
            let current = try Self.offer(db, key, isTold: false)
            func amount(_ sql: String) throws -> Double? {
                let query = try db.query(sql, key)
                return try query.step() ? query.optionalReal(0) : nil
            }
            return PriceSummary(
                current: current,
                lastPrice: try amount(
                    """
                    SELECT amount FROM price WHERE watch = ?1 AND amount IS NOT NULL AND amount <>
                        (SELECT amount FROM price WHERE watch = ?1 AND amount IS NOT NULL ORDER BY found_at DESC LIMIT 1)
                    ORDER BY found_at DESC LIMIT 1
                    """),
                lowest: try amount("SELECT min(amount) FROM price WHERE watch = ?"),
                highest: try amount("SELECT max(amount) FROM price WHERE watch = ?"))
        }
    }

    /// The picture that a version shows; nil when it shows none, or none any more.
    public func picture(of watch: WatchID, version: SnapshotVersion) async throws -> Picture? {
        try await read { db in
            guard let key = try db.number("SELECT id FROM watch WHERE uuid = ?", watch.uuid) else { return nil }
            return try Pictures(db: db).picture(of: key, version: version)
        }
    }

    /// Whether a version shows a picture; nil when it does not.
    public func pictureState(of watch: WatchID, version: SnapshotVersion) async throws -> PictureState? {
        try await read { db in try Pictures(db: db).state(of: watch, version: version) }
    }

    /// Of how many of a watch's newest versions the picture is kept.
    public var picturesKept: Int { options.picturesKept }

    /// The newest offer, or the newest that was told.
    static func offer(_ db: Database, _ key: Int64, isTold: Bool) throws -> Offer? {
        let query = try db.query(
            """
            SELECT amount, currency, in_stock, availability FROM price WHERE watch = ? AND told >= ?
            ORDER BY found_at DESC LIMIT 1
            """, key, isTold)
        return try query.step() ? query.offer() : nil
    }

    /// Fills in what a check compares with, as far as the watch's settings look at it.
    func addComparisons(_ db: Database, _ key: Int64, _ settings: WatchSettings, to previous: inout PreviousCheck)
        throws
    {
        if settings.comparesWithLastText {
            let query = try db.query("SELECT byte_count, body FROM last_text WHERE watch = ?", key)
            if try query.step() { previous.lastText = try codec.text(query.bytes(1), length: query.count(0)) }
        }
        if settings.comparesWithSnapshot {
            let content = try db.number(
                "SELECT content FROM snapshot WHERE watch = ? ORDER BY version DESC LIMIT 1", key)
            previous.snapshotText = try content.flatMap { try contents.text(db, $0) }
        }
        if settings.processor == .image { previous.picture = try Pictures(db: db).picture(of: key, version: nil) }
        if settings.processor == .restock {
            previous.offerTold = try Self.offer(db, key, isTold: true)
            previous.offerSeen = try Self.offer(db, key, isTold: false)
        }
    }
}

extension Query {
    /// The offer whose amount, currency, stock and availability stand in the first four columns.
    fileprivate borrowing func offer() -> Offer {
        Offer(
            isInStock: optionalInt(2).map { $0 == 1 }, price: optionalReal(0), currency: optionalText(1),
            availability: optionalText(3))
    }
}
