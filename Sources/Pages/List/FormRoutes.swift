import Domain
import Hummingbird
import Monitor
import Storage
import WebCore

/// What people's buttons do without scripts: each does one thing and sends the browser back.
struct FormRoutes: Sendable {
    let source: PageSource
    let actions: WatchActions
    let answer: PageAnswer

    func add(to router: some RouterMethods<WebContext>) {
        router.post("form/add") { request, context in try await add(request, context) }
        router.post("form/delete") { request, context in try await delete(request, context) }
        router.post("form/delete-matching") { request, context in try await deleteMatching(request, context) }
        router.post("form/recheck-all") { request, context in
            try await all(request, .recheckedAll) { try await asked(context).recheckAll() }
        }
        router.post("form/mark-all-viewed") { request, context in
            try await all(request, .allRead) { try await asked(context).markAllViewed() }
        }
        router.post("form/recheck") { request, context in
            try await one(request, .rechecked) { try await asked(context).recheck([$0]) }
        }
        router.post("form/pause") { request, context in
            try await one(request, .paused) { try await asked(context).setPaused([$0], true) }
        }
        router.post("form/unpause") { request, context in
            try await one(request, .resumed) { try await asked(context).setPaused([$0], false) }
        }
        router.post("form/price-accept") { request, context in
            try await one(request, .priceFollowed) { try await asked(context).answerPriceData($0, .accepted) }
        }
        router.post("form/price-reject") { request, context in
            try await one(request, .saved) { try await asked(context).answerPriceData($0, .rejected) }
        }
        router.post("form/mark-viewed") { request, context in
            try await one(request, .read) { try await asked(context).markViewed($0) }
        }
    }

    private func add(_ request: Request, _ context: WebContext) async throws -> Response {
        let body = try await FormBody(of: request)
        let form = AddForm(url: body["url"] ?? "", title: body["title"] ?? "", tags: body["tags"] ?? "")
        do {
            let draft = NewWatch(
                url: WatchAddress.meant(by: form.url), title: form.title, tagTitles: TagTitles.listed(form.tags))
            let watches = try await asked(context).add([draft])
            return answer.see("/" + (watches.first.map { "?new=\($0.id)" } ?? ""), .added)
        } catch let error as InputError {
            var page = try await source.list(ListQuery())
            page.addForm = form
            page.addForm.errors = error.fields
            return answer.html(page, try await source.frame(), status: .unprocessableContent)
        }
    }

    /// Asks first, unless the question was answered.
    private func delete(_ request: Request, _ context: WebContext) async throws -> Response {
        let body = try await FormBody(of: request)
        let back = ReturnPath.checked(body["return"])
        guard let id = body["uuid"].flatMap({ WatchID($0) }), let row = try await source.store.rows([id]).first else {
            return answer.see("/", .gone)
        }
        guard body["confirmed"] == "yes" else {
            let page = DeletePage(
                id: id, label: Addresses.label(row.label, url: row.url), url: row.url, historyCount: row.historyCount,
                returnPath: back)
            return answer.html(page, try await source.frame())
        }
        try await asked(context).delete([id])
        // The watch's own pages are gone with it.
        return answer.see(back.contains(id.description) ? "/" : back, .deleted)
    }

    /// All that the list finds from which somebody comes; a list that leaves nothing out is not deleted. Asks first.
    private func deleteMatching(_ request: Request, _ context: WebContext) async throws -> Response {
        let body = try await FormBody(of: request)
        let query = ListQuery(path: ReturnPath.checked(body["return"])).with(page: 1)
        guard query.selects else { throw HTTPError(.badRequest) }
        guard body["confirmed"] == "yes" else {
            let found = try await source.store.page(query.storeQuery(pageSize: 1))
            var tag: String?
            if let id = query.tag { tag = try await source.store.tag(id)?.title }
            let page = DeleteMatchingPage(
                query: query, matching: found.matching, matchingIsCut: found.matchingIsCut, tag: tag)
            return answer.html(page, try await source.frame())
        }
        _ = try await asked(context).delete(matching: query.storeQuery(pageSize: 1))
        return answer.see("/", .deletedMatching)
    }

    private func asked(_ context: WebContext) -> AskedActions { actions.asked(by: context.requester) }

    private func one(_ request: Request, _ notice: Notice, _ act: (WatchID) async throws -> some Sendable) async throws
        -> Response
    {
        let body = try await FormBody(of: request)
        guard let id = body["uuid"].flatMap({ WatchID($0) }), try await !source.store.rows([id]).isEmpty else {
            return answer.see("/", .gone)
        }
        _ = try await act(id)
        return answer.see(ReturnPath.checked(body["return"]), notice)
    }

    private func all(_ request: Request, _ notice: Notice, _ act: () async throws -> some Sendable) async throws
        -> Response
    {
        let body = try await FormBody(of: request)
        _ = try await act()
        return answer.see(ReturnPath.checked(body["return"]), notice)
    }
}
