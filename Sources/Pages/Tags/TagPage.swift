public import Domain
public import WebCore

/// One tag: which watches have it, how it looks, and what it adds to its watches.
public struct TagPage: PageView {
    public static let template = "pages/tag"

    static let texts =
        TagTexts.lists.map(\.name) + [
            "title", "url_match_pattern", "tag_colour", "in_stock_processing", "price_change_min", "price_change_max",
            "price_change_threshold_percent",
        ]
    static let flags = ["overrides_watch", "follow_price_changes", "notification_muted"]

    public let id: TagID
    /// The title as it is stored.
    public let name: String
    public var values: FormValues
    public var errors: [FieldError]

    public init(id: TagID, name: String, values: FormValues, errors: [FieldError] = []) {
        self.id = id
        self.name = name
        self.values = values
        self.errors = errors
    }

    public init(_ tag: Tag) {
        let restock = tag.settings.restock
        var texts = [
            "title": tag.title, "url_match_pattern": tag.addresses.text,
            "tag_colour": tag.colour?.description ?? "", "in_stock_processing": restock.stock.rawValue,
            "price_change_min": FormReader.shown(restock.priceMinimum),
            "price_change_max": FormReader.shown(restock.priceMaximum),
            "price_change_threshold_percent": FormReader.shown(restock.thresholdPercent),
        ]
        for (name, path) in TagTexts.lists { texts[name] = tag.settings[keyPath: path].joined(separator: "\n") }
        var flags: Set<String> = []
        if tag.settings.overridesWatch { flags.insert("overrides_watch") }
        if tag.notificationMuted { flags.insert("notification_muted") }
        if restock.followsPrice { flags.insert("follow_price_changes") }
        self.init(id: tag.id, name: tag.title, values: FormValues(texts: texts, flags: flags))
    }

    public func fields(_ scene: Scene) -> Fields {
        let made = FormFields(errors: errors)
        var fields = made.summary(of: Set(Self.texts + Self.flags))
        for name in Self.texts { fields[name] = made.input(name, values.text(name)) }
        fields["in_stock_processing"] = made.choice(
            "in_stock_processing", values.text("in_stock_processing"), FormChoices.stock)
        for name in Self.flags { fields[name] = .flag(values.flags.contains(name)) }
        fields["name"] = .text(name)
        fields["swatch"] = .optional(TagColour(values.text("tag_colour"))?.description)
        fields["action"] = .text(scene.path("/tags/\(id)"))
        return fields
    }

    /// Throws every field that cannot be read.
    static func apply(_ values: FormValues, to tag: inout Tag) throws(InputError) {
        var reader = FormReader(values.text)
        tag.title = reader.word("title")
        tag.addresses = AddressPattern(reader.word("url_match_pattern"))
        let colour = reader.word("tag_colour")
        tag.colour = TagColour(colour)
        if !colour.isEmpty, tag.colour == nil { reader.note("tag_colour", TagTexts.colourHelp) }
        tag.notificationMuted = values.flags.contains("notification_muted")
        for (name, path) in TagTexts.lists { tag.settings[keyPath: path] = reader.lines(name) }
        tag.settings.overridesWatch = values.flags.contains("overrides_watch")
        tag.settings.restock = reader.restock(follows: values.flags.contains("follow_price_changes"))
        guard reader.errors.isEmpty else { throw InputError(reader.errors) }
    }
}

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
            "title": FormFields(errors: draft?.errors ?? []).input("title", draft?.title ?? ""),
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
