/// Renders parts of a tree with the renderer that also reads pages without one, so that both give the same text.
struct TreeText {
    private let tree: MarkupTree
    private var renderer: TextRenderer

    init(_ tree: MarkupTree, rendersLinks: Bool) {
        self.tree = tree
        renderer = TextRenderer(tree.source, rendersLinks: rendersLinks)
    }

    func free() { renderer.out.free() }

    var text: [UInt8] { renderer.finished() }

    /// Everything that was not taken out.
    mutating func addDocument() {
        addContent(of: 0)
    }

    /// One element on lines of its own; a person asked for it, so it is shown even if the page hides it.
    mutating func addMatch(_ node: Int) {
        renderer.endLine()
        let kind = tree.nodes[node].traits.kind
        let isTablePart = kind == .row || kind == .section
        if isTablePart { renderer.rows.append(TextRenderer.Row(textBefore: renderer.out.count)) }
        open(node, isAskedFor: true)
        addContent(of: node)
        renderer.close(shown(node), end: 0)
        if isTablePart { _ = renderer.rows.popLast() }
        renderer.endLine()
    }

    /// Text on lines of its own that is no part of the page as such: an attribute, a number.
    mutating func addText(_ text: [UInt8]) {
        renderer.endLine()
        // Safety: `write` reads from 0 up to the count, and keeps nothing.
        text.withUnsafeBufferPointer { renderer.write($0, 0, $0.count, isRaw: true) }
        renderer.endLine()
    }

    private func shown(_ node: Int) -> TagTraits {
        var traits = tree.nodes[node].traits
        if traits.kind == .title { traits.kind = .other }
        traits.flags.remove(.unseen)
        return traits
    }

    private mutating func open(_ node: Int, isAskedFor: Bool = false) {
        let it = tree.nodes[node]
        let tag = OpenTag(
            name: it.name, traits: isAskedFor ? shown(node) : it.traits, start: Int(it.start),
            nameStart: Int(it.nameStart),
            nameEnd: Int(it.nameEnd))
        renderer.open(tag, tree.attributes(of: node), isAskedFor: isAskedFor)
    }

    /// Walks along the links instead of recursing, so that depth costs no stack.
    private mutating func addContent(of root: Int) {
        var node = Int(tree.nodes[root].firstChild)
        while node >= 0 {
            if tree.nodes[node].isElement {
                open(node)
                if tree.nodes[node].firstChild >= 0 {
                    node = Int(tree.nodes[node].firstChild)
                    continue
                }
                renderer.close(tree.nodes[node].traits, end: 0)
            } else {
                renderer.text(Int(tree.nodes[node].start), Int(tree.nodes[node].end), isRaw: tree.nodes[node].isRaw)
            }
            while tree.nodes[node].next < 0 {
                node = Int(tree.nodes[node].parent)
                if node == root || node < 0 { return }
                renderer.close(tree.nodes[node].traits, end: 0)
            }
            node = Int(tree.nodes[node].next)
        }
    }
}

extension TextRenderer {
    /// What follows stands on a new line.
    mutating func endLine() {
        breaks = max(breaks, 1)
        owesSpace = false
        owesMore = true
    }
}
