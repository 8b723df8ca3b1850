import Foundation

/// One `{{…}}` of a template, as far as checking templates needs it; rendering is Mustache's.
struct TemplateTag: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case text, markup, section, inverted, end, partial, parent, block
    }

    let kind: Kind
    let name: String

    /// All tags of `source` in order, without comments.
    static func all(in source: String) -> [TemplateTag] {
        var tags: [TemplateTag] = []
        var rest = Substring(source)
        while let open = rest.range(of: "{{") {
            rest = rest[open.upperBound...]
            let triple = rest.hasPrefix("{")
            guard let close = rest.range(of: triple ? "}}}" : "}}") else { break }
            if let tag = TemplateTag(inner: rest[..<close.lowerBound]) { tags.append(tag) }
            rest = rest[close.upperBound...]
        }
        return tags
    }

    private init?(inner: Substring) {
        let kinds: [Character: Kind] = [
            "{": .markup, "&": .markup, "#": .section, "^": .inverted, "/": .end, ">": .partial, "<": .parent,
            "$": .block,
        ]
        guard let sigil = inner.first, sigil != "!", sigil != "%" else { return nil }
        kind = kinds[sigil] ?? .text
        let name = kinds[sigil] == nil ? inner : inner.dropFirst()
        self.name = String(name.filter { !$0.isWhitespace })
    }
}
