import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Monitor
import Storage
import WebCore

/// `/api/v1/watch/{uuid}/history`: the versions kept of a watch.
struct HistoryRoutes<Context: AskingContext>: Sendable {
    let store: Store
    let actions: WatchActions
    /// The prefix behind a reverse proxy, or nothing.
    let base: String

    func add(to router: RouterGroup<Context>) {
        router.get("watch/{uuid}/history") { request, context in try await list(request, context) }
        router.delete("watch/{uuid}/history") { _, context in try await clear(context) }
        router.get("watch/{uuid}/history/{version}") { request, context in try await read(request, context) }
    }

    /// Keyed by the version, as the incumbent's; where it gives away a path on its disk, ours gives the address of the
    /// text.
    private func list(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.watchID, try await store.watch(id) != nil else {
            return WatchRoutes.notFound(context)
        }
        let snapshots = try await store.snapshots(of: id)
        return APIAnswer.json { json in
            json.object { json in
                for snapshot in snapshots {
                    json.field(snapshot.version.description, "\(base)\(request.uri.path)/\(snapshot.version)")
                }
            }
        }
    }

    private func clear(_ context: Context) async throws -> Response {
        guard let id = try? context.watchID, try await actions.asked(by: context.requester).clearHistory(id) else {
            return WatchRoutes.notFound(context)
        }
        return APIAnswer.none
    }

    private func noPicture(_ id: WatchID, _ version: SnapshotVersion?) async throws -> Response {
        guard let version, try await store.pictureState(of: id, version: version) == .letGo else {
            return APIAnswer.message(.notFound, "This version is not an image")
        }
        return APIAnswer.message(
            .notFound,
            "The image of this version is no longer stored: only the newest \(store.picturesKept) versions keep it")
    }

    /// The version's text; with `html` its body as it was fetched, as text that no browser runs; with `picture` its
    /// picture.
    private func read(_ request: Request, _ context: Context) async throws -> Response {
        guard let id = try? context.watchID, let watch = try await store.watch(id) else {
            return WatchRoutes.notFound(context)
        }
        let name = context.parameters.get("version") ?? ""
        let version = name == "latest" ? watch.state.newestVersion : SnapshotVersion(name)
        if request.uri.queryParameters["picture"] != nil {
            guard let version, let picture = try await store.picture(of: id, version: version) else {
                return try await noPicture(id, version)
            }
            return PictureAnswer.response(picture)
        }
        if request.uri.queryParameters["html"] != nil {
            guard let version, let body = try await store.body(of: id, version: version) else {
                return APIAnswer.message(
                    .notFound, "The HTML of this version is no longer stored: only the newest versions keep it")
            }
            var answer = APIAnswer.text(body.bytes)
            answer.headers[.contentDisposition] = "attachment; filename=\"snapshot-\(version).html\""
            return answer
        }
        guard let version, let text = try await store.text(of: id, version: version) else {
            return APIAnswer.message(.notFound, "No history snapshot \"\(name.prefix(60))\" of this watch")
        }
        return APIAnswer.text(text)
    }
}
