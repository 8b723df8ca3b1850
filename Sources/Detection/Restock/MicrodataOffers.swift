/// What a page's microdata (HTML, section 5.2) say about its product.
///
/// A property belongs to the item around it, so that an offer inside of a product that is only mentioned is told apart.
struct MicrodataOffers {
    private struct Item {
        let end: Int
        let isMentioned: Bool
        /// The element of the summary of offers that it is or stands in.
        let summary: Int?
    }

    private let tree: MarkupTree

    init(_ tree: MarkupTree) {
        self.tree = tree
    }

    func found() -> FoundOffers {
        var own = FoundOffers(), mentioned = FoundOffers()
        var items: [Item] = []
        tree.forEach(in: 0) { node in
            while let last = items.last, last.end <= node { items.removeLast() }
            guard tree.nodes[node].isElement, tree.nodes[node].attributeCount > 0 else { return }
            let around = items.last
            let names = words("itemprop", of: node)
            let isMentioned = around?.isMentioned == true || names.contains(where: LinkedOffers.mentions.contains)
            if tree.attribute(Array("itemscope".utf8), of: node) != nil {
                let isSummary = words("itemtype", of: node).contains { $0.hasSuffix("AggregateOffer") }
                items.append(
                    Item(
                        end: Int(tree.nodes[node].subtreeEnd), isMentioned: isMentioned,
                        summary: around?.summary ?? (isSummary ? node : nil)))
            }
            for name in names {
                if isMentioned {
                    note(name, node, around?.summary, in: &mentioned)
                } else {
                    note(name, node, around?.summary, in: &own)
                }
            }
        }
        return own.isEmpty ? mentioned : own
    }

    private func note(_ name: String, _ node: Int, _ summary: Int?, in found: inout FoundOffers) {
        switch name {
        case "price", "lowPrice":
            found.note(price: tree.property(of: node), summary: summary)
            found.guess(currency: tree.propertyText(of: node))
        case "priceCurrency": found.note(currency: tree.propertyText(of: node))
        case "availability": found.availability.append(tree.propertyText(of: node))
        default: break
        }
    }

    private func words(_ name: String, of node: Int) -> [String] {
        guard let attribute = tree.attribute(Array(name.utf8), of: node) else { return [] }
        return String(decoding: tree.value(attribute).prefix(500), as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .map(String.init)
    }
}
