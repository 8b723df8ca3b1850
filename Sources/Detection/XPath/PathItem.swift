import Differences

/// A node of the page: an element, a text or the document by its place in the tree, or one of an element's attributes.
struct PathNode: Hashable, Comparable {
    let index: Int32
    /// Counted within the element; -1 for the node itself.
    var attribute: Int32 = -1

    init(_ index: Int, attribute: Int = -1) {
        self.index = Int32(truncatingIfNeeded: index)
        self.attribute = Int32(truncatingIfNeeded: attribute)
    }

    /// Document order: an element, its attributes, what is inside of it.
    static func < (one: Self, other: Self) -> Bool { (one.index, one.attribute) < (other.index, other.attribute) }
}

/// One of the values that an expression has: a node, or a value without a place.
enum PathItem {
    case node(PathNode)
    case string([UInt8])
    case number(Double)
    case bool(Bool)

    var node: PathNode? { if case .node(let node) = self { node } else { nil } }
}

/// How XPath spells and reads numbers.
enum PathNumber {
    static func text(_ number: Double) -> [UInt8] {
        if number.isNaN { return Array("NaN".utf8) }
        if number.isInfinite { return Array((number > 0 ? "INF" : "-INF").utf8) }
        if number == number.rounded(), abs(number) < 1e15 { return Array(String(Int(number)).utf8) }
        return Array(String(number).utf8)
    }

    /// NaN for what is not a number as XPath spells it.
    static func value(_ text: [UInt8]) -> Double {
        let word = Lines.trimmed(text[...])
        let isPlain = word.allSatisfy { ByteClass.isDigit($0) || "+-.eE".utf8.contains($0) }
        guard isPlain, !word.isEmpty else {
            return word.elementsEqual("INF".utf8) ? .infinity : word.elementsEqual("-INF".utf8) ? -.infinity : .nan
        }
        var spelling = String(decoding: word, as: UTF8.self)
        if spelling.hasSuffix(".") { spelling += "0" }
        return Double(spelling) ?? .nan
    }
}
