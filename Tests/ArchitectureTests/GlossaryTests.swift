import Foundation
import Testing

/// Holds the words of docs/glossary.md to the code that they point to.
@Suite("The glossary")
struct GlossaryTests {
    @Test("every name of code in it is a type of the sources")
    func names() throws {
        let rows = try Self.text("docs/glossary.md").split(separator: "\n").filter { $0.hasPrefix("| **") }
        var named: Set<String> = []
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            // Word, meaning, code, the incumbent's word, between empty edges.
            #expect(cells.count == 6, "\(row)")
            guard cells.count == 6 else { continue }
            for match in cells[3].matches(of: /`(\w+)`/) { named.insert(String(match.1)) }
        }
        #expect(named.count > 40, "the glossary was not read")
        let missing = named.subtracting(try Self.types())
        #expect(missing.isEmpty, "\(missing.sorted())")
    }

    @Test("people find it from the README and from CONTRIBUTING")
    func links() throws {
        for page in ["README.md", "CONTRIBUTING.md"] {
            #expect(try Self.text(page).contains("(docs/glossary.md)"), "\(page)")
        }
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: FloorsTests.root.appending(path: path), encoding: .utf8)
    }

    private static func types() throws -> Set<String> {
        let sources = FloorsTests.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        var names: Set<String> = []
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            for match in text.matches(of: /(?:struct|class|enum|protocol|actor) (\w+)/) {
                names.insert(String(match.1))
            }
        }
        return names
    }
}
