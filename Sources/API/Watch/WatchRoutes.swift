import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import NIOCore
import Storage
import WebCore

/// `/api/v1/watch`: list, create, read, change, delete, as changedetection.io's API has them.
struct WatchRoutes<Context: AskingContext>: Sendable {
    /// From this number of watches on, "recheck all" answers 202, as the incumbent does.
    static var manyWatches: Int { 20 }

    let store: Store
    let actions: WatchActions

    func add(to router: RouterGroup<Context>) {
        router.get("watch") { request, context in try await list(request, context) }
        router.post("watch") { request, context in try await create(request, context) }
        router.delete("watch") { request, context in try await deleteMany(request, context) }
        router.get("watch/{uuid}") { request, context in try await read(request, context) }
        router.put("watch/{uuid}") { request, context in try await change(request, context) }
        router.delete("watch/{uuid}") { _, context in try await delete(context) }
    }

    // MARK: all watches

    private func list(_ request: Request, _ context: Context) async throws -> Response {
        let query = request.uri.queryParameters
        if query["recheck_all"] != nil { return try await recheckAll(query, context) }
        var tag: TagID?
        if let title = query["tag"].map(String.init), !title.isEmpty {
            guard let found = try await store.tag(titled: title) else { return APIAnswer.json { $0.object { _ in } } }
            tag = found.id
        }
        let watches = try await store.allForAPI(tag: tag, withErrors: query["with_errors"] == "1")
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await Self.write(watches, to: &writer)
                try await writer.finish(nil)
            })
    }

    /// In pieces, so that the JSON of a hundred thousand watches is never in memory at once.
    private static func write(_ watches: [WatchSummary], to writer: inout any ResponseBodyWriter) async throws {
        var rest = watches[...]
        var isFirst = true
        try await writer.write(ByteBuffer(string: "{"))
        while !rest.isEmpty {
            let piece = rest.prefix(500)
            rest = rest.dropFirst(500)
            var json = JSONWriter(reserving: piece.count * 400)
            json.object { json in for watch in piece { write(watch, to: &json) } }
            if !isFirst { try await writer.write(ByteBuffer(string: ",")) }
            try await writer.write(ByteBuffer(bytes: json.bytes.dropFirst().dropLast()))
            isFirst = false
        }
        try await writer.write(ByteBuffer(string: "}"))
    }

    private static func write(_ watch: WatchSummary, to json: inout JSONWriter) {
        json.key(watch.id.description)
        json.object { json in
            json.field("last_changed", watch.lastChanged)
            json.field("last_checked", watch.lastChecked)
            json.key("last_error")
            if let failure = watch.lastFailure { json.string(failure.message) } else { json.bool(false) }
            json.field("link", Addresses.whole(watch.url))
            json.field("open_link", Addresses.whole(watch.url, instead: watch.linkToOpen))
            json.field("page_title", watch.pageTitle)
            json.field("paused", watch.paused)
            json.key("tags")
            json.array { json in for tag in watch.tags { json.string(tag.description) } }
            json.field("title", watch.title)
            json.field("url", watch.url)
            json.field("viewed", !watch.isUnviewed)
        }
    }

    private func recheckAll(_ query: Parameters, _ context: Context) async throws -> Response {
        var tag: TagID?
        if let title = query["tag"].map(String.init), !title.isEmpty {
            guard let found = try await store.tag(titled: title) else {
                return APIAnswer.message(.notFound, "There is no tag \"\(title.prefix(100))\"")
            }
            tag = found.id
        }
        let count = try await actions.asked(by: context.requester).recheckAll(tag: tag)
        let isMany = count >= Self.manyWatches
        return APIAnswer.json(isMany ? .accepted : .ok) { json in
            json.object { json in
                json.field(
                    "status",
                    isMany
                        ? "OK, queueing \(count) watches in background"
                        : "OK, queued \(count) watches for rechecking...")
            }
        }
    }

    private func create(_ request: Request, _ context: Context) async throws -> Response {
        do {
            let fields = try await APIBody.object(request, context)
            guard fields["url"] != nil else { throw InputError("url", "A URL is required") }
            var blank = Watch(url: "", createdAt: Date())
            try WatchFields.fields.apply(fields.filter { $0.key != "tag" }, to: &blank)
            try await refuseUnknownTags(blank.tags)
            let titles = try await tagTitles(fields["tag"] ?? .null)
            let draft = NewWatch(
                url: blank.url, title: blank.title, tagTitles: titles, tags: blank.tags, paused: blank.paused,
                notificationMuted: blank.notificationMuted, settings: blank.settings.withOwnIntervalIfGiven(fields))
            let watches = try await actions.asked(by: context.requester).add([draft])
            return APIAnswer.json(.created) { json in json.object { $0.field("uuid", watches.first?.id.description) } }
        } catch let error as InputError {
            return APIAnswer.invalid(error)
        } catch let error as FieldError {
            return APIAnswer.invalid(InputError([error]))
        }
    }

    /// `tag` is a comma list of titles, in which the uuid of a tag stands for its title.
    private func tagTitles(_ value: JSONValue) async throws -> [String] {
        guard let text = try FieldValue.text(value, "tag") else { return [] }
        var titles: [String] = []
        for word in TagTitles.listed(text) {
            if let id = TagID(word), let tag = try await store.tag(id) {
                titles.append(tag.title)
            } else {
                titles.append(word)
            }
        }
        return titles
    }

    /// A tag that is not there cannot be given: leaving it out would look like having done it.
    private func refuseUnknownTags(_ ids: [TagID]) async throws {
        guard !ids.isEmpty else { return }
        let unknown = try await store.unknownTags(among: ids)
        guard unknown.isEmpty else {
            throw InputError("tags", "There is no tag \(unknown.map(\.description).joined(separator: ", "))")
        }
    }

    // MARK: one watch

    private func read(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.watchID, let watch = try await store.watch(id) else {
            return Self.notFound(context)
        }
        let query = request.uri.queryParameters
        let asked = actions.asked(by: context.requester)
        if query["recheck"] != nil {
            try await asked.recheck([id])
            return APIAnswer.json { $0.string("OK") }
        }
        if let paused = query["paused"] { return try await setPaused(id, String(paused), asked) }
        if let muted = query["muted"] { return try await setMuted(id, String(muted), asked) }
        return APIAnswer.json { json in
            json.object { json in
                for field in WatchFields.fields.all {
                    json.key(field.name)
                    field.read(watch).write(to: &json)
                }
            }
        }
    }

    private func setPaused(_ id: WatchID, _ word: String, _ asked: AskedActions) async throws -> Response {
        guard ["paused", "unpaused"].contains(word) else {
            return APIAnswer.invalid(InputError("paused", "must be paused or unpaused"))
        }
        try await asked.setPaused([id], word == "paused")
        return APIAnswer.json { $0.string("OK") }
    }

    private func setMuted(_ id: WatchID, _ word: String, _ asked: AskedActions) async throws -> Response {
        guard ["muted", "unmuted"].contains(word) else {
            return APIAnswer.invalid(InputError("muted", "must be muted or unmuted"))
        }
        do {
            _ = try await asked.edit(id) { $0.notificationMuted = word == "muted" }
            return APIAnswer.json { $0.string("OK") }
        } catch let error as InputError {
            return APIAnswer.invalid(error)
        }
    }

    private func change(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.watchID, try await store.watch(id) != nil else { return Self.notFound(context) }
        do {
            let fields = try await APIBody.object(request, context)
            let titles = try await titlesOfTags(in: fields)
            let edited = try await actions.asked(by: context.requester).edit(id, tagTitles: titles) { watch in
                try WatchFields.fields.apply(fields.filter { $0.key != "tag" }, to: &watch)
                watch.settings = watch.settings.withOwnIntervalIfGiven(fields)
            }
            return edited == nil ? Self.notFound(context) : APIAnswer.json { $0.string("OK") }
        } catch let error as InputError {
            return APIAnswer.invalid(error)
        } catch let error as FieldError {
            return APIAnswer.invalid(InputError([error]))
        }
    }

    /// The titles that `tag` gives an existing watch, with those of `tags` where a program sends both; nil when there
    /// is no `tag`.
    private func titlesOfTags(in fields: [String: JSONValue]) async throws -> [String]? {
        var ids: [TagID] = []
        if let value = fields["tags"] {
            var blank = Watch(url: "", createdAt: Date())
            try WatchFields.fields.byName["tags"]?.write?(&blank, value)
            ids = blank.tags
        }
        try await refuseUnknownTags(ids)
        guard let value = fields["tag"] else { return nil }
        var titles = try await tagTitles(value)
        for id in ids { if let tag = try await store.tag(id) { titles.append(tag.title) } }
        return titles
    }

    /// 400 for a missing watch, as the incumbent answers.
    private func delete(_ context: Context) async throws -> Response {
        guard let id = try? context.watchID, try await !actions.asked(by: context.requester).delete([id]).isEmpty else {
            return APIAnswer.message(.badRequest, "No watch exists with the UUID of \(context.namedWatch)")
        }
        return APIAnswer.none
    }

    /// Deletes all watches of a `tag`, with a word in title or URL (`q`), or in a state (`unread`, `with_errors`,
    /// `paused`), as the list's own addresses name them; without any of these only with `all=true`. Ours: the incumbent
    /// has one request for each.
    private func deleteMany(_ request: Request, _ context: Context) async throws -> Response {
        do {
            guard let query = try await selection(request.uri.queryParameters) else {
                return APIAnswer.json { $0.object { $0.field("deleted", 0) } }
            }
            let count = try await actions.asked(by: context.requester).delete(matching: query)
            return APIAnswer.json { $0.object { $0.field("deleted", count) } }
        } catch let error as InputError {
            return APIAnswer.invalid(error)
        }
    }

    /// nil when there is no such tag, and so no watch.
    private func selection(_ parameters: Parameters) async throws -> WatchQuery? {
        let states: [String: WatchQuery.State] = ["unread": .unviewed, "with_errors": .failing, "paused": .paused]
        var query = WatchQuery()
        var title: String?
        var isAll = false, selects = false
        // What is not understood could be what was meant to leave watches out.
        for (name, value) in parameters {
            guard parameters.getAll(String(name)).count == 1 else {
                throw InputError(String(name.prefix(60)), "is given more than once")
            }
            switch (String(name), String(value)) {
            case ("all", "true"): isAll = true
            case ("q", let text) where !WatchQuery.sought(text).isEmpty: query.search = text
            case ("tag", let text) where !WatchQuery.sought(text).isEmpty: title = text
            case (let name, "1") where states[name] != nil && query.state == .all:
                query.state = states[name] ?? .all
            case (let name, _):
                throw InputError(String(name.prefix(60)), "is not known here, is empty, or cannot be combined")
            }
            selects = selects || name != "all"
        }
        guard isAll != selects else {
            throw InputError(
                "all", "Say which watches: tag, q, unread=1, with_errors=1 or paused=1; or all=true for every one")
        }
        guard let title else { return query }
        query.tag = try await store.tag(titled: title)?.id
        return query.tag == nil ? nil : query
    }

    static func notFound(_ context: Context) -> Response {
        APIAnswer.message(.notFound, "No watch exists with the UUID of \(context.namedWatch)")
    }
}

extension RequestContext {
    /// What the path says, shortened, for messages.
    var namedWatch: String { String((parameters.get("uuid") ?? "").prefix(60)) }
}

extension WatchSettings {
    /// A program that gives an interval and says nothing about the default means its interval.
    fileprivate func withOwnIntervalIfGiven(_ fields: [String: JSONValue]) -> WatchSettings {
        guard fields["time_between_check"] != nil, fields["time_between_check_use_default"] == nil,
            timing.timeBetweenCheck.totalSeconds > 0
        else { return self }
        var settings = self
        settings.usesDefaultInterval = false
        return settings
    }
}
