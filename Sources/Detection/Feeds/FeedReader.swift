/// The text of an RSS or Atom feed as a reader of feeds shows it: each entry with its title, link, dates, people, tags
/// and content, in this order, whatever the order and the names in the source.
///
/// The names before the values are changedetection.io's, since people write rules for lines with them.
struct FeedReader {
    private let tree: MarkupTree

    static func render(_ page: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        MarkupTree.with(page, as: .xml, limit: limit) { FeedReader(tree: $0).text() }
    }

    private init(tree: MarkupTree) { self.tree = tree }

    private func text() -> [UInt8] {
        var title: [UInt8] = []
        var blocks: [[UInt8]] = []
        tree.forEach(in: 0) { node in
            switch name(node) {
            case "channel", "feed": title = child(["title"], of: node).map(content) ?? []
            case "item", "entry": blocks.append(entry(node))
            default: break
            }
        }
        // A feed without entries is a page too.
        if blocks.isEmpty { return title }
        return Array(blocks.filter { !$0.isEmpty }.joined(separator: Array("\n\n".utf8)))
    }

    private func entry(_ node: Int) -> [UInt8] {
        var lines: [[UInt8]] = []
        func add(_ label: String, _ value: [UInt8]?) {
            guard let value, !value.isEmpty else { return }
            lines.append(Array(label.utf8) + value)
        }
        add("Title: ", child(["title"], of: node).map(content))
        add("Link: ", link(of: node))
        add("Guid: ", child(["guid", "id"], of: node).map(content))
        add("PubDate: ", child(["pubdate", "published"], of: node).map(content))
        add("Updated: ", child(["updated", "dc:date", "dcterms:modified"], of: node).map(content))
        add("Author: ", joined(["author", "dc:creator", "itunes:author"], of: node))
        add("Contributors: ", joined(["contributor", "dc:contributor"], of: node))
        add("Publisher: ", child(["dc:publisher"], of: node).map(content))
        add("Rights: ", child(["rights", "dc:rights", "copyright"], of: node).map(content))
        add("Tags: ", joined(["category", "dc:subject"], of: node))
        add("Comments: ", child(["comments"], of: node).map(content))
        add("Enclosures:\n", enclosures(of: node))
        add("Duration: ", child(["itunes:duration"], of: node).map(content))
        add("Source: ", child(["source"], of: node).map(content))
        let whole = child(["content:encoded", "content"], of: node)
        let text = whole ?? child(["description", "summary", "itunes:summary"], of: node)
        if let text = text.map(content) {
            // Text of several lines begins on a line of its own.
            let gap = text.contains(ByteClass.newline) ? "\n\n" : " "
            add((whole == nil ? "Summary:" : "Content:") + gap, text)
        }
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

    /// Files that belong to an entry, one a line, with their types.
    private func enclosures(of node: Int) -> [UInt8] {
        var lines: [[UInt8]] = []
        for child in children(of: node) {
            let isLink = name(child) == "link" && attribute("rel", of: child) == Array("enclosure".utf8)
            guard isLink || ["enclosure", "media:content"].contains(name(child)) else { continue }
            guard let url = attribute(isLink ? "href" : "url", of: child) else { continue }
            let type = attribute("type", of: child).map { Array(" (".utf8) + $0 + Array(")".utf8) } ?? []
            lines.append(Array("- ".utf8) + url + type)
        }
        return Array(lines.joined(separator: [ByteClass.newline]))
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
