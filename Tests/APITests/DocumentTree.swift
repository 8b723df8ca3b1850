import Foundation

/// The keys of a YAML document of nested mappings, each with what stands behind it on its line.
///
/// It reads no more of YAML than docs/api.yaml is written in, and leaves lists and folded texts out.
struct DocumentTree {
    private(set) var value = ""
    private(set) var keys: [String] = []
    private var children: [String: DocumentTree] = [:]

    static func api() throws -> DocumentTree {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return DocumentTree(try String(contentsOf: root.appending(path: "docs/api.yaml"), encoding: .utf8))
    }

    init(_ text: String) {
        var lines = text.split(separator: "\n").map(String.init)[...]
        self.init(value: "", deeperThan: -1, &lines)
    }

    /// Takes the lines that are indented deeper than `indent`.
    private init(value: String, deeperThan indent: Int, _ lines: inout ArraySlice<String>) {
        self.value = value
        while let line = lines.first {
            let depth = line.prefix { $0 == " " }.count
            guard depth > indent else { return }
            lines.removeFirst()
            let words = line.dropFirst(depth)
            guard !words.hasPrefix("#"), !words.hasPrefix("-"), !value.hasPrefix(">"),
                let (key, rest) = Self.pair(words)
            else { continue }
            keys.append(key)
            children[key] = DocumentTree(value: rest, deeperThan: depth, &lines)
        }
    }

    private static func pair(_ words: Substring) -> (key: String, rest: String)? {
        guard let colon = words.range(of: ":( |$)", options: .regularExpression) else { return nil }
        let quotes = CharacterSet(charactersIn: "\"")
        return (
            words[..<colon.lowerBound].trimmingCharacters(in: quotes),
            words[colon.upperBound...].trimmingCharacters(in: .whitespaces)
        )
    }

    /// What stands under `key`; empty when nothing does.
    subscript(_ key: String) -> DocumentTree { children[key] ?? DocumentTree("") }

    /// The words of a value such as `string` or `[string, "null"]`.
    var words: Set<String> {
        Set(value.split { !$0.isLetter }.map(String.init))
    }
}
