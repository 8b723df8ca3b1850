import Foundation
import Testing

/// One word, one thing: whoever reads a name need not ask of which module.
@Suite("Names")
struct NamesTests {
    @Test("no two modules have a type of the same name")
    func types() throws {
        let sources = FloorsTests.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        var modules: [String: Set<String>] = [:]
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            for match in text.matches(of: /(?m)^((?:\w+ )*)(?:struct|class|enum|protocol|actor) (\w+)/)
            where !match.1.contains("private") {
                modules[String(match.2), default: []].insert(String(file.prefix { $0 != "/" }))
            }
        }
        #expect(modules.count > 300, "the sources were not found")
        for (name, modules) in modules where modules.count > 1 {
            Issue.record("\(name) is a type of \(modules.sorted().joined(separator: " and of "))")
        }
    }
}
