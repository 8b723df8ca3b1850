import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/api/v1/tag`: make, read, change and delete a tag, with what it adds to its watches; names as in the incumbent's
/// API.
struct TagAPIRoutes<Context: AskingContext>: Sendable {
    let store: Store
    let actions: WatchActions

    func add(to router: RouterGroup<Context>) {
        router.post("tag") { request, context in try await create(request, context) }
        router.get("tag/{uuid}") { request, context in try await read(request, context) }
        router.put("tag/{uuid}") { request, context in try await change(request, context) }
        router.delete("tag/{uuid}") { _, context in
            guard let id = try? context.tagID, try await actions.asked(by: context.requester).deleteTag(id) else {
                // 400, as the incumbent answers for what cannot be deleted.
                return APIAnswer.message(.badRequest, "No tag exists with this UUID")
            }
            return APIAnswer.none
        }
    }

    /// A title that there is already gives that tag as it is, as in the incumbent.
    private func create(_ request: Request, _ context: Context) async throws -> Response {
        try await answering {
            let fields = try await APIBody.object(request, context)
            guard case .string(let written)? = fields["title"] else {
                throw InputError("title", "A title is required")
            }
            let title = try TagFields.title(written)
            let tag = try await actions.asked(by: context.requester).makeTag(title) { tag in
                try TagFields.fields.apply(fields, to: &tag)
            }
            return APIAnswer.json(.created) { $0.object { $0.field("uuid", tag.id.description) } }
        }
    }

    private func read(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.tagID, let tag = try await store.tag(id) else { return missing }
        let query = request.uri.queryParameters
        let asked = actions.asked(by: context.requester)
        if query["recheck"] != nil { return try await recheck(id, asked) }
        if let muted = query["muted"] { return try await setMuted(id, String(muted), asked) }
        return APIAnswer.json { json in
            json.object { json in
                for field in TagFields.fields.all {
                    json.key(field.name)
                    field.read(tag).write(to: &json)
                }
            }
        }
    }

    private func recheck(_ id: TagID, _ asked: AskedActions) async throws -> Response {
        let count = try await store.checkableCount(tag: id)
        _ = try await asked.recheckAll(tag: id)
        let isMany = count >= WatchRoutes<Context>.manyWatches
        return APIAnswer.json(isMany ? .accepted : .ok) { json in
            json.object { json in
                json.field(
                    "status",
                    isMany
                        ? "OK, queueing \(count) watches in background" : "OK, queued \(count) watches for rechecking")
            }
        }
    }

    private func setMuted(_ id: TagID, _ word: String, _ asked: AskedActions) async throws -> Response {
        guard ["muted", "unmuted"].contains(word) else {
            return APIAnswer.invalid(InputError("muted", "must be muted or unmuted"))
        }
        let edited = try await asked.editTag(id) { $0.notificationMuted = word == "muted" }
        return edited == nil ? missing : APIAnswer.json { $0.string("OK") }
    }

    private func change(_ request: Request, _ context: Context) async throws -> Response {
        try await answering {
            guard let id = try? context.tagID else { return missing }
            let fields = try await APIBody.object(request, context)
            let edited = try await actions.asked(by: context.requester).editTag(id) { tag in
                try TagFields.fields.apply(fields, to: &tag)
            }
            guard edited != nil else { return missing }
            return APIAnswer.json { $0.string("OK") }
        }
    }

    private var missing: Response { APIAnswer.message(.notFound, "No tag exists with this UUID") }

    private func answering(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let error as InputError {
            return APIAnswer.invalid(error)
        } catch let error as FieldError {
            return APIAnswer.invalid(InputError([error]))
        }
    }
}
