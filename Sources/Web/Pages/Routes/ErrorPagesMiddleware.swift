import Domain
import HTTPTypes
import Hummingbird
import Logging
import Monitor
import Storage

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
                ? answer.html(wording.page, await frame(), status: wording.status)
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
        let counts = await source.queue.counts
        return (try? await source.frame())
            ?? Frame(now: source.now(), queueLength: counts.length, running: counts.running, totals: Totals())
    }
}

/// How an error is told: one place for pages and API.
struct ErrorWording {
    /// Seconds after which the same request may succeed.
    private static let retryAfter = 5

    let page: ErrorPage
    /// For programs.
    let message: String
    let headers: HTTPFields
    /// Whoever runs the program has to look at it; else the client has.
    let isOurs: Bool

    var status: HTTPResponse.Status { HTTPResponse.Status(code: page.status) }

    init(_ error: any Error) {
        switch error {
        case let error as StoreError where error.isOfItsState:
            page = .store(error.description)
            message = error.description
            headers = error.isPassing ? [.retryAfter: "\(Self.retryAfter)"] : [:]
            isOurs = true
        case is PageThreads.Busy:
            page = .busy
            message = page.text
            headers = [.retryAfter: "\(Self.retryAfter)"]
            isOurs = false
        case let error as any HTTPResponseError:
            page = Self.page(error.status)
            let own = (error as? HTTPError)?.body
            message = own ?? (error.status == .contentTooLarge ? page.text : error.status.reasonPhrase)
            headers = (error as? HTTPError)?.headers ?? [:]
            isOurs = false
        default:
            page = .failed
            message = "The program failed; its log says why"
            headers = [:]
            isOurs = true
        }
    }

    private static func page(_ status: HTTPResponse.Status) -> ErrorPage {
        switch status {
        case .notFound: .notFound
        case .contentTooLarge: .tooLarge
        default:
            ErrorPage(
                status: status.code, title: "That is not possible", text: "The server answered: \(status.reasonPhrase)."
            )
        }
    }
}

extension StoreError {
    /// The disk, the file or another process is the reason, not a mistake of the program.
    fileprivate var isOfItsState: Bool {
        if case .database = self { false } else { true }
    }
}
