import Domain
import Foundation
import Testing

@Suite("docs/settings.md")
struct SettingsDocumentTests {
    @Test("says what the table of settings says: `make docs` writes it anew")
    func document() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/settings.md")
        #expect(try String(contentsOf: file, encoding: .utf8) == SettingsDocument.markdown)
    }

    @Test("has a line for every setting of every level")
    func lines() {
        let names =
            SettingsTable.watch.map(\.about.path) + SettingsTable.tag.map(\.about.path) + SettingsTable.all.map(\.name)
        for name in names { #expect(SettingsDocument.markdown.contains("`\(name)`"), "\(name)") }
    }
}
