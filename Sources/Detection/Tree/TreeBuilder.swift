/// Builds a `MarkupTree` from what the parser finds.
struct TreeBuilder: MarkupSink {
    enum Language { case html, xml }

    static var wantsAllAttributes: Bool { true }

    private(set) var tree: MarkupTree
    /// The page has more nodes than allowed; the tree is not complete.
    private(set) var isTooLarge = false
    private var open: [Int] = [0]
    private let limit: Int

    init(_ source: UnsafeBufferPointer<UInt8>, limit: Int, isHTML: Bool) {
        self.limit = limit
        let document = MarkupTree.Node(
            name: TagName(""), traits: .unknown, isElement: false, start: 0,
            end: Int32(truncatingIfNeeded: source.count),
            parent: -1)
        tree = MarkupTree(source: source, isHTML: isHTML, nodes: [document], attributes: [])
        tree.nodes.reserveCapacity(min(limit, source.count / 32 + 16))
        tree.attributes.reserveCapacity(min(limit, source.count / 48 + 16))
        tree.nodes[0].subtreeEnd = 1
    }

    private mutating func append(_ node: MarkupTree.Node) -> Int? {
        guard tree.nodes.count < limit, tree.attributes.count < limit else {
            isTooLarge = true
            return nil
        }
        let index = tree.nodes.count
        let parent = Int(node.parent)
        let previous = tree.nodes[parent].lastChild
        tree.nodes.append(node)
        tree.nodes[index].previous = previous
        tree.nodes[index].subtreeEnd = Int32(truncatingIfNeeded: index + 1)
        if previous >= 0 {
            tree.nodes[Int(previous)].next = Int32(truncatingIfNeeded: index)
        } else {
            tree.nodes[parent].firstChild = Int32(truncatingIfNeeded: index)
        }
        tree.nodes[parent].lastChild = Int32(truncatingIfNeeded: index)
        return index
    }

    mutating func open(_ tag: OpenTag, _ attributes: UnsafeBufferPointer<AttributeSpan>) {
        let name = tree.isHTML ? tag.name : TagName(tree.source, tag.nameStart, tag.nameEnd, folding: true)
        var node = MarkupTree.Node(
            name: name, traits: tag.traits, isElement: true, start: Int32(truncatingIfNeeded: tag.start),
            end: Int32(truncatingIfNeeded: tag.nameEnd), nameStart: Int32(truncatingIfNeeded: tag.nameStart),
            nameEnd: Int32(truncatingIfNeeded: tag.nameEnd), parent: Int32(truncatingIfNeeded: open[open.count - 1]))
        node.firstAttribute = Int32(truncatingIfNeeded: tree.attributes.count)
        node.attributeCount = UInt16(truncatingIfNeeded: attributes.count)
        // Without room the element is left out and its content belongs to its parent; the tree is thrown away anyway.
        open.append(append(node) ?? open[open.count - 1])
        tree.attributes.append(contentsOf: attributes)
    }

    mutating func text(_ start: Int, _ end: Int, isRaw: Bool) {
        let parent = open[open.count - 1]
        let last = Int(tree.nodes[parent].lastChild)
        if last >= 0, !tree.nodes[last].isElement, tree.nodes[last].end == start, tree.nodes[last].isRaw == isRaw {
            tree.nodes[last].end = Int32(truncatingIfNeeded: end)
            return
        }
        let node = MarkupTree.Node(
            name: TagName(""), traits: .unknown, isElement: false, isRaw: isRaw,
            start: Int32(truncatingIfNeeded: start),
            end: Int32(truncatingIfNeeded: end), parent: Int32(truncatingIfNeeded: parent))
        _ = append(node)
    }

    mutating func close(_ traits: TagTraits, end: Int) {
        guard open.count > 1, let node = open.popLast(), node > 0 else { return }
        tree.nodes[node].end = Int32(truncatingIfNeeded: end)
        tree.nodes[node].subtreeEnd = Int32(truncatingIfNeeded: tree.nodes.count)
        tree.nodes[0].subtreeEnd = Int32(truncatingIfNeeded: tree.nodes.count)
    }
}
