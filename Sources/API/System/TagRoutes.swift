import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/api/v1/tag`: make, read, change and delete a tag, with what it adds to its watches; names as in the incumbent's API.
struct TagRoutes<Context: RequestContext>: Sendable {
    let store: Store
    let actions: WatchActions

    func add(to router: RouterGroup<Context>) {
        router.post("tag") { request, context in try await create(request, context) }
        router.get("tag/{uuid}") { request, context in try await read(request, context) }
        router.put("tag/{uuid}") { request, context in try await change(request, context) }
        router.delete("tag/{uuid}") { _, context in
            guard let id = try? context.tagID, try await actions.deleteTag(id) else {
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
                throw InputError("title", "A title is needed")
            }
            let title = written.trimmingCharacters(in: .whitespacesAndNewlines)
            let tag = try await actions.makeTag(title) { tag in try TagField.apply(fields, to: &tag) }
            return APIAnswer.json(.created) { $0.object { $0.field("uuid", tag.id.description) } }
        }
    }

    private func read(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.tagID, let tag = try await store.tag(id) else { return missing }
        let query = request.uri.queryParameters
        if query["recheck"] != nil { return try await recheck(id) }
        if let muted = query["muted"] { return try await setMuted(id, String(muted)) }
        return APIAnswer.json { json in
            json.object { json in
                json.field("uuid", tag.id.description)
                json.field("date_created", Int(tag.createdAt.timeIntervalSince1970))
                for field in TagField.all {
                    json.key(field.name)
                    field.read(tag).write(to: &json)
                }
            }
        }
    }

    private func recheck(_ id: TagID) async throws -> Response {
        let count = try await store.checkableCount(tag: id)
        _ = try await actions.recheckAll(tag: id)
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

    private func setMuted(_ id: TagID, _ word: String) async throws -> Response {
        guard ["muted", "unmuted"].contains(word) else {
            return APIAnswer.invalid(InputError("muted", "muted or unmuted is needed"))
        }
        let edited = try await actions.editTag(id) { $0.notificationMuted = word == "muted" }
        return edited == nil ? missing : APIAnswer.json { $0.string("OK") }
    }

    private func change(_ request: Request, _ context: Context) async throws -> Response {
        try await answering {
            guard let id = try? context.tagID else { return missing }
            let fields = try await APIBody.object(request, context)
            let edited = try await actions.editTag(id) { tag in try TagField.apply(fields, to: &tag) }
            guard edited != nil else { return missing }
            return APIAnswer.json { $0.string("OK") }
        }
    }

    private var missing: Response { APIAnswer.message(.notFound, "No tag exists with this UUID") }

    private func answering(_ body: () async throws -> Response) async throws -> Response {
        do { return try await body() } catch let error as InputError { return APIAnswer.invalid(error) }
    }
}

/// One field of a tag as the API has it.
struct TagField: Sendable {
    let name: String
    let read: @Sendable (Tag) -> JSONValue
    let write: @Sendable (inout Tag, JSONValue) throws(FieldError) -> Void

    static let all: [TagField] =
        [
            TagField(
                name: "title", read: { .string($0.title) },
                write: { tag, value throws(FieldError) in
                    tag.title = try WatchField.string(value, "title") ?? ""
                }),
            TagField(
                name: "url_match_pattern", read: { .string($0.addresses.text) },
                write: { tag, value throws(FieldError) in
                    tag.addresses = AddressPattern(try WatchField.string(value, "url_match_pattern") ?? "")
                }),
            TagField(
                name: "tag_colour", read: { .string($0.colour?.description ?? "") },
                write: { tag, value throws(FieldError) in
                    let text = try WatchField.string(value, "tag_colour") ?? ""
                    tag.colour = TagColour(text)
                    guard text.isEmpty || tag.colour != nil else { throw FieldError("tag_colour", TagTexts.colourHelp) }
                }),
            TagField(
                name: "notification_muted", read: { .bool($0.notificationMuted) },
                write: { tag, value throws(FieldError) in
                    tag.notificationMuted = try WatchField.bool(value, "notification_muted") ?? false
                }),
            TagField(
                name: "overrides_watch", read: { .bool($0.settings.overridesWatch) },
                write: { tag, value throws(FieldError) in
                    tag.settings.overridesWatch = try WatchField.bool(value, "overrides_watch") ?? false
                }),
            TagField(
                name: "processor_config_restock_diff", read: { .object(WatchField.restock($0.settings.restock)) },
                write: { tag, value throws(FieldError) in
                    tag.settings.restock = try WatchField.restock(value)
                }),
        ]
        + TagTexts.lists.map { name, path in
            TagField(
                name: name, read: { .array($0.settings[keyPath: path].map(JSONValue.string)) },
                write: { tag, value throws(FieldError) in
                    tag.settings[keyPath: path] = try WatchField.strings(value, name)
                })
        }

    /// Told and never changed.
    private static let readOnly: Set<String> = ["uuid", "date_created"]

    /// Applies what a program sent; throws every problem at once.
    static func apply(_ fields: [String: JSONValue], to tag: inout Tag) throws {
        var errors: [FieldError] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard let field = all.first(where: { $0.name == name }) else {
                let isHarmless = readOnly.contains(name) || (name != "include_filters" && Later.accepts(name, value))
                if !isHarmless { errors.append(Later.refusal(name)) }
                continue
            }
            do { try field.write(&tag, value) } catch { errors.append(error) }
        }
        guard errors.isEmpty else { throw InputError(errors) }
    }
}
