import Domain
import Hummingbird
import WebCore

/// `/`: the list of watches, whole or only its rows.
struct ListRoutes: Sendable {
    let source: PageSource
    let answer: PageAnswer

    func add(to router: some RouterMethods<WebContext>) {
        router.get("/") { request, _ in try await list(request) }
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
}
