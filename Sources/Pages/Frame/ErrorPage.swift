public import Domain
import HTTPTypes
public import WebCore

/// Says calmly that something is not possible, why, and where to go from here.
public struct ErrorPage: PageView {
    public static let template = "pages/error"

    public let status: Int
    public let title: String
    public let text: String
    public let problems: [FieldError]

    public init(status: Int, title: String, text: String, problems: [FieldError] = []) {
        self.status = status
        self.title = title
        self.text = text
        self.problems = problems
    }

    /// What went wrong, in its words for people.
    init(_ wording: ErrorWording) {
        self.init(status: wording.status.code, title: wording.title, text: wording.text)
    }

    public static let foreign = ErrorPage(
        status: 403, title: "Request from another site refused",
        text:
            "Another site tried to change something here. If that was you, open Turnstone directly and try again. "
            + "Behind a reverse proxy, the Host header must reach Turnstone unchanged.")

    /// What was sent makes no sense.
    public static func badRequest(_ error: InputError) -> ErrorPage {
        ErrorPage(status: 400, title: "Invalid request", text: "Nothing was changed.", problems: error.fields)
    }

    public func fields(_ scene: Scene) -> Fields {
        [
            "status": .number(status), "title": .text(title), "text": .text(text),
            "problems": .list(problems.map { ["field": .text($0.field), "message": .text($0.message)] }),
        ]
    }
}
