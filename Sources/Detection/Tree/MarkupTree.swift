/// A page as a tree of places in its source, for selectors; text and attribute values stay where they are until someone
/// asks.
///
/// Nodes lie in document order, so a subtree is a run of them: `nodes[index..<nodes[index].subtreeEnd]`. Node 0 is the
/// document. What is taken out is unlinked and marked, so that positions among siblings are those of what is left.
struct MarkupTree {
    struct Node {
        var name: TagName
        var traits: TagTraits
        var isElement: Bool
        /// Text without references: from a script, or CDATA.
        var isRaw = false
        var isRemoved = false
        var attributeCount: UInt16 = 0
        var firstAttribute: Int32 = 0
        /// In the source, with its tags.
        var start: Int32
        var end: Int32
        var nameStart: Int32 = 0
        var nameEnd: Int32 = 0
        var parent: Int32
        var firstChild: Int32 = -1
        var lastChild: Int32 = -1
        var previous: Int32 = -1
        var next: Int32 = -1
        var subtreeEnd: Int32 = 0
    }

    // Safety: all three are lent by `with` and valid while its closure runs; nobody keeps a tree longer.
    let source: UnsafeBufferPointer<UInt8>
    let nodes: UnsafeMutableBufferPointer<Node>
    let attributes: UnsafeBufferPointer<AttributeSpan>
    let isHTML: Bool

    /// Parses `page` and lends the tree to `use`; nil when the page has more than `limit` nodes.
    static func with<Result>(
        _ page: ArraySlice<UInt8>, as language: TreeBuilder.Language, limit: Int, _ use: (MarkupTree) -> Result
    ) -> Result? {
        page.withUnsafeBufferPointer { source in
            let builder = TreeBuilder(source, limit: limit, isHTML: language == .html)
            let built =
                language == .html
                ? MarkupParser.parse(source, as: .html, into: builder)
                : MarkupParser.parse(source, as: .xml, into: builder)
            guard !built.isTooLarge else { return nil }
            var nodes = built.nodes
            return nodes.withUnsafeMutableBufferPointer { nodes in
                built.attributes.withUnsafeBufferPointer { attributes in
                    use(MarkupTree(source: source, nodes: nodes, attributes: attributes, isHTML: language == .html))
                }
            }
        }
    }

    func attributes(of node: Int) -> UnsafeBufferPointer<AttributeSpan> {
        let first = Int(nodes[node].firstAttribute)
        return UnsafeBufferPointer(rebasing: attributes[first..<(first + Int(nodes[node].attributeCount))])
    }

    /// Whether the attribute is called `name`, which is in lower case, in any case.
    func isNamed(_ attribute: AttributeSpan, _ name: [UInt8]) -> Bool {
        let start = Int(attribute.nameStart)
        guard Int(attribute.nameEnd) - start == name.count else { return false }
        for (offset, byte) in name.enumerated() {
            let there = source[start + offset]
            if ByteClass.lower(there) != byte { return false }
        }
        return true
    }

    /// The first attribute called `name`.
    func attribute(_ name: [UInt8], of node: Int) -> AttributeSpan? {
        let first = Int(nodes[node].firstAttribute)
        for index in first..<(first + Int(nodes[node].attributeCount)) where isNamed(attributes[index], name) {
            return attributes[index]
        }
        return nil
    }

    func value(_ attribute: AttributeSpan) -> [UInt8] {
        CharacterReference.decoded(source, Int(attribute.valueStart), Int(attribute.valueEnd), inAttribute: true)
    }

    /// The page's title with its white space collapsed; nil when there is none.
    var title: String? {
        guard let node = nodes.firstIndex(where: { $0.traits.kind == .title }), nodes[node].firstChild > 0 else {
            return nil
        }
        let text = nodes[Int(nodes[node].firstChild)]
        return HTMLText.title(source, Int(text.start), Int(text.end))
    }

    /// The characters of a text node.
    func text(_ node: Int) -> [UInt8] {
        let start = Int(nodes[node].start), end = Int(nodes[node].end)
        return nodes[node].isRaw
            ? source[start..<end].filter { $0 != 0 } : CharacterReference.decoded(source, start, end)
    }

    /// The characters of all text in the subtree.
    func textContent(_ node: Int) -> [UInt8] {
        var text: [UInt8] = []
        forEach(in: node) { inner in
            if !nodes[inner].isElement { text += self.text(inner) }
        }
        return text
    }

    /// Calls `body` with each node of the subtree that was not taken out, in document order, itself included.
    func forEach(in node: Int, _ body: (Int) -> Void) {
        var index = node
        let end = Int(nodes[node].subtreeEnd)
        while index < end {
            if nodes[index].isRemoved {
                index = Int(nodes[index].subtreeEnd)
            } else {
                body(index)
                index += 1
            }
        }
    }

    /// Takes a node and all inside of it out of the tree; the document itself stays.
    func remove(_ node: Int) {
        guard node > 0, !nodes[node].isRemoved else { return }
        nodes[node].isRemoved = true
        let (parent, previous, next) = (Int(nodes[node].parent), Int(nodes[node].previous), Int(nodes[node].next))
        if previous >= 0 { nodes[previous].next = Int32(next) } else { nodes[parent].firstChild = Int32(next) }
        if next >= 0 { nodes[next].previous = Int32(previous) } else { nodes[parent].lastChild = Int32(previous) }
    }

    /// The source of a node without what was taken out of it.
    func markup(_ node: Int) -> [UInt8] {
        var markup: [UInt8] = []
        var from = Int(nodes[node].start)
        var index = node + 1
        while index < Int(nodes[node].subtreeEnd) {
            if nodes[index].isRemoved {
                let start = Int(nodes[index].start)
                if start > from { markup += source[from..<start] }
                from = max(from, Int(nodes[index].end))
                index = Int(nodes[index].subtreeEnd)
            } else {
                index += 1
            }
        }
        let end = Int(nodes[node].end)
        if end > from { markup += source[from..<end] }
        return markup
    }
}
