import Domain
import Foundation
import GRDB

/// Notes, inside the transaction of an edit, what it changes; so there is never one without the other.
///
/// The oldest go as new ones come, so that there are never more than are to be kept.
final class EditLog {
    /// Beyond as many as were noted, so many old ones go with one transaction when fewer are to be kept than were.
    private static let catchUp = 1000

    let now: Date
    private let db: Database
    private let by: Requester.Identity
    private var count = 0

    init(_ db: Database, by requester: Requester, now: Date) {
        self.db = db
        by = requester.identity
        self.now = now
    }

    /// A watch that was made, changed or deleted; nothing when both states are the same to people.
    func note(_ old: Watch?, _ new: Watch?) throws {
        guard let id = (new ?? old)?.id else { return }
        switch (old, new) {
        case (let old?, let new?): try note(.watch(id), EditedFields(from: old, to: new))
        case (nil, let new?): try insert(.watch(id), .created, nil, Self.json(EditedFields(of: new).after))
        case (let old?, nil): try insert(.watch(id), .deleted, Self.json(EditedFields(of: old).after), nil)
        case (nil, nil): return
        }
    }

    /// A tag that was made, changed or deleted; nothing when both states are the same to people.
    func note(_ old: Tag?, _ new: Tag?) throws {
        guard let id = (new ?? old)?.id else { return }
        switch (old, new) {
        case (let old?, let new?): try note(.tag(id), EditedFields(from: old, to: new))
        case (nil, let new?): try insert(.tag(id), .created, nil, Self.json(EditedFields(of: new).after))
        case (let old?, nil): try insert(.tag(id), .deleted, Self.json(EditedFields(of: old).after), nil)
        case (nil, nil): return
        }
    }

    /// Other settings for all watches.
    func note(_ old: Settings, _ new: Settings) throws {
        try note(.settings, EditedFields(from: old, to: new))
    }

    /// A watch that was paused or let go on, of which nothing else need be read.
    func note(_ watch: WatchID, paused: Bool) throws {
        let states = [#"{"paused":false}"#, #"{"paused":true}"#]
        try insert(.watch(watch), paused ? .paused : .resumed, states[paused ? 0 : 1], states[paused ? 1 : 0])
    }

    private func note(_ thing: Edit.Thing, _ fields: EditedFields) throws {
        guard !fields.isEmpty else { return }
        try insert(thing, fields.action, Self.json(fields.before), Self.json(fields.after))
    }

    private func insert(_ thing: Edit.Thing, _ action: Edit.Action, _ before: String?, _ after: String?) throws {
        try db.run(
            """
            INSERT INTO edit (at, requester_kind, requester, thing_kind, thing, action, before, after)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, now, by.kind, by.name, thing.kind, thing.uuid, action.rawValue, before, after)
        count += 1
    }

    /// Lets the oldest go when there are more than `kept`.
    func trim(to kept: Int) throws {
        guard count > 0 else { return }
        try db.run(
            """
            DELETE FROM edit WHERE id <= (SELECT max(id) FROM edit) - ?
                AND id < (SELECT min(id) FROM edit) + ?
            """, max(0, kept), count + Self.catchUp)
    }

    private static func json(_ values: EditedValues) -> String {
        var json = JSONWriter()
        JSONValue.object(values).write(to: &json, exactly: true)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
