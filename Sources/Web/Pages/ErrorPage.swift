public import Domain

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

    public static let notFound = ErrorPage(
        status: 404, title: "There is nothing here",
        text: "The address may be mistyped, or the watch it belongs to was deleted.")
    public static let tooLarge = ErrorPage(
        status: 413, title: "That is too much at once",
        text: "What was sent is larger than what is taken. Nothing was stored.")
    public static let foreign = ErrorPage(
        status: 403, title: "That came from another site",
        text:
            "A page of another site tried to change something here, and was refused. If it was you, open Turnstone itself and try again. "
            + "Behind a reverse proxy, the Host header must reach Turnstone unchanged.")
    public static let failed = ErrorPage(
        status: 500, title: "Turnstone failed to do that",
        text: "The reason is in its log. Nothing was half done: what was to be stored is stored whole or not at all.")

    public static let busy = ErrorPage(
        status: 503, title: "Others are being served first",
        text: "Many texts are being compared just now. Try again in a few seconds.")

    /// The store's own sentence of what is wrong with it.
    public static func store(_ sentence: String) -> ErrorPage {
        ErrorPage(
            status: 503, title: "The database does not take or give that now",
            text: "\(sentence). What was to be stored is stored whole or not at all.")
    }

    /// What was sent makes no sense.
    public static func badRequest(_ error: InputError) -> ErrorPage {
        ErrorPage(status: 400, title: "That cannot be done", text: "Nothing was changed.", problems: error.fields)
    }

    public func fields(_ scene: Scene) -> Fields {
        [
            "status": .number(status), "title": .text(title), "text": .text(text),
            "problems": .list(problems.map { ["field": .text($0.field), "message": .text($0.message)] }),
        ]
    }
}
