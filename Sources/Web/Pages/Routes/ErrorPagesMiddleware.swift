import Domain
import HTTPTypes
import Hummingbird
import Logging
import Monitor

/// Shows people a page where a program would get a bare status.
struct ErrorPagesMiddleware<Context: RequestContext>: RouterMiddleware {
    let source: PageSource
    let answer: PageAnswer

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let status = (error as? any HTTPResponseError)?.status
            if status == nil {
                let path = request.uri.path.prefix(200)
                context.logger.error("a request failed", metadata: ["path": "\(path)", "error": "\(error)"])
            }
            guard Self.isForPeople(request) else {
                if status != nil { throw error }
                return APIAnswer.message(.internalServerError, "The program failed; its log says why")
            }
            let page = Self.page(status)
            return answer.html(page, await frame(), status: HTTPResponse.Status(code: page.status))
        }
    }

    private static func isForPeople(_ request: Request) -> Bool {
        !request.uri.path.hasPrefix("/api/") && (request.headers[.accept] ?? "").contains("text/html")
    }

    private static func page(_ status: HTTPResponse.Status?) -> ErrorPage {
        switch status {
        case nil: .failed
        case .notFound?: .notFound
        case .contentTooLarge?: .tooLarge
        case let status?:
            ErrorPage(
                status: status.code, title: "That is not possible", text: "The server answered: \(status.reasonPhrase)."
            )
        }
    }

    /// An error page must not fail itself because the store does.
    private func frame() async -> Frame {
        let counts = source.queue.counts
        return (try? await source.frame())
            ?? Frame(now: source.now(), queueLength: counts.length, running: counts.running, totals: Totals())
    }
}
