import Domain
import HTTPTypes
import Hummingbird
import Logging
import Monitor
import WebCore

/// Says to people on a page, and to programs in JSON, why a request came to nothing.
struct ErrorPagesMiddleware: RouterMiddleware {
    typealias Context = WebContext

    let source: PageSource
    let answer: PageAnswer

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let wording = ErrorWording(error)
            log(error, wording, request, context)
            var response =
                Self.isForPeople(request)
                ? answer.html(ErrorPage(wording), await frame(), status: wording.status)
                : APIAnswer.message(wording.status, wording.message)
            response.headers.append(contentsOf: wording.headers)
            return response
        }
    }

    /// What the client has to do with is none of the log's; that it left is no error either.
    private func log(_ error: any Error, _ wording: ErrorWording, _ request: Request, _ context: Context) {
        guard wording.isOurs else { return }
        let isLeft = error is CancellationError || context.isClientGone
        context.logger.log(
            level: isLeft ? .debug : .error, isLeft ? "a client left before its answer" : "a request failed",
            metadata: ["path": "\(request.uri.path.prefix(200))", "error": "\(error)"])
    }

    private static func isForPeople(_ request: Request) -> Bool {
        !request.uri.path.hasPrefix("/api/") && (request.headers[.accept] ?? "").contains("text/html")
    }

    /// An error page must not fail itself because the store does.
    private func frame() async -> Frame {
        if let frame = try? await source.frame() { return frame }
        return await source.frame(Totals())
    }
}
