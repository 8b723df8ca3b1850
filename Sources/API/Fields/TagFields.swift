import Domain
import Foundation

/// The fields of a tag: what it says for its watches, and what it is called and looks like.
enum TagFields {
    static let fields = APIFields(
        identity + APIField.settings(SettingsTable.tag.map { $0.lifted(to: \Tag.settings) }))

    private static let identity: [APIField<Tag>] = [
        APIField("uuid", read: { .string($0.id.description) }),
        APIField("date_created", read: { FieldValue.seconds($0.createdAt) }),
        APIField(
            "title", read: { .string($0.title) },
            write: { tag, value throws(FieldError) in tag.title = try title(FieldValue.text(value, "title") ?? "") }),
        APIField(
            "url_match_pattern", read: { .string($0.addresses.text) },
            write: { tag, value throws(FieldError) in
                tag.addresses = AddressPattern(try FieldValue.text(value, "url_match_pattern") ?? "")
            }),
        APIField(
            "tag_colour", read: { .string($0.colour?.description ?? "") },
            write: { tag, value throws(FieldError) in
                let text = try FieldValue.text(value, "tag_colour") ?? ""
                tag.colour = TagColour(text)
                guard text.isEmpty || tag.colour != nil else { throw FieldError("tag_colour", TagColour.help) }
            }),
        APIField(
            "notification_muted", read: { .bool($0.notificationMuted) },
            write: { tag, value throws(FieldError) in
                tag.notificationMuted = try FieldValue.flag(value, "notification_muted")
            }),
    ]
    /// A tag's title without what cannot be seen around it; throws when nothing is left.
    static func title(_ text: String) throws(FieldError) -> String {
        let unseen = CharacterSet.whitespacesAndNewlines.union(.controlCharacters)
        let title = text.trimmingCharacters(in: unseen)
        guard !title.isEmpty else { throw FieldError("title", "must have letters or digits in it") }
        return title
    }
}
