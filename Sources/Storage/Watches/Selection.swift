import Domain
import Foundation
import GRDB

/// A `WatchQuery` as SQL: which rows, in which order.
///
/// What people search for fits a few watches or nearly all. A few are found by index and then sorted; of many, sorting
/// would cost the most, so the order's own index is walked until the page is full. Which it is shows when `countedMost`
/// matches are reached.
struct Selection: Sendable {
    /// From so many matches on, a search counts no further.
    static let countedMost = 2000

    struct Found {
        let keys: [Int64]
        let matching: Int
        let isCut: Bool
    }

    /// Conditions on the rows of `watch`, with the values they need and the tables that they begin from.
    struct Filter: Sendable {
        /// CROSS JOIN keeps SQLite to the order in which the tables are written.
        var tables = "watch"
        var conditions: [String] = []
        var values: [any Bindable] = []

        var clause: String { tables + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")) }

        mutating func add(_ condition: String, _ values: [any Bindable] = []) {
            conditions.append(condition)
            self.values += values
        }
    }

    /// Finds rows by the indexes of tags and letter triples.
    let quick: Filter
    /// Says the same of one row at a time, so that rows can be looked at in order.
    private let walk: Filter
    private let query: WatchQuery
    /// Totals say how many there are.
    private let isPlain: Bool
    /// The index of tags says quickly how many there are.
    private let countsTag: Bool

    init(_ query: WatchQuery) {
        let sought = WatchQuery.sought(query.search ?? "")
        // One or two letters have no entry in the index of triples.
        let isIndexed = sought.unicodeScalars.count >= 3
        var quick = Filter()
        var walk = Filter()
        // Not knowing how small the page is, SQLite would rather sort all.
        walk.tables = "watch INDEXED BY \(Self.index(of: query.order))"
        if isIndexed {
            quick.tables = "watch_search CROSS JOIN watch ON watch.id = watch_search.rowid"
            quick.add("watch_search MATCH ?", [Self.phrase(sought)])
        } else if !sought.isEmpty {
            Self.addLike(sought, to: &quick)
        }
        if !sought.isEmpty { Self.addLike(sought, to: &walk) }
        if let uuid = query.tag?.uuid {
            let tag = "watch_tag.tag = (SELECT id FROM tag WHERE uuid = ?)"
            let has = "EXISTS (SELECT 1 FROM watch_tag WHERE watch_tag.watch = watch.id AND \(tag))"
            walk.add(has, [uuid])
            if isIndexed {
                quick.add(has, [uuid])
            } else {
                quick.tables = "watch_tag CROSS JOIN watch ON watch.id = watch_tag.watch"
                quick.add(tag, [uuid])
            }
        }
        let state: String? =
            switch query.state {
            case .all: nil
            case .unviewed: "unviewed = 1"
            case .failing: "last_failure IS NOT NULL"
            case .paused: "paused = 1"
            }
        if let state {
            quick.add(state)
            walk.add(state)
        }
        self.quick = quick
        self.walk = walk
        self.query = query
        isPlain = query.tag == nil && sought.isEmpty
        countsTag = query.tag != nil && sought.isEmpty && query.state == .all
    }

    /// As one quoted phrase nothing in `text` is an operator.
    private static func phrase(_ text: String) -> String {
        "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// LIKE knows only ASCII's cases, so the others are tried in turn.
    private static func addLike(_ text: String, to filter: inout Filter) {
        let patterns = Set([text, text.lowercased(), text.uppercased()]).sorted().map(likePattern)
        let columns = ["watch.url", "watch.title", "watch.page_title"]
        let condition = columns.flatMap { column in patterns.map { _ in "\(column) LIKE ? ESCAPE '\\'" } }.joined(
            separator: " OR ")
        filter.add("(\(condition))", columns.flatMap { _ in patterns })
    }

    private static func likePattern(_ text: String) -> String {
        var pattern = "%"
        for character in text.unicodeScalars {
            if character == "%" || character == "_" || character == "\\" { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(character)
        }
        return pattern + "%"
    }

    /// The keys of the page's rows in order, and how many rows there are on all pages.
    func find(_ db: Database) throws -> Found {
        if isPlain { return Found(keys: try page(db, quick), matching: try total(db), isCut: false) }
        let few = try fewKeys(db)
        guard few.count > Self.countedMost else {
            let page = few.dropFirst(max(0, query.offset)).prefix(max(0, query.limit))
            return Found(keys: Array(page), matching: few.count, isCut: false)
        }
        if countsTag, let tag = query.tag {
            let count = try db.number(
                "SELECT count(*) FROM watch_tag WHERE tag = (SELECT id FROM tag WHERE uuid = ?)", tag.uuid)
            return Found(keys: try page(db, walk), matching: Int(clamping: count ?? 0), isCut: false)
        }
        return Found(keys: try page(db, walk), matching: Self.countedMost, isCut: true)
    }

    /// All matches in order, or one more than are counted. Materialized, since SQLite would otherwise sort first and
    /// cut then.
    private func fewKeys(_ db: Database) throws -> [Int64] {
        let found = try db.query(
            """
            WITH few AS MATERIALIZED (SELECT watch.id AS id, \(column) AS place FROM \(quick.clause) LIMIT ?)
            SELECT id FROM few ORDER BY place\(collation) \(direction), id \(direction)
            """, all: quick.values + [Self.countedMost + 1])
        var keys: [Int64] = []
        while try found.step() { keys.append(found.int(0)) }
        return keys
    }

    private func page(_ db: Database, _ filter: Filter) throws -> [Int64] {
        let found = try db.query(
            "SELECT id FROM \(filter.clause) ORDER BY \(column)\(collation) \(direction), id \(direction) LIMIT ? OFFSET ?",
            all: filter.values + [max(0, query.limit), max(0, query.offset)])
        var keys: [Int64] = []
        while try found.step() { keys.append(found.int(0)) }
        return keys
    }

    private var direction: String { query.descending ? "DESC" : "ASC" }

    private var column: String {
        switch query.order {
        case .lastChanged: "last_changed_at"
        case .lastChecked: "last_checked_at"
        case .created: "created_at"
        case .label: "label"
        }
    }

    private static func index(of order: WatchQuery.Order) -> String {
        switch order {
        case .lastChanged: "watch_by_change"
        case .lastChecked: "watch_by_check"
        case .created: "watch_by_creation"
        case .label: "watch_by_label"
        }
    }

    private var collation: String { query.order == .label ? " COLLATE NOCASE" : "" }

    private func total(_ db: Database) throws -> Int {
        let column =
            switch query.state {
            case .all: "watches"
            case .unviewed: "unviewed"
            case .failing: "failing"
            case .paused: "paused"
            }
        return Int(clamping: try db.number("SELECT \(column) FROM totals") ?? 0)
    }
}
