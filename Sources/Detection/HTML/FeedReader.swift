/// The text of an RSS or Atom feed as a reader of feeds shows it: each entry with its title, link, dates, people, categories
/// and content, in this order and in words of ours, whatever the order and the names in the source.
struct FeedReader {
    private let tree: MarkupTree

    static func render(_ page: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        MarkupTree.with(page, as: .xml, limit: limit) { FeedReader(tree: $0).text() }
    }

    private init(tree: MarkupTree) { self.tree = tree }

    private func text() -> [UInt8] {
        var blocks: [[UInt8]] = []
        tree.forEach(in: 0) { node in
            switch name(node) {
            case "channel", "feed":
                // The feed's own title stands before its entries.
                if let title = child(["title"], of: node) { blocks.append(content(title)) }
            case "item", "entry": blocks.append(entry(node))
            default: break
            }
        }
        return Array(blocks.filter { !$0.isEmpty }.joined(separator: Array("\n\n".utf8)))
    }

    private func entry(_ node: Int) -> [UInt8] {
        var lines: [[UInt8]] = []
        func add(_ label: String, _ value: [UInt8]?) {
            guard let value, !value.isEmpty else { return }
            lines.append(Array(label.utf8) + value)
        }
        add("", child(["title"], of: node).map(content))
        add("Link: ", link(of: node))
        add("Published: ", child(["pubdate", "published", "dc:date"], of: node).map(content))
        add("Updated: ", child(["updated", "dcterms:modified"], of: node).map(content))
        add("Author: ", joined(["author", "dc:creator", "itunes:author"], of: node))
        add("Contributors: ", joined(["contributor", "dc:contributor"], of: node))
        add("Categories: ", joined(["category", "dc:subject"], of: node))
        add("Rights: ", child(["rights", "dc:rights", "copyright"], of: node).map(content))
        add("Enclosure: ", child(["enclosure", "media:content"], of: node).flatMap { attribute("url", of: $0) })
        add("Duration: ", child(["itunes:duration"], of: node).map(content))
        add(
            "\n",
            child(["content:encoded", "content", "description", "summary", "itunes:summary"], of: node).map(content))
        return Array(lines.joined(separator: [ByteClass.newline]))
    }

    private func name(_ node: Int) -> String {
        tree.nodes[node].isElement ? String(decoding: tree.elementName(node), as: UTF8.self).lowercased() : ""
    }

    private func children(of node: Int) -> [Int] {
        var found: [Int] = []
        var child = Int(tree.nodes[node].firstChild)
        while child > 0 {
            if tree.nodes[child].isElement { found.append(child) }
            child = Int(tree.nodes[child].next)
        }
        return found
    }

    /// The first child of the first of these names that there is.
    private func child(_ names: [String], of node: Int) -> Int? {
        let children = children(of: node)
        for wanted in names { if let child = children.first(where: { name($0) == wanted }) { return child } }
        return nil
    }

    private func attribute(_ wanted: String, of node: Int) -> [UInt8]? {
        tree.attribute(Array(wanted.utf8), of: node).map { tree.value($0) }
    }

    /// An RSS link is text, an Atom link an attribute, of which the one for people counts.
    private func link(of node: Int) -> [UInt8]? {
        let links = children(of: node).filter { name($0) == "link" }
        let alternate = links.first {
            attribute("rel", of: $0) == nil || attribute("rel", of: $0) == Array("alternate".utf8)
        }
        if let found = alternate ?? links.first {
            if let target = attribute("href", of: found) { return target }
            return content(found)
        }
        return child(["guid", "id"], of: node).map(content)
    }

    /// All of several names on one line: texts, or the attributes that stand for them.
    private func joined(_ names: [String], of node: Int) -> [UInt8] {
        let parts = children(of: node).filter { names.contains(name($0)) }.map { child -> [UInt8] in
            if let person = self.child(["name"], of: child) { return content(person) }
            return attribute("term", of: child) ?? attribute("label", of: child) ?? content(child)
        }
        return Array(parts.filter { !$0.isEmpty }.joined(separator: Array(", ".utf8)))
    }

    private func content(_ node: Int) -> [UInt8] { FeedText.readable(tree.textContent(node)) }
}
