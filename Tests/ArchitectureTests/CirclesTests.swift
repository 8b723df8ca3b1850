import Foundation
import Testing

/// Inside of a module the compiler lets every file see every other; this test does not let folders stand on each other.
@Suite("The folders of a module")
struct CirclesTests {
    /// Each folder (or file outside of one) with those whose types it names.
    private static func needs(of module: String) throws -> [String: Set<String>] {
        let root = FloorsTests.root.appending(path: "Sources/\(module)")
        let files = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        var places: [String: Set<String>] = [:]
        var words: [String: Set<String>] = [:]
        for file in files where file.hasSuffix(".swift") {
            let place = String(file.prefix { $0 != "/" })
            let code = code(in: try String(contentsOf: root.appending(path: file), encoding: .utf8))
            for match in code.matches(of: /(?m)^(?:\w+ )*(?:struct|class|enum|protocol|typealias) (\w+)/) {
                places[String(match.1), default: []].insert(place)
            }
            for match in code.matches(of: /\b[A-Z]\w+/.wordBoundaryKind(.simple)) {
                words[place, default: []].insert(String(match.0))
            }
        }
        return words.reduce(into: [:]) { needs, entry in
            let (place, names) = entry
            let others = names.compactMap { places[$0] }.filter { !$0.contains(place) }
            needs[place] = others.reduce(into: []) { $0.formUnion($1) }
        }
    }

    /// The file without comments and without what stands in quotes.
    private static func code(in text: String) -> String {
        text.replacing(/"(?:\\.|[^"\\\n])*"/, with: "").replacing(/\/\/.*/, with: "")
    }

    @Test("no two folders stand on each other, not even by way of others", arguments: ["Detection"])
    func noCircle(_ module: String) throws {
        var needs = try Self.needs(of: module)
        #expect(needs.count > 10, "the sources were not found")
        #expect(needs["Filters"]?.contains("CSS") == true, "what a folder needs was not found")
        // Whoever needs nobody that is left is taken away; what stays goes round.
        while let free = needs.first(where: { $0.value.isDisjoint(with: needs.keys) })?.key { needs[free] = nil }
        #expect(needs.isEmpty, "\(needs.mapValues { $0.intersection(needs.keys) })")
    }
}
