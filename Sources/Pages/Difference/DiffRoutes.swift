import Detection
import Domain
import HTTPTypes
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/diff/{uuid}`: what is different between two versions, which are read by being looked at.
struct DiffRoutes: Sendable {
    typealias Context = WebContext

    let source: PageSource
    let actions: WatchActions
    let answer: PageAnswer
    let threads: PageThreads
    let comparisons: Comparisons
    let differences: PictureDifferences

    func add(to router: some RouterMethods<Context>) {
        router.get("diff/{uuid}") { request, context in try await diff(request, context) }
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
            // A browser that only fetches ahead has not been looked at; a version that is taken meanwhile is not on
            // this page.
            let who = context.requester
            if !request.isPrefetch, let to, to == versions.first, watch.state.isUnviewed, who.may(.edit) {
                try await actions.asked(by: who).markViewed(id, upTo: to)
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

    /// The versions that are asked for; else the newest with the newest that somebody has seen, or with the one before
    /// it.
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
}

extension Request {
    /// A browser fetches ahead what a person may open next.
    fileprivate var isPrefetch: Bool {
        HTTPField.Name("sec-purpose").flatMap { headers[$0] }?.contains("prefetch") ?? false
    }
}
