import Domain
import Foundation
import Testing

@testable import Pages
@testable import WebCore

@Suite struct TemplateTests {
    @Test("every name in every template is given by its page, in every branch")
    func everyName() throws {
        let renderer = try Samples.renderer()
        let scene = Scene(frame: Samples.frame(), base: "", templates: renderer.templates)
        let welcome = Scene(frame: Samples.frame(Totals()), base: "", templates: renderer.templates)
        for view in PageRenderer.views {
            let pages = Samples.all().map(\.page).filter { type(of: $0) == view }
            #expect(!pages.isEmpty, "\(view) has no sample")
            var fields = pages.map { renderer.allFields(of: $0, scene) }
            if view == ListPage.self { fields.append(renderer.allFields(of: Samples.list([]), welcome)) }
            var walk = TemplateWalk(sources: renderer.templates.sources)
            walk.walk(view.template, [fields])
            #expect(walk.problems.isEmpty, "\(walk.problems.sorted().joined(separator: "\n"))")
        }
    }

    @Test("every name in a row is given by the row")
    func everyNameOfARow() throws {
        let renderer = try Samples.renderer()
        let scene = Scene(frame: Samples.frame(), base: "", templates: renderer.templates)
        let rows = (Samples.three + Samples.fifty).map { row in
            WatchRowView(row: row, activity: .idle, tags: row.tags.compactMap { Samples.tags[$0] }).fields(scene)
        }
        var walk = TemplateWalk(sources: renderer.templates.sources)
        walk.walk(WatchRowView.template, [rows])
        #expect(walk.problems.isEmpty, "\(walk.problems.sorted().joined(separator: "\n"))")
    }

    @Test("the walk finds a name that nobody gives, wherever it hides")
    func walkFinds() {
        let sources = [
            "page": "{{<frame}}{{$main}}{{#rows}}{{label}}{{^label}}{{lost}}{{/label}}{{/rows}}{{/main}}{{/frame}}",
            "frame": "{{a.b}}{{$main}}{{/main}}{{{text}}}",
        ]
        var walk = TemplateWalk(sources: sources)
        walk.walk("page", [[["rows": .list([["label": "x"]]), "a": .group(["c": "y"]), "text": "<b>"]]])
        #expect(
            walk.problems == [
                "page: nobody gives {{lost}}", "frame: nobody gives {{a.b}}", "frame: {{{text}}} does not escape text",
            ])
    }

    @Test(
        "a quote, a bracket or an ampersand is escaped, whatever follows it",
        arguments: ["", "\u{301}", "\u{200D}", "\u{FE0F}", "\u{20DD}"])
    func escapes(mark: String) throws {
        let escaped = HTMLEscaping.escape("<\(mark)>\(mark)&\(mark)\"\(mark)'\(mark)x")
        #expect(Array(escaped.utf8) == Array("&lt;\(mark)&gt;\(mark)&amp;\(mark)&quot;\(mark)&#39;\(mark)x".utf8))

        let templates = try Templates(folder: Samples.templates, required: [])
        let row = Samples.row(url: "https://x/\"\(mark)", title: "<\(mark)b>\"\(mark) onx=1")
        let scene = Scene(frame: Samples.frame(), base: "", templates: templates)
        let html = templates.render(
            WatchRowView.template, WatchRowView(row: row, activity: .idle, tags: []).fields(scene))
        #expect(!html.utf8.contains(sequence: "<\(mark)b".utf8) || mark.isEmpty)
        #expect(!html.utf8.contains(sequence: "\"\(mark) onx".utf8))
        #expect(html.utf8.contains(sequence: "&quot;\(mark) onx".utf8))
    }
}

extension Sequence where Element == UInt8 {
    func contains(sequence: some Sequence<UInt8>) -> Bool {
        Data(self).range(of: Data(sequence)) != nil
    }
}
