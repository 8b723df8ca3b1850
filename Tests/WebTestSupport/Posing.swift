package import Domain
package import Hummingbird
package import WebCore

/// Makes every caller somebody else than the request says.
package struct Posing: RouterMiddleware {
    private let requester: Requester

    package init(requester: Requester) {
        self.requester = requester
    }

    package func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requester = requester
        return try await next(request, context)
    }
}
