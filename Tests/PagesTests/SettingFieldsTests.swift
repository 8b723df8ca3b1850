import Domain
import Foundation
import Testing
import WebCore

@testable import Pages

@Suite("The fields of settings")
struct SettingFieldsTests {
    private static func html(_ page: some PageView) throws -> String {
        String(decoding: try Samples.renderer().render(page, Samples.frame()), as: UTF8.self)
    }

    private static let edit = Result { try html(Samples.edit()) }
    private static let tag = Result { try html(TagPage(Samples.tag)) }
    private static let settings = Result { try html(SettingsPage(Samples.settings)) }

    /// The field's own name stands in it, or that of one of its parts.
    private static func hasField(_ name: String, _ html: String) -> Bool {
        html.contains("name=\"\(name)\"") || html.contains("name=\"\(name)-")
    }

    @Test("the form of a watch has every setting that a watch has", arguments: SettingsTable.watch)
    func watch(_ row: Setting<WatchSettings>) throws {
        #expect(Self.hasField(row.name, try Self.edit.get()))
    }

    @Test("the form of a tag has every setting that a tag has", arguments: SettingsTable.tag)
    func tag(_ row: Setting<TagSettings>) throws {
        #expect(Self.hasField(row.name, try Self.tag.get()))
    }

    @Test("the settings for all watches have every setting that there is for them", arguments: SettingsTable.all)
    func all(_ row: Setting<Settings>) throws {
        #expect(Self.hasField(row.name, try Self.settings.get()))
    }

    @Test("every name in every field's partial is given, in every branch")
    func everyName() throws {
        let renderer = try Samples.renderer()
        let scene = Scene(frame: Samples.frame(), base: "", templates: renderer.templates)
        var drawn: [String: [Fields]] = [:]
        func draw<Root>(_ root: Root, _ rows: [Setting<Root>], _ inheritance: Inheritance) {
            for errors in [[], Samples.everyError(of: rows)] {
                let fields = SettingFields(
                    values: FormValues(root, rows), errors: FieldErrors(errors), inheritance: inheritance)
                for row in rows {
                    let (template, parts) = fields.field(row, scene)
                    drawn[template, default: []].append(parts)
                }
            }
        }
        var said = WatchSettings()
        said.trust = .selfSigned
        let above = Inheritance(tags: [Samples.tag], all: Samples.settings)
        draw(said, SettingsTable.watch, above)
        draw(WatchSettings(), SettingsTable.watch, Inheritance())
        draw(Samples.settings, SettingsTable.all, Inheritance())
        var inherited: Set<String> = []
        for (template, fields) in drawn.sorted(by: { $0.key < $1.key }) {
            var walk = TemplateWalk(sources: renderer.templates.sources)
            walk.walk(template, [fields])
            // Not every kind of field has something above it: that no sample fills the list is no mistake by itself.
            let lacks = "fields/inherited: no sample fills {{#inherited}}"
            if !walk.problems.contains(lacks) { inherited.insert(template) }
            let problems = walk.problems.filter { !$0.hasPrefix("fields/inherited: ") }
            #expect(problems.isEmpty, "\(template): \(problems.sorted().joined(separator: "\n"))")
        }
        #expect(inherited.count >= 3)
        let unused = renderer.templates.sources.keys.filter { $0.hasPrefix("fields/") }.filter { drawn[$0] == nil }
        #expect(unused == ["fields/inherited"])
    }

    @Test("what tags and the settings for all watches say is shown beside the field, with where it comes from")
    func inherited() throws {
        let html = try Self.html(Samples.edit())
        #expect(html.contains("delivery time</span>"), "the tag's line to ignore")
        #expect(
            html.contains("<a href=\"/settings\">settings for all watches</a>: <span dir=\"auto\">nav\nfooter</span>"))
        #expect(html.contains("Default (Yes, from settings for all watches)"), "a flag that is inherited")
        #expect(html.contains("replaces this</a>: <span dir=\"auto\">19.9"), "a tag that decides about prices")
    }

    @Test("a proxy's password is never in a page, and a form that shows *** keeps it")
    func secrets() throws {
        let page = SettingsPage(Samples.settings)
        #expect(try !Self.html(page).contains("secret"))
        #expect(try Self.html(page).contains("http://user:***@proxy.example:3128"))
        #expect(try !Self.html(Samples.edit()).contains("secret"))
        var settings = Samples.settings
        try SettingsPage.apply(page.values, to: &settings)
        #expect(settings.proxies == Samples.settings.proxies)
    }

    @Test("accepting any certificate is offered for a watch and a tag, and never for all watches")
    func anyCertificate() throws {
        #expect(try Self.html(Samples.edit()).contains("value=\"self-signed\""))
        #expect(try Self.html(TagPage(Samples.tag)).contains("value=\"self-signed\""))
        #expect(try !Self.html(SettingsPage(Samples.settings)).contains("value=\"self-signed\""))
        var all = Settings()
        all.trust = .selfSigned
        #expect(SettingsTable.contradictions(in: all).map(\.field) == ["tls_trust"])
    }
}
