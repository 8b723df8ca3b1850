import Domain
import Foundation
import GRDB

/// A `WatchQuery` as SQL: which rows, in which order.
struct Selection: Sendable {
    /// From so many matches on, counting stops when there is something to search for.
    static let countedMost = 10_000

    let conditions: [String]
    let values: [any Bindable]
    let order: String
    private let query: WatchQuery

    init(_ query: WatchQuery) {
        self.query = query
        var conditions: [String] = []
        var values: [any Bindable] = []
        switch query.state {
        case .all: break
        case .unviewed: conditions.append("unviewed = 1")
        case .failing: conditions.append("last_failure IS NOT NULL")
        case .paused: conditions.append("paused = 1")
        }
        if let tag = query.tag {
            conditions.append("id IN (SELECT watch FROM watch_tag WHERE tag = (SELECT id FROM tag WHERE uuid = ?))")
            values.append(tag.uuid)
        }
        if let (condition, sought) = Self.search(query.search) {
            conditions.append(condition)
            values += sought
        }
        self.conditions = conditions
        self.values = values
        let direction = query.descending ? "DESC" : "ASC"
        order =
            switch query.order {
            case .lastChanged: "last_changed_at \(direction), id \(direction)"
            case .lastChecked: "last_checked_at \(direction), id \(direction)"
            case .created: "created_at \(direction), id \(direction)"
            case .label: "label COLLATE NOCASE \(direction), id \(direction)"
            }
    }

    /// The condition that finds `text` anywhere in address or titles; nil for blank text.
    ///
    /// Three letters and more go through the index of letter triples, as one quoted phrase: nothing in it is an operator. Fewer have no
    /// entry there and are looked for row by row.
    private static func search(_ text: String?) -> (String, [any Bindable])? {
        let text = (text ?? "").replacing("\0", with: "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return nil }
        if text.unicodeScalars.count >= 3 {
            let phrase = "\"" + text.replacing("\"", with: "\"\"") + "\""
            return ("id IN (SELECT rowid FROM watch_search WHERE watch_search MATCH ?)", [phrase])
        }
        // LIKE knows only ASCII's cases, so the others are tried in turn.
        let patterns = Set([text, text.lowercased(), text.uppercased()]).sorted().map(likePattern)
        let columns = ["url", "title", "page_title"]
        let condition = columns.flatMap { column in patterns.map { _ in "\(column) LIKE ? ESCAPE '\\'" } }.joined(
            separator: " OR ")
        return ("(\(condition))", columns.flatMap { _ in patterns })
    }

    private static func likePattern(_ text: String) -> String {
        var pattern = "%"
        for character in text.unicodeScalars {
            if character == "%" || character == "_" || character == "\\" { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(character)
        }
        return pattern + "%"
    }

    private var filter: String { conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ") }

    /// The keys of the page's rows, in order.
    func keys(_ db: Database) throws -> [Int64] {
        let sql = "SELECT id FROM watch\(filter) ORDER BY \(order) LIMIT ? OFFSET ?"
        let query = try db.query(sql, all: values + [max(0, query.limit), max(0, self.query.offset)])
        var keys: [Int64] = []
        while try query.step() { keys.append(query.int(0)) }
        return keys
    }

    /// How many rows there are on all pages, and whether counting was cut short.
    func matching(_ db: Database) throws -> (count: Int, isCut: Bool) {
        if query.tag == nil, Self.search(query.search) == nil {
            let column =
                switch query.state {
                case .all: "watches"
                case .unviewed: "unviewed"
                case .failing: "failing"
                case .paused: "paused"
                }
            return (Int(clamping: try db.number("SELECT \(column) FROM totals") ?? 0), false)
        }
        let count = try db.query(
            "SELECT count(*) FROM (SELECT 1 FROM watch\(filter) LIMIT ?)", all: values + [Self.countedMost + 1])
        let found = try count.step() ? count.count(0) : 0
        return (min(found, Self.countedMost), found > Self.countedMost)
    }
}
