/// Builds a `MarkupTree` from what the parser finds.
struct TreeBuilder: MarkupSink {
    enum Language { case html, xml }

    static var wantsAllAttributes: Bool { true }

    private(set) var nodes: [MarkupTree.Node]
    private(set) var attributes: [AttributeSpan] = []
    /// The page has more nodes than allowed; the tree is not complete.
    private(set) var isTooLarge = false
    private var open: [Int] = [0]
    private let limit: Int
    // Safety: `MarkupTree.with` lends the source for longer than the builder lives; places in it come from the
    // parser.
    private let source: UnsafeBufferPointer<UInt8>
    private let isHTML: Bool

    init(_ source: UnsafeBufferPointer<UInt8>, limit: Int, isHTML: Bool) {
        self.limit = limit
        let document = MarkupTree.Node(
            name: TagName(""), traits: .unknown, isElement: false, start: 0,
            end: Int32(truncatingIfNeeded: source.count),
            parent: -1)
        nodes = [document]
        self.source = source
        self.isHTML = isHTML
        nodes.reserveCapacity(min(limit, Self.likelyNodes(source)))
        attributes.reserveCapacity(min(limit, source.count / 48 + 16))
        nodes[0].subtreeEnd = 1
    }

    /// From this length on tags are counted: to grow a long list by doubling it takes half as much again as the list.
    private static let longSource = 1 << 20

    /// How many nodes there will be; what is reserved and never used costs nothing, as the system gives no memory for
    /// it.
    private static func likelyNodes(_ source: UnsafeBufferPointer<UInt8>) -> Int {
        guard source.count >= longSource else { return source.count / 32 + 16 }
        var tags = 16
        var index = 0
        while let place = source.find(UInt8(ascii: "<"), from: index, to: source.count) {
            tags += 1
            index = place + 1
        }
        return 2 * tags
    }

    private mutating func append(_ node: MarkupTree.Node) -> Int? {
        guard nodes.count < limit, attributes.count < limit else {
            isTooLarge = true
            return nil
        }
        let index = nodes.count
        let parent = Int(node.parent)
        let previous = nodes[parent].lastChild
        nodes.append(node)
        nodes[index].previous = previous
        nodes[index].subtreeEnd = Int32(truncatingIfNeeded: index + 1)
        if previous >= 0 {
            nodes[Int(previous)].next = Int32(truncatingIfNeeded: index)
        } else {
            nodes[parent].firstChild = Int32(truncatingIfNeeded: index)
        }
        nodes[parent].lastChild = Int32(truncatingIfNeeded: index)
        return index
    }

    mutating func open(_ tag: OpenTag, _ attributes: UnsafeBufferPointer<AttributeSpan>) {
        let name = isHTML ? tag.name : TagName(source, tag.nameStart, tag.nameEnd, folding: true)
        var node = MarkupTree.Node(
            name: name, traits: tag.traits, isElement: true, start: Int32(truncatingIfNeeded: tag.start),
            end: Int32(truncatingIfNeeded: tag.nameEnd), nameStart: Int32(truncatingIfNeeded: tag.nameStart),
            nameEnd: Int32(truncatingIfNeeded: tag.nameEnd), parent: Int32(truncatingIfNeeded: open[open.count - 1]))
        node.firstAttribute = Int32(truncatingIfNeeded: self.attributes.count)
        node.attributeCount = UInt16(truncatingIfNeeded: attributes.count)
        // Without room the element is left out and its content belongs to its parent; the tree is thrown away anyway.
        open.append(append(node) ?? open[open.count - 1])
        self.attributes.append(contentsOf: attributes)
    }

    mutating func text(_ start: Int, _ end: Int, isRaw: Bool) {
        let parent = open[open.count - 1]
        let last = Int(nodes[parent].lastChild)
        if last >= 0, !nodes[last].isElement, nodes[last].end == start, nodes[last].isRaw == isRaw {
            nodes[last].end = Int32(truncatingIfNeeded: end)
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
        nodes[node].end = Int32(truncatingIfNeeded: end)
        nodes[node].subtreeEnd = Int32(truncatingIfNeeded: nodes.count)
        nodes[0].subtreeEnd = Int32(truncatingIfNeeded: nodes.count)
    }
}
