import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Storage
import WebCore

/// Who changed what: `GET /api/v1/watch/{uuid}/edits`, `/api/v1/tag/{uuid}/edits`, `/api/v1/settings/edits`, and
/// `/api/v1/edits` of all; newest first, those of what is deleted too.
struct EditsRoutes<Context: AskingContext>: Sendable {
    private static var standardLimit: Int { 100 }
    private static var limits: ClosedRange<Int> { 1...1000 }

    let store: Store

    func add(to router: RouterGroup<Context>) {
        router.get("edits") { request, context in try await edits(of: nil, request, context) }
        router.get("settings/edits") { request, context in try await edits(of: .settings, request, context) }
        router.get("watch/{uuid}/edits") { request, context in
            guard let id = try? context.watchID else { return WatchRoutes.notFound(context) }
            return try await edits(of: .watch(id), request, context)
        }
        router.get("tag/{uuid}/edits") { request, context in
            guard let id = try? context.tagID else {
                return APIAnswer.message(.notFound, "No tag exists with this UUID")
            }
            return try await edits(of: .tag(id), request, context)
        }
    }

    /// `limit` of them; with `before`, the number of an edit, those older than it.
    private func edits(of thing: Edit.Thing?, _ request: Request, _ context: Context) async throws -> Response {
        try context.requester.require(.see)
        let query = request.uri.queryParameters
        guard let limit = query["limit"].map({ Int($0) }) ?? Self.standardLimit, Self.limits.contains(limit) else {
            return APIAnswer.invalid(InputError("limit", "limit is a whole number from 1 to 1000"))
        }
        var before: Int64?
        if let text = query["before"] {
            guard let number = Int64(text) else {
                return APIAnswer.invalid(InputError("before", "before is the id of an edit"))
            }
            before = number
        }
        let found = try await store.edits(of: thing, before: before, limit: limit)
        if found.isEmpty, before == nil, let missing = try await missing(thing, context) { return missing }
        return APIAnswer.json { json in
            json.array { json in for edit in found { edit.redacted.write(to: &json) } }
        }
    }

    /// 404 for what neither is nor has been; nil for what is.
    private func missing(_ thing: Edit.Thing?, _ context: Context) async throws -> Response? {
        switch thing {
        case .watch(let id): try await store.watch(id) == nil ? WatchRoutes.notFound(context) : nil
        case .tag(let id):
            try await store.tag(id) == nil ? APIAnswer.message(.notFound, "No tag exists with this UUID") : nil
        case .settings, nil: nil
        }
    }
}

extension Edit {
    /// As programs get it; `before` is null for what was made, `after` for what was deleted.
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("date", Int(at.timeIntervalSince1970))
            json.key("who")
            json.object { json in
                json.field("kind", by.kind)
                json.field("name", by.name)
            }
            json.field("thing", thing.kind)
            json.field("uuid", thing.uuid?.uuidString.lowercased())
            json.field("action", action.rawValue)
            json.key("before")
            (before.map(JSONValue.object) ?? .null).write(to: &json)
            json.key("after")
            (after.map(JSONValue.object) ?? .null).write(to: &json)
        }
    }
}
