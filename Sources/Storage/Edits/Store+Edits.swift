public import Domain
import Foundation
import GRDB

extension Store {
    /// Changes what people set, and notes who did, in one transaction; what `body` throws is passed on, and neither is
    /// stored.
    ///
    /// Every edit goes through here.
    func edit<Value: Sendable>(
        by requester: Requester, now: Date, _ body: @escaping @Sendable (Database, EditLog) throws -> Value
    ) async throws -> Value {
        try await write { [kept = options.editsKept] db in
            let log = EditLog(db, by: requester, now: now)
            let value = try body(db, log)
            try log.trim(to: kept)
            return value
        }
    }

    /// The newest edits of all things, or of one that may be gone by now, newest first; with `before` only those older
    /// than it.
    ///
    /// With secrets: whoever shows them shows `redacted` ones.
    public func edits(of thing: Edit.Thing? = nil, before: Int64? = nil, limit: Int) async throws -> [Edit] {
        try await read { db in
            let columns = "id, at, requester_kind, requester, thing_kind, thing, action, before, after"
            let last = before ?? .max, most = max(0, limit)
            let query =
                switch thing {
                case nil:
                    try db.query("SELECT \(columns) FROM edit WHERE id < ? ORDER BY id DESC LIMIT ?", last, most)
                case let thing?:
                    try db.query(
                        "SELECT \(columns) FROM edit WHERE thing IS ? AND id < ? ORDER BY id DESC LIMIT ?",
                        thing.uuid, last, most)
                }
            var found: [Edit] = []
            while try query.step() { found.append(query.edit()) }
            return found
        }
    }
}

extension Query {
    /// The edit whose columns stand in front.
    fileprivate borrowing func edit() -> Edit {
        let thing: Edit.Thing =
            switch text(4) {
            case "watch": .watch(WatchID(uuid(5)))
            case "tag": .tag(TagID(uuid(5)))
            default: .settings
            }
        return Edit(
            id: int(0), at: date(1), by: Requester.Identity(kind: text(2), name: text(3)), thing: thing,
            action: Edit.Action(rawValue: text(6)) ?? .edited, before: values(7), after: values(8))
    }

    private borrowing func values(_ column: Int32) -> EditedValues? {
        guard !isNull(column), case .object(let values)? = JSONValue.parse(bytes(column)) else { return nil }
        return values
    }
}
