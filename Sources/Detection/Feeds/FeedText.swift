/// The text of an RSS or Atom feed: each element with text on lines of its own, a blank line before each entry.
///
/// What an element holds is often HTML, in CDATA or written with references; it is read as the HTML it is.
enum FeedText {
    static func render(_ page: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        MarkupTree.with(page, as: .xml, limit: limit) { render($0) }
    }

    /// The text of one element of a feed, or of all of it.
    static func render(_ tree: MarkupTree, from root: Int = 0) -> [UInt8] {
        var text: [UInt8] = []
        func add(_ part: [UInt8], hasBlankBefore: Bool = false) {
            guard !part.isEmpty else { return }
            if !text.isEmpty { text.append(ByteClass.newline) }
            if hasBlankBefore, !text.isEmpty { text.append(ByteClass.newline) }
            text += part
        }
        var isNewEntry = false
        tree.forEach(in: root) { node in
            let it = tree.nodes[node]
            guard it.isElement else { return }
            if entries.contains(it.name) { isNewEntry = true }
            var content = readable(ownText(tree, node))
            if content.isEmpty, it.name == link, let target = tree.attribute(href, of: node) {
                content = tree.value(target)
            }
            add(content, hasBlankBefore: isNewEntry)
            if !content.isEmpty { isNewEntry = false }
        }
        return text
    }

    private static let entries = Set(["item", "entry"].map { TagName($0) })
    private static let link = TagName("link")
    private static let href = Array("href".utf8)

    private static func ownText(_ tree: MarkupTree, _ node: Int) -> [UInt8] {
        var text: [UInt8] = []
        var child = Int(tree.nodes[node].firstChild)
        while child > 0 {
            if !tree.nodes[child].isElement { text += tree.text(child) }
            child = Int(tree.nodes[child].next)
        }
        return text
    }

    /// Content as a person reads it: HTML as text, anything else with its white space collapsed.
    static func readable(_ content: [UInt8]) -> [UInt8] {
        HTMLText.render(content[...], rendersLinks: false).text
    }
}
