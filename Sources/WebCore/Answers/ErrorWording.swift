import Domain
package import HTTPTypes
import Hummingbird
import NIOHTTP1
import Storage

/// How an error is told: one place for pages and API.
package struct ErrorWording: Sendable {
    /// Seconds after which the same request may succeed.
    private static let retryAfter = 5

    package let status: HTTPResponse.Status
    /// For people, above the sentence that says more.
    package let title: String
    package let text: String
    /// For programs.
    package let message: String
    package let headers: HTTPFields
    /// Whoever runs the program has to look at it; else the client has.
    package let isOurs: Bool

    private init(
        _ status: HTTPResponse.Status, _ title: String, _ text: String, message: String? = nil,
        headers: HTTPFields = [:], isOurs: Bool = false
    ) {
        self.status = status
        self.title = title
        self.text = text
        self.message = message ?? text
        self.headers = headers
        self.isOurs = isOurs
    }

    package init(_ error: any Error) {
        switch error {
        case let error as StoreError where error.isOfItsState:
            self.init(
                .serviceUnavailable, "The database is not available",
                "\(error.description). Your change was saved completely or not at all.",
                message: error.description, headers: error.isPassing ? Self.comeAgain : [:], isOurs: true)
        case is PageThreads.Busy:
            self.init(
                .serviceUnavailable, "Turnstone is busy",
                "Too many comparisons are running. Try again in a few seconds.", headers: Self.comeAgain)
        case let error as TooManyAtOnce:
            self.init(
                error.isOwn ? .tooManyRequests : .serviceUnavailable, "Turnstone is busy",
                "\(error). Nothing was changed.", message: "\(error)", headers: Self.comeAgain)
        case let error as NotAllowed:
            self.init(
                .forbidden, "You are not allowed to do that", "\(error). Nothing was changed.", message: "\(error)")
        case is HTTPParserError:
            self.init(.badRequest, "Invalid request", "The request was incomplete or malformed. Nothing was changed.")
        case let error as any HTTPResponseError:
            self.init(error)
        default:
            self.init(
                .internalServerError, "Something went wrong",
                "The log has the details. Your change was saved completely or not at all.",
                message: "Internal error; see the log", isOurs: true)
        }
    }

    private init(_ error: any HTTPResponseError) {
        let own = error as? HTTPError
        let message = own?.body ?? error.status.reasonPhrase
        let headers = own?.headers ?? [:]
        switch error.status {
        case .notFound:
            self.init(
                .notFound, "Page not found",
                "The URL may be mistyped, or the watch was deleted.", message: message,
                headers: headers)
        case .contentTooLarge:
            self.init(
                .contentTooLarge, "Request too large",
                "The request exceeds the size limit. Nothing was saved.", message: own?.body, headers: headers)
        default:
            self.init(
                error.status, "Request failed", "The server answered: \(error.status.reasonPhrase).",
                message: message, headers: headers)
        }
    }

    private static let comeAgain: HTTPFields = [.retryAfter: "\(retryAfter)"]
}

extension StoreError {
    /// The disk, the file or another process is the reason, not a mistake of the program.
    fileprivate var isOfItsState: Bool {
        if case .database = self { false } else { true }
    }
}
