public import Domain
import Foundation
import WebCore

/// A watch as a form has it: everything is text, as it was typed, so that a mistake can be shown where it was made.
public struct EditForm: Hashable, Sendable {
    let values: FormValues

    /// What a browser sent.
    init(_ values: FormValues) {
        self.values = values
    }

    /// A watch as it is stored.
    public init(_ watch: Watch, tagTitles: [String]) {
        var values = FormValues(watch.settings, SettingsTable.watch)
        values["url"] = watch.url
        values["title"] = watch.title ?? ""
        values["tags"] = tagTitles.joined(separator: ", ")
        self.init(values)
    }

    public var url: String { values.text("url").trimmingCharacters(in: .whitespacesAndNewlines) }

    /// nil when it is empty, which means the page's own.
    public var title: String? {
        let title = values.text("title").trimmingCharacters(in: .whitespacesAndNewlines)
        return title.isEmpty ? nil : title
    }

    public var tagTitles: [String] { TagTitles.listed(values.text("tags")) }

    /// `settings` with everything that the form has. Throws every field that cannot be read.
    public func applied(to settings: WatchSettings) throws(InputError) -> WatchSettings {
        let (result, errors) = read(into: settings)
        guard errors.isEmpty else { throw InputError(errors) }
        return result
    }

    /// The same with what cannot be read left out, and told beside.
    func read(into settings: WatchSettings) -> (settings: WatchSettings, errors: [FieldError]) {
        var result = settings
        let errors = values.read(SettingsTable.watch, into: &result)
        return (result, errors)
    }
}
