import Differences
import Domain

/// `:lang()` and `:dir()`: what an element has from the elements around it.
extension CSSMatcher {
    private static let lang = Array("lang".utf8), xmlLang = Array("xml:lang".utf8), dir = Array("dir".utf8)
    private static let httpEquiv = Array("http-equiv".utf8), content = Array("content".utf8)
    private static let type = Array("type".utf8), value = Array("value".utf8)
    private static let meta = TagName("meta"), bdi = TagName("bdi"), input = TagName("input")
    private static let textarea = TagName("textarea")
    /// Elements whose text does not tell their parents' direction (HTML, 3.2.6.4).
    private static let unheard = Set(["bdi", "script", "style", "textarea"].map { TagName($0) })

    mutating func isIn(_ node: Int, _ ranges: [LanguageRange]) throws(CheckFailure) -> Bool {
        let language = try language(of: node)
        try spend(ranges.count)
        return ranges.contains { $0.accepts(language) }
    }

    /// As the element or the nearest one around it says, else the page's own note; empty when nobody says.
    private mutating func language(of node: Int) throws(CheckFailure) -> [UInt8] {
        var other = node
        while other > 0 {
            if !tree.isHTML, let attribute = try paidFor(Self.xmlLang, other) { return tree.value(attribute) }
            if let attribute = try paidFor(Self.lang, other) { return tree.value(attribute) }
            try spend(1)
            other = Int(tree.nodes[other].parent)
        }
        if let pageLanguage { return pageLanguage }
        try spend(tree.nodes.count)
        let found = notedLanguage
        pageLanguage = found
        return found
    }

    /// Of the first `meta` that notes one; a list of several says nothing (HTML, 4.2.5.3).
    private var notedLanguage: [UInt8] {
        for node in tree.nodes.indices where tree.nodes[node].name == Self.meta && !tree.nodes[node].isRemoved {
            guard let name = tree.attribute(Self.httpEquiv, of: node),
                tree.value(name).map(ByteClass.lower).elementsEqual("content-language".utf8),
                let content = tree.attribute(Self.content, of: node)
            else { continue }
            let language = tree.value(content)
            return language.contains(UInt8(ascii: ",")) ? [] : Array(Lines.trimmed(language[...]))
        }
        return []
    }

    // MARK: Direction

    /// Whether the element's text runs from right to left (HTML, 3.2.6.4 "The dir attribute").
    mutating func isRightToLeft(_ node: Int) throws(CheckFailure) -> Bool {
        var other = node
        while other > 0 {
            try spend(1)
            if let said = try saidDirection(of: other) { return said }
            other = Int(tree.nodes[other].parent)
        }
        return false
    }

    /// What the element itself says; nil when it leaves that to those around it.
    private mutating func saidDirection(of node: Int) throws(CheckFailure) -> Bool? {
        let name = tree.nodes[node].name
        let word = try paidFor(Self.dir, node).map { tree.value($0).map(ByteClass.lower) } ?? []
        switch String(decoding: word, as: UTF8.self) {
        case "ltr": return false
        case "rtl": return true
        case "auto": return try strongDirection(of: node) ?? false
        default: break
        }
        if name == Self.bdi { return try strongDirection(of: node) ?? false }
        guard name == Self.input, let type = try paidFor(Self.type, node) else { return nil }
        return tree.value(type).map(ByteClass.lower).elementsEqual("tel".utf8) ? false : nil
    }

    /// Of the first letter that has one; nil when none has.
    private mutating func strongDirection(of node: Int) throws(CheckFailure) -> Bool? {
        if tree.nodes[node].name == Self.input {
            guard let value = try paidFor(Self.value, node) else { return nil }
            return Self.strongDirection(tree.value(value))
        }
        var inner = node + 1
        while inner < Int(tree.nodes[node].subtreeEnd) {
            try spend(1)
            let it = tree.nodes[inner]
            var isUnheard = it.isRemoved || Self.unheard.contains(it.name)
            if !isUnheard, it.isElement { isUnheard = try hasDirection(inner) }
            if isUnheard {
                inner = Int(it.subtreeEnd)
                continue
            }
            if !it.isElement {
                try spend(Int(it.end - it.start) / 16)
                if let found = Self.strongDirection(tree.text(inner)) { return found }
            }
            inner += 1
        }
        return nil
    }

    private mutating func hasDirection(_ node: Int) throws(CheckFailure) -> Bool {
        guard let attribute = try paidFor(Self.dir, node) else { return false }
        return ["ltr", "rtl", "auto"].contains(String(decoding: tree.value(attribute), as: UTF8.self).lowercased())
    }

    private static func strongDirection(_ text: [UInt8]) -> Bool? {
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            if isFromRight(scalar) { return true }
            if scalar.properties.isAlphabetic { return false }
        }
        return nil
    }

    /// Letters of the blocks that Unicode gives to scripts written from right to left (UAX 44, DerivedBidiClass).
    private static func isFromRight(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200F: true
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
            scalar.properties.isAlphabetic
        default: false
        }
    }
}
