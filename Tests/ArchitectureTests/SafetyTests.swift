import Foundation
import Testing

/// What the compiler does not check, a person has to have thought about, and says so beside it.
@Suite("Unsafe memory")
struct SafetyTests {
    /// So many lines lie at most between the first use in a declaration and its reason.
    private static let reach = 12

    /// A declaration of a file's outermost level with what stands above it.
    private struct Declaration {
        let start: Int
        var lines: [Substring] = []
    }

    private static func declarations(of text: String) -> [Declaration] {
        var found: [Declaration] = []
        var current = Declaration(start: 1)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            current.lines.append(line)
            guard line.hasPrefix("}") else { continue }
            found.append(current)
            current = Declaration(start: index + 2)
        }
        return found + [current]
    }

    /// Pointers and what lends them, and promises that only a person can keep.
    ///
    /// Handles of C libraries are none of these: nothing of ours reads through them.
    private static func isUnsafe(_ line: Substring) -> Bool {
        // Few lines have any of these, and a regular expression for each line would take a minute.
        let words = ["nsafe", "Unmanaged", "Memory", "@unchecked"]
        guard words.contains(where: { line.contains($0) }) else { return false }
        let code = line.replacing(/"(?:\\.|[^"\\])*"/, with: "").replacing(/\/\/.*/, with: "")
        let pointers = /\b(?:Unsafe\w*(?:Pointer|Buffer)|withUnsafe(?!CurrentTask)|unsafe[A-Z])/
        let conversions = /\b(?:Unmanaged|bindMemory|assumingMemoryBound)\b/
        return code.contains(pointers.wordBoundaryKind(.simple)) || code.contains(conversions.wordBoundaryKind(.simple))
            || code.contains(/@unchecked Sendable|(?:nonisolated|unowned)\(unsafe\)/)
    }

    /// The line of the first use that has no reason near it, neither above its declaration nor within reach.
    private static func unexplained(_ declaration: Declaration) -> Int? {
        let lines = declaration.lines
        guard let use = lines.firstIndex(where: isUnsafe) else { return nil }
        let head = lines.firstIndex { $0.first?.isLetter == true && !$0.contains("import ") || $0.hasPrefix("@") } ?? 0
        let isExplained = lines.indices.contains { index in
            (index < head || abs(index - use) <= reach) && lines[index].contains("Safety:")
        }
        return isExplained ? nil : declaration.start + use
    }

    @Test("each declaration that touches unsafe memory says near its first use why that is safe")
    func reasons() throws {
        let sources = FloorsTests.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        var uses = 0
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            for declaration in Self.declarations(of: text) {
                if declaration.lines.contains(where: Self.isUnsafe) { uses += 1 }
                if let line = Self.unexplained(declaration) {
                    Issue.record("\(file):\(line) touches unsafe memory without a line that begins with “Safety:”")
                }
            }
        }
        #expect(uses > 50, "the sources were not found")
    }

    @Test("a use without its reason is found")
    func found() throws {
        let text = "import A\n\n// A note.\nstruct Bare {\n    let bytes: UnsafeRawPointer\n}\n"
        #expect(Self.declarations(of: text).compactMap(Self.unexplained) == [5])
        let explained = text.replacing("// A note.", with: "// Safety: it lives for ever.")
        #expect(Self.declarations(of: explained).compactMap(Self.unexplained).isEmpty)
    }
}
