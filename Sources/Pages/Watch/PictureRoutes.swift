import Detection
import Domain
import HTTPTypes
import Hummingbird
import Storage
import Synchronization
import WebCore

/// `/watch/{uuid}/picture/{version}`: a version's picture; `/diff/{uuid}/picture?from_version=…&to_version=…`: what
/// differs between two.
struct PictureRoutes: Sendable {
    typealias Context = WebContext

    let store: Store
    let threads: PageThreads
    let differences: PictureDifferences

    func add(to router: some RouterMethods<Context>) {
        router.get("watch/{uuid}/picture/{version}") { _, context in try await picture(context) }
        router.get("diff/{uuid}/picture") { request, context in try await difference(request, context) }
    }

    private func picture(_ context: Context) async throws -> Response {
        guard let version = context.parameters.get("version").flatMap({ SnapshotVersion($0) }),
            let picture = try await store.picture(of: try context.watchID, version: version)
        else { throw HTTPError(.notFound) }
        return PictureAnswer.response(picture)
    }

    private func difference(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.watchID
        func version(_ name: Substring) -> SnapshotVersion? {
            request.uri.queryParameters[name].flatMap { SnapshotVersion(String($0)) }
        }
        guard let from = version("from_version"), let to = version("to_version"),
            let watch = try await store.watch(id)
        else { throw HTTPError(.notFound) }
        let key = PictureDifferences.Key(watch: id, from: from, to: to, settings: watch.settings.image)
        return try await threads.turn(of: "\(id) \(from) \(to) picture", unless: context.clientGone) {
            switch try await differences.difference(key) {
            case .success(let difference): return PictureAnswer.response(difference.picture)
            case .failure(let failure): throw HTTPError(.unprocessableContent, message: failure.message)
            case nil: throw HTTPError(.notFound)
            }
        }
    }
}

/// The differences of pictures that were asked for last, so that a page and the picture on it compare once.
final class PictureDifferences: Sendable {
    struct Key: Hashable, Sendable {
        let watch: WatchID
        let from: SnapshotVersion
        let to: SnapshotVersion
        let settings: ImageSettings
    }

    typealias Found = Result<PictureDifference, CheckFailure>

    private static let most = 4

    private let store: Store
    private let threads: PageThreads
    /// Newest last.
    private let kept = Mutex<[(key: Key, found: Found)]>([])

    init(store: Store, threads: PageThreads) {
        self.store = store
        self.threads = threads
    }

    /// Compares, on a page's thread; nil when one of the versions is no picture or gone. Only for who has a turn.
    func difference(_ key: Key) async throws -> Found? {
        if let known = kept.withLock({ $0.first { $0.key == key } }) { return known.found }
        guard let old = try await store.picture(of: key.watch, version: key.from),
            let new = try await store.picture(of: key.watch, version: key.to)
        else { return nil }
        let found: Found = try await threads.run {
            Result { () throws(CheckFailure) in
                try PictureDifference(from: old, to: new, settings: key.settings)
            }
        }
        kept.withLock { kept in
            kept.append((key, found))
            if kept.count > Self.most { kept.removeFirst() }
        }
        return found
    }
}
