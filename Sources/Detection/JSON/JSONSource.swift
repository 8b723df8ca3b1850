import Differences
import Domain

/// Finds the JSON of a body that is not JSON as a whole.
enum JSONSource {
    /// The argument of the one call that a JSONP body is; nil when it is none.
    static func callArgument(_ body: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = Lines.trimmed(body)
        while rest.starts(with: "/*".utf8), let close = rest.firstRange(of: Array("*/".utf8)) {
            rest = Lines.trimmed(rest[close.upperBound...])
        }
        let name = rest.prefix { ByteClass.isLetter($0) || ByteClass.isDigit($0) || "_$.[]'\"".utf8.contains($0) }
        guard let first = name.first, ByteClass.isLetter(first) || "_$".utf8.contains(first) else { return nil }
        rest = Lines.trimmed(rest[name.endIndex...])
        guard rest.first == UInt8(ascii: "(") else { return nil }
        while let last = rest.last, last == UInt8(ascii: ";") || ByteClass.isSpace(last) { rest.removeLast() }
        guard rest.last == UInt8(ascii: ")"), rest.count >= 2 else { return nil }
        return Array(rest.dropFirst().dropLast())
    }

    /// The JSON of a body itself, or of its call; nil when neither.
    static func whole(
        _ body: ArraySlice<UInt8>, _ limits: DetectionLimits
    ) throws(CheckFailure) -> (text: [UInt8], tree: JSONTree)? {
        let text = Array(body)
        if let tree = try JSONTree(text, limits) { return (text, tree) }
        guard let argument = callArgument(body), let tree = try JSONTree(argument, limits) else { return nil }
        return (argument, tree)
    }

    /// The contents of a page's scripts in order, then the text of its body, as far as they look like JSON.
    static func embedded(in tree: MarkupTree) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var body: [UInt8]?
        tree.forEach(in: 0) { node in
            let it = tree.nodes[node]
            guard it.isElement else { return }
            if it.name == script { found.append(tree.textContent(node)) }
            if it.traits.kind == .body, body == nil { body = tree.textContent(node) }
        }
        if let body { found.append(body) }
        return found.map { Array(Lines.trimmed($0[...])) }.filter { text in
            text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
        }
    }

    private static let script = TagName("script")
}
