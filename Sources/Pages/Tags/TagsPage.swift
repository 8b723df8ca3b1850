public import Domain
public import WebCore

/// All tags, each with how many watches have it.
public struct TagsPage: PageView {
    public static let template = "pages/tags"

    public var tags: [Tag]
    public var counts: [TagID: Int]
    public var notice: Notice?
    /// The title of a tag that could not be made, with what is wrong with it.
    public var draft: (title: String, errors: [FieldError])?

    public init(tags: [Tag], counts: [TagID: Int], notice: Notice? = nil) {
        self.tags = tags
        self.counts = counts
        self.notice = notice
    }

    public func fields(_ scene: Scene) -> Fields {
        [
            "notice": Notice.field(notice), "has_tags": .flag(!tags.isEmpty),
            "action": .text(scene.path("/tags")),
            "title": FieldErrors(draft?.errors ?? []).input("title", draft?.title ?? ""),
            "tags": .list(
                tags.map { tag in
                    let count = counts[tag.id] ?? 0
                    return [
                        "href": .text(scene.path("/tags/\(tag.id)")), "title": .text(tag.title),
                        "swatch": .optional(tag.colour?.description), "muted": .flag(tag.notificationMuted),
                        "pattern": .optional(tag.addresses.isEmpty ? nil : tag.addresses.text),
                        "list_href": .text(scene.path("/?tag=\(tag.id)")),
                        "watches": .text("\(Counts.grouped(count)) \(count == 1 ? "watch" : "watches")"),
                        "adds": .flag(tag.settings != TagSettings()),
                    ]
                }),
        ]
    }
}
