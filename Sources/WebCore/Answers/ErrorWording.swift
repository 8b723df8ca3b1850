import Domain
package import HTTPTypes
import Hummingbird
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
                .serviceUnavailable, "The database does not take or give that now",
                "\(error.description). What was to be stored is stored whole or not at all.",
                message: error.description, headers: error.isPassing ? Self.comeAgain : [:], isOurs: true)
        case is PageThreads.Busy:
            self.init(
                .serviceUnavailable, "Others are being served first",
                "Many texts are being compared just now. Try again in a few seconds.", headers: Self.comeAgain)
        case let error as NotAllowed:
            self.init(
                .forbidden, "You may not do that", "\(error). Nothing was changed.", message: "\(error)")
        case let error as any HTTPResponseError:
            self.init(error)
        default:
            self.init(
                .internalServerError, "Turnstone failed to do that",
                "The reason is in its log. Nothing was half done: what was to be stored is stored whole or not at all.",
                message: "The program failed; its log says why", isOurs: true)
        }
    }

    private init(_ error: any HTTPResponseError) {
        let own = error as? HTTPError
        let message = own?.body ?? error.status.reasonPhrase
        let headers = own?.headers ?? [:]
        switch error.status {
        case .notFound:
            self.init(
                .notFound, "There is nothing here",
                "The address may be mistyped, or the watch it belongs to was deleted.", message: message,
                headers: headers)
        case .contentTooLarge:
            self.init(
                .contentTooLarge, "That is too much at once",
                "What was sent is larger than what is taken. Nothing was stored.", message: own?.body, headers: headers)
        default:
            self.init(
                error.status, "That is not possible", "The server answered: \(error.status.reasonPhrase).",
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
