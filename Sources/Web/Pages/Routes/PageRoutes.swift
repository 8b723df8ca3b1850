import Detection
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import Storage

/// Every page a person can open.
struct PageRoutes: Sendable {
    typealias Context = WebContext

    let source: PageSource
    let actions: WatchActions
    let answer: PageAnswer
    let threads: PageThreads
    let comparisons: Comparisons
    let differences: PictureDifferences

    /// Adds the pages, and what every request passes through; before all other routes, so that these pass through it too.
    static func add(
        to router: Router<Context>, source: PageSource, actions: WatchActions, pages: PageRenderer,
        threads: PageThreads, baseURL: URL?
    ) {
        let answer = PageAnswer(pages: pages)
        router.add(middleware: CompressionMiddleware())
        router.add(middleware: ErrorPagesMiddleware(source: source, answer: answer))
        router.add(
            middleware: SameOriginMiddleware(baseOrigin: WebOrigin.of(baseURL)) { _ in
                answer.html(ErrorPage.foreign, try await source.frame(), status: .forbidden)
            })
        PageRoutes(
            source: source, actions: actions, answer: answer, threads: threads,
            comparisons: Comparisons(store: source.store, threads: threads),
            differences: PictureDifferences(store: source.store, threads: threads)
        ).add(to: router)
    }

    private func add(to router: Router<Context>) {
        router.get("/") { request, _ in try await list(request) }
        router.get("watch/{uuid}") { request, context in try await preview(request, context) }
        router.get("preview/{uuid}") { _, context in answer.see("/watch/\(try context.watchID)") }
        router.get("diff/{uuid}") { request, context in try await diff(request, context) }
        router.get("edit/{uuid}") { _, context in try await edit(context) }
        router.post("edit/{uuid}") { request, context in try await save(request, context) }
        router.post("edit/{uuid}/try") { request, context in try await tryOut(request, context) }
        PictureRoutes(store: source.store, threads: threads, differences: differences).add(to: router)
        AssetRoutes<Context>(assets: answer.pages.assets).add(to: router)
        SettingsRoutes<Context>(source: source, actions: actions, answer: answer).add(to: router)
        FormRoutes<Context>(source: source, actions: actions, answer: answer).add(to: router)
    }

    private func list(_ request: Request) async throws -> Response {
        let parameters = request.uri.queryParameters
        let query = ListQuery { parameters[Substring($0)].map(String.init) }
        let pinned = query == ListQuery() ? parameters["new"].flatMap { WatchID(String($0)) } : nil
        var page = try await source.list(query, pinned: pinned)
        page.notice = request.notice
        let frame = try await source.frame()
        return parameters["partial"] == "rows" ? answer.rows(page, frame) : answer.html(page, frame)
    }

    private func preview(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        if request.uri.queryParameters["partial"] == "reason" {
            guard let newest = try await source.store.traces(of: id, limit: 1).first else { throw HTTPError(.notFound) }
            return answer.reason(newest, try await source.frame())
        }
        guard let (row, activity, tags) = try await source.watch(id), let watch = try await source.store.watch(id)
        else {
            throw HTTPError(.notFound)
        }
        let versions = try await source.versions(of: id)
        let chosen = try version(request, versions)
        let interval = try await interval(of: watch)
        let asked = try await check(request, id)
        return try await threads.turn(of: "\(id) \(chosen?.description ?? "")", unless: context.clientGone) {
            let text: [UInt8]? = if let chosen { try await source.store.text(of: id, version: chosen) } else { nil }
            var page = PreviewPage(
                row: row, activity: activity, tags: tags, intervalSeconds: interval, versions: versions, chosen: chosen,
                text: text, checks: try await source.store.checks(of: id, limit: PageSource.mostChecks),
                notice: request.notice)
            if let asked {
                page.reason = asked
            } else {
                page.reason = try await source.store.traces(of: id, limit: 1).first
            }
            page.asksForCheck = asked != nil
            if let chosen { page.versionReason = try await source.store.trace(of: id, version: chosen) }
            page.offersPrice =
                watch.state.hasPriceData == true && watch.settings.priceData == nil
                && watch.settings.processor == .text
            if watch.settings.processor == .restock {
                page.prices = (
                    try await source.store.prices(of: id, newest: PageSource.mostPrices),
                    try await source.store.priceSummary(of: id)
                )
            }
            if let chosen { page.pictureState = try await source.store.pictureState(of: id, version: chosen) }
            page.picturesKept = source.store.picturesKept
            let filled = page
            let frame = try await source.frame()
            return try await threads.run { answer.html(filled, frame) }
        }
    }

    /// The version that is asked for, else the newest; throws 404 when there is none such.
    private func version(_ request: Request, _ versions: [SnapshotVersion]) throws -> SnapshotVersion? {
        guard let asked = request.uri.queryParameters["version"] else { return versions.first }
        guard let version = SnapshotVersion(String(asked)), versions.contains(version) else {
            throw HTTPError(.notFound)
        }
        return version
    }

    /// The check that is asked for by its number; throws 404 when its record is gone.
    private func check(_ request: Request, _ id: WatchID) async throws -> CheckTrace? {
        guard let asked = request.uri.queryParameters["check"] else { return nil }
        guard let number = Int(asked), let trace = try await source.store.trace(of: id, check: number) else {
            throw HTTPError(.notFound)
        }
        return trace
    }

    private func interval(of watch: Watch) async throws -> Int {
        guard watch.settings.usesDefaultInterval else { return watch.settings.timeBetweenCheck.totalSeconds }
        return try await source.store.settings().timeBetweenCheck.totalSeconds
    }

    private func diff(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        guard let watch = try await source.store.watch(id) else { throw HTTPError(.notFound) }
        let versions = try await source.versions(of: id)
        let (from, to) = choose(request, versions, seen: watch.state.lastViewed)
        let parameters = request.uri.queryParameters
        let folds = parameters["fold"] != "no"
        let key = "\(id) \(from?.description ?? "") \(to?.description ?? "") \(folds)"
        return try await threads.turn(of: key, unless: context.clientGone) {
            var comparison = Comparison()
            if let from, let to {
                comparison = try await comparisons.comparison(.init(watch: id, from: from, to: to, folds: folds))
            }
            // A browser that only fetches ahead has not been looked at; a version that is taken meanwhile is not on this page.
            if !request.isPrefetch, let to, to == versions.first, watch.state.isUnviewed {
                try await actions.markViewed(id, upTo: to)
            }
            guard let (row, activity, tags) = try await source.watch(id) else { throw HTTPError(.notFound) }
            var page = DiffPage(
                row: row, activity: activity, tags: tags, versions: versions, from: from, to: to,
                comparison: comparison, isSplit: parameters["view"] == "split", folds: folds, notice: request.notice)
            if let to { page.reason = try await source.store.trace(of: id, version: to) }
            if watch.settings.processor == .image, let from, let to {
                page.pictures = try await pictures(.init(watch: id, from: from, to: to, settings: watch.settings.image))
            }
            let filled = page
            let frame = try await source.frame()
            return try await threads.run { answer.html(filled, frame) }
        }
    }

    private func pictures(_ key: PictureDifferences.Key) async throws -> PictureWords? {
        switch try await differences.difference(key) {
        case .success(let difference): return PictureWords(percent: difference.percent)
        case .failure(let failure): return PictureWords(failure: failure)
        case nil:
            guard let from = try await source.store.pictureState(of: key.watch, version: key.from),
                let to = try await source.store.pictureState(of: key.watch, version: key.to)
            else { return nil }
            return PictureWords(hasBefore: from == .kept, hasAfter: to == .kept, kept: source.store.picturesKept)
        }
    }

    /// The versions that are asked for; else the newest with the newest that somebody has seen, or with the one before it.
    private func choose(
        _ request: Request, _ versions: [SnapshotVersion], seen: SnapshotVersion
    ) -> (from: SnapshotVersion?, to: SnapshotVersion?) {
        func asked(_ name: Substring) -> SnapshotVersion? {
            request.uri.queryParameters[name].flatMap { SnapshotVersion(String($0)) }.flatMap {
                versions.contains($0) ? $0 : nil
            }
        }
        let to = asked("to_version") ?? versions.first
        let before = VersionChoices.neighbours(of: to, in: versions).older
        let isSeen = to == versions.first && seen < (versions.first ?? seen) && versions.contains(seen)
        return (asked("from_version") ?? (isSeen ? seen : before), to)
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
            defaultInterval: try await source.store.settings().timeBetweenCheck)
        page.keptPages = try await source.store.keptPages(of: id)
        return answer.html(page, try await source.frame())
    }

    private func save(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        let body = try await FormBody(of: request)
        let form = EditForm { body[$0] }
        do {
            let unread = form.read(into: WatchSettings()).errors
            guard unread.isEmpty else { throw InputError(try await problems(of: id, form, beside: unread)) }
            let edited = try await actions.edit(id, tagTitles: form.tagTitles) { watch in
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
    private func problems(of id: WatchID, _ form: EditForm, beside unread: [FieldError]) async throws -> [FieldError] {
        func setting(_ field: String) -> Substring { field.prefix { !"[.-".contains($0) } }
        let told = Set(unread.map { setting($0.field) })
        let others = try await actions.problems(of: id, tagTitles: form.tagTitles) { watch in
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
            defaultInterval: try await source.store.settings().timeBetweenCheck)
        page.keptPages = try await source.store.keptPages(of: id)
        return page
    }

    /// Shows what the form's settings make of a kept version; nothing is saved.
    private func tryOut(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        let body = try await FormBody(of: request)
        let form = EditForm { body[$0] }
        guard var watch = try await source.store.watch(id), var page = try await editPage(id, form) else {
            return answer.see("/", .gone)
        }
        let asked = body["try_version"].flatMap { SnapshotVersion($0) }
        guard let version = asked ?? page.keptPages.first else { throw HTTPError(.notFound) }
        do {
            watch.url = form.url
            watch.settings = try form.applied(to: watch.settings)
            let tried = watch
            page.trial = try await threads.turn(of: "\(id) trial", unless: context.clientGone) {
                let explanation = try await actions.explain(tried, version: version)
                return try await threads.run { SettingsTrial(version: version, explanation) }
            }
        } catch let error as InputError {
            return try await refused(id, form, error)
        }
        return answer.html(page, try await source.frame())
    }
}

extension Request {
    /// A browser fetches ahead what a person may open next.
    fileprivate var isPrefetch: Bool {
        HTTPField.Name("sec-purpose").flatMap { headers[$0] }?.contains("prefetch") ?? false
    }

    /// What was just done, as the page that follows is to tell.
    var notice: Notice? {
        uri.queryParameters["done"].flatMap { Notice(rawValue: String($0)) }
    }
}
