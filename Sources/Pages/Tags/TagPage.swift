public import Domain
import Foundation
public import WebCore

/// One tag: which watches have it, how it looks, and what it says for its watches.
public struct TagPage: PageView {
    public static let template = "pages/tag"

    public let id: TagID
    /// The title as it is stored.
    public let name: String
    var values: FormValues
    public var errors: [FieldError]
    public var all: Settings
    var edits = EditsView()

    init(id: TagID, name: String, values: FormValues, errors: [FieldError] = [], all: Settings = Settings()) {
        self.id = id
        self.name = name
        self.values = values
        self.errors = errors
        self.all = all
    }

    public init(_ tag: Tag, all: Settings = Settings()) {
        var values = FormValues(tag.settings, SettingsTable.tag)
        values["title"] = tag.title
        values["url_match_pattern"] = tag.addresses.text
        values["tag_colour"] = tag.colour?.description ?? ""
        values["notification_muted"] = tag.notificationMuted ? "on" : nil
        self.init(id: tag.id, name: tag.title, values: values, all: all)
    }

    public func fields(_ scene: Scene) -> Fields {
        let errors = FieldErrors(errors)
        var fields = errors.summary(of: Self.titles)
        for name in ["title", "url_match_pattern", "tag_colour"] {
            fields[name] = errors.input(name, values.text(name))
        }
        fields["notification_muted"] = .flag(values.isTicked("notification_muted"))
        fields["setting"] = SettingFields(
            values: values, errors: errors, inheritance: Inheritance(all: all)
        ).drawn(SettingsTable.tag, scene)
        fields["name"] = .text(name)
        fields["swatch"] = .optional(TagColour(values.text("tag_colour"))?.description)
        fields["edits"] = edits.field(scene)
        fields["action"] = .text(scene.path("/tags/\(id)"))
        return fields
    }

    /// Throws every field that cannot be read.
    static func apply(_ values: FormValues, to tag: inout Tag) throws(InputError) {
        var errors = values.read(SettingsTable.tag, into: &tag.settings)
        tag.title = values.text("title").trimmingCharacters(in: .whitespacesAndNewlines)
        tag.addresses = AddressPattern(values.text("url_match_pattern"))
        let colour = values.text("tag_colour").trimmingCharacters(in: .whitespacesAndNewlines)
        tag.colour = TagColour(colour)
        if !colour.isEmpty, tag.colour == nil { errors.append(FieldError("tag_colour", TagColour.help)) }
        tag.notificationMuted = values.isTicked("notification_muted")
        guard errors.isEmpty else { throw InputError(errors) }
    }

    private static let titles = SettingFields.titles(
        SettingsTable.tag,
        ["title": "Title", "url_match_pattern": "Apply to URLs that match", "tag_colour": "Colour"])
}
