import Domain
import Hummingbird
import Storage
import WebCore

/// `/watch/{uuid}`: one watch, in any of its versions.
struct PreviewRoutes: Sendable {
    typealias Context = WebContext

    let source: PageSource
    let answer: PageAnswer
    let threads: PageThreads

    func add(to router: some RouterMethods<Context>) {
        router.get("watch/{uuid}") { request, context in try await preview(request, context) }
        router.get("preview/{uuid}") { _, context in answer.see("/watch/\(try context.watchID)") }
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
}
