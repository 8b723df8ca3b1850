public import Domain
import WebCore

/// What was typed into the form that adds a watch, and what is wrong with it.
public struct AddForm: Hashable, Sendable {
    public var url: String
    public var title: String
    /// Titles, with commas between them.
    public var tags: String
    public var errors: [FieldError]

    public init(url: String = "", title: String = "", tags: String = "", errors: [FieldError] = []) {
        self.url = url
        self.title = title
        self.tags = tags
        self.errors = errors
    }

    var fields: Fields {
        func message(_ field: String) -> Field {
            .optional(errors.filter { $0.field == field }.map(\.message).joined(separator: " "))
        }
        let elsewhere = errors.filter { !["url", "title", "tags"].contains($0.field) }.map(\.description)
        return [
            "url": .text(url), "title": .text(title), "tags": .text(tags),
            "url_error": message("url"), "title_error": message("title"), "tags_error": message("tags"),
            "other_error": .optional(elsewhere.joined(separator: " ")),
            "open": .flag(!title.isEmpty || !tags.isEmpty || errors.contains { $0.field != "url" }),
        ]
    }
}
