import Domain
import Foundation
import Testing

@testable import Pages
@testable import WebCore

/// Reads HTML as a browser's tokenizer does, as far as tags and their attributes go.
private struct Tags {
    private(set) var names: [String: Int] = [:]
    private(set) var attributes: Set<String> = []

    init(_ html: String) {
        var rest = html.unicodeScalars[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: open)...]
            guard let first = rest.first, first.properties.isAlphabetic, first.isASCII else { continue }
            let name = rest.prefix { !" \n>/".unicodeScalars.contains($0) }
            names[String(name).lowercased(), default: 0] += 1
            rest = rest[name.endIndex...]
            while let next = rest.first, next != ">" {
                if " \n/".unicodeScalars.contains(next) {
                    rest.removeFirst()
                    continue
                }
                let attribute = rest.prefix { !" \n>=/".unicodeScalars.contains($0) }
                attributes.insert(String(attribute).lowercased())
                rest = rest[attribute.endIndex...]
                guard rest.first == "=" else { continue }
                rest.removeFirst()
                guard rest.first == "\"" else {
                    attributes.insert("an unquoted value")
                    continue
                }
                rest.removeFirst()
                guard let quote = rest.firstIndex(of: "\"") else { return }
                rest = rest[rest.index(after: quote)...]
            }
        }
    }
}

@Suite struct HostileTextTests {
    private static let known: Set<String> = [
        "action", "alt", "aria-current", "aria-describedby", "aria-haspopup", "aria-hidden", "aria-invalid",
        "aria-label",
        "aria-labelledby",
        "aria-live", "aria-sort", "autocapitalize", "autocomplete", "autocorrect", "autofocus", "charset", "checked",
        "class", "colspan",
        "content", "cx", "cy", "d", "datetime", "defer", "dir", "fill", "for", "form", "formaction", "height", "hidden",
        "href",
        "id",
        "inputmode", "lang", "list", "maxlength", "method", "name", "open", "pattern", "placeholder",
        "preserveaspectratio", "r", "rel",
        "required",
        "role", "rows", "rx", "scope", "selected", "size", "spellcheck", "src", "tabindex", "target", "title", "type",
        "value",
        "viewbox", "width", "x", "xmlns", "y",
    ]

    @Test("hostile text becomes neither a tag nor an attribute, on any page", arguments: Samples.all().map(\.name))
    func noPageLetsThrough(name: String) throws {
        let page = try #require(Samples.all().first { $0.name == name }?.page)
        let html = String(decoding: try Samples.renderer().render(page, Samples.frame()), as: UTF8.self)
        let tags = Tags(html)
        #expect(tags.names["img", default: 0] == html.components(separatedBy: "<img src=\"/").count - 1)
        #expect(tags.attributes.filter { !Self.known.contains($0) && !$0.hasPrefix("data-") } == [])
        let scripts = html.components(separatedBy: "<script").count - 1
        #expect(scripts == html.components(separatedBy: "<script src=\"/").count - 1)
        #expect(!html.contains("href=\"javascript:"))
    }

    @Test("the check itself sees what a browser would see")
    func seesThrough() {
        let tags = Tags("<p title=\"\(Samples.hostile)\">")
        #expect(tags.names["img"] == 1)
        #expect(Tags("<p title=\"\"\u{301} onmouseover=\"x\">").attributes.contains("onmouseover"))
    }

    @Test(
        "the hostile text is really on the pages that are to show it",
        arguments: [
            "list-fifty", "list-add-errors", "edit-errors", "delete", "diff-split", "error-400", "diff-pictures-failed",
            "settings-errors", "tag-errors", "tags", "misdirected",
        ])
    func isShown(name: String) throws {
        let page = try #require(Samples.all().first { $0.name == name }?.page)
        let html = try Samples.renderer().render(page, Samples.frame())
        #expect(html.contains(sequence: HTMLEscaping.escape(Samples.hostile).utf8))
    }
}
