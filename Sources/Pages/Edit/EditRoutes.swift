import Domain
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/edit/{uuid}`: a watch's settings in a form, stored or only tried on a version that is kept.
struct EditRoutes: Sendable {
    typealias Context = WebContext

    let source: PageSource
    let actions: WatchActions
    let proxies: ProxyScan
    let answer: PageAnswer

    func add(to router: some RouterMethods<Context>) {
        router.get("edit/{uuid}") { _, context in try await edit(context) }
        router.post("edit/{uuid}") { request, context in try await save(request, context) }
        router.post("edit/{uuid}/try") { request, context in try await tryOut(request, context) }
        router.post("edit/{uuid}/proxies") { request, context in try await tryProxies(request, context) }
    }

    private func edit(_ context: Context) async throws -> Response {
        let id = try context.watchID
        guard let (row, activity, tags) = try await source.watch(id), let watch = try await source.store.watch(id)
        else {
            throw HTTPError(.notFound)
        }
        var page = EditPage(
            row: row, activity: activity, tags: tags,
            form: EditForm(watch, tagTitles: tags.filter { watch.tags.contains($0.id) }.map(\.title)),
            all: try await source.store.settings())
        page.keptPages = try await source.store.keptPages(of: id)
        page.edits = try await source.edits(of: .watch(id))
        return answer.html(page, try await source.frame())
    }

    private func save(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        let body = try await FormBody(of: request)
        let form = EditForm(FormValues(body))
        let asked = actions.asked(by: context.requester)
        do {
            let unread = form.read(into: WatchSettings()).errors
            guard unread.isEmpty else { throw InputError(try await problems(of: id, form, beside: unread, asked)) }
            let edited = try await asked.edit(id, tagTitles: form.tagTitles) { watch in
                watch.url = form.url
                watch.title = form.title
                watch.settings = try form.applied(to: watch.settings)
            }
            return edited == nil ? answer.see("/", .gone) : answer.see("/watch/\(id)", .saved)
        } catch let error as InputError {
            return try await refused(id, form, error)
        }
    }

    /// What cannot be read of a form, and what rules say against the rest of it, so that a person mends all in one go.
    private func problems(
        of id: WatchID, _ form: EditForm, beside unread: [FieldError], _ asked: AskedActions
    ) async throws -> [FieldError] {
        func setting(_ field: String) -> Substring { field.prefix { !"[.-".contains($0) } }
        let told = Set(unread.map { setting($0.field) })
        let others = try await asked.problems(of: id, tagTitles: form.tagTitles) { watch in
            watch.url = form.url
            watch.title = form.title
            watch.settings = form.read(into: watch.settings).settings
        }
        // Without the part that cannot be read a setting may be wrong in another way, which it is not.
        return unread + others.filter { !told.contains(setting($0.field)) }
    }

    /// The form again with what is wrong with it.
    private func refused(_ id: WatchID, _ form: EditForm, _ error: InputError) async throws -> Response {
        guard let page = try await editPage(id, form, error.fields) else { return answer.see("/", .gone) }
        return answer.html(page, try await source.frame(), status: .unprocessableContent)
    }

    private func editPage(_ id: WatchID, _ form: EditForm, _ errors: [FieldError] = []) async throws -> EditPage? {
        guard let (row, activity, tags) = try await source.watch(id) else { return nil }
        var page = EditPage(
            row: row, activity: activity, tags: tags, form: form, errors: errors,
            all: try await source.store.settings())
        page.keptPages = try await source.store.keptPages(of: id)
        page.edits = try await source.edits(of: .watch(id))
        return page
    }

    /// Shows whether the page comes by each of the proxies, for the watch as it is stored; what was typed stays.
    private func tryProxies(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        let form = EditForm(FormValues(try await FormBody(of: request)))
        guard var page = try await editPage(id, form) else { return answer.see("/", .gone) }
        let asked = actions.asked(by: context.requester)
        do {
            guard let findings = try await asked.tryProxies(proxies, on: id) else { return answer.see("/", .gone) }
            page.proxyFindings = findings
            return answer.html(page, try await source.frame())
        } catch let error as InputError {
            return try await refused(id, form, error)
        }
    }

    /// Shows what the form's settings make of a kept version; nothing is saved.
    private func tryOut(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        let body = try await FormBody(of: request)
        let form = EditForm(FormValues(body))
        guard var watch = try await source.store.watch(id), var page = try await editPage(id, form) else {
            return answer.see("/", .gone)
        }
        let asked = body["try_version"].flatMap { SnapshotVersion($0) }
        guard let version = asked ?? page.keptPages.first else { throw HTTPError(.notFound) }
        do {
            watch.url = form.url
            watch.settings = try form.applied(to: watch.settings)
            let tried = watch
            let actions = actions.asked(by: context.requester)
            page.trial =
                try await actions.explain(tried, version: version) { SettingsDryRun(version: version, $0) }
                ?? SettingsDryRun(version: version, nil)
        } catch let error as InputError {
            return try await refused(id, form, error)
        }
        return answer.html(page, try await source.frame())
    }
}
