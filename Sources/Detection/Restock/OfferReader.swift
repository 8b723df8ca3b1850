import Differences
import Domain

/// Finds what a page says for machines about the product it sells.
///
/// JSON-LD first, then microdata, then RDFa and OpenGraph; what one leaves out the next may fill in. Products that are
/// only mentioned (similar ones, lists, reviews) are passed over as long as the page names one of its own. A summary of
/// offers (`AggregateOffer`) has one price, its least, as schema.org says of `lowPrice`.
struct OfferReader {
    private let tree: MarkupTree
    private let limits: DetectionLimits

    init(_ tree: MarkupTree, _ limits: DetectionLimits) {
        self.tree = tree
        self.limits = limits
    }

    /// The one offer; throws when there is none, or several with different prices.
    func offer() throws(CheckFailure) -> Offer {
        var offer = Offer()
        for found in [LinkedOffers(tree, limits).found(), MicrodataOffers(tree).found(), openGraph()] {
            if offer.price == nil {
                let distinct = Set(found.prices).sorted()
                if distinct.count > 1 {
                    let names = distinct.prefix(8).map { String($0) }.joined(separator: ", ")
                    throw CheckFailure(.severalPrices, names)
                }
                offer.price = distinct.first
                if let currency = found.currency, offer.price != nil { offer.currency = currency }
            }
            if offer.availability == nil, !found.availability.isEmpty {
                offer.availability = found.availability.first
                // Of several variants one that can be had is enough.
                offer.isInStock = found.availability.contains(where: Self.isInStock)
            }
        }
        guard offer.price != nil || offer.isInStock != nil else { throw CheckFailure(.noOffer) }
        return offer
    }

    /// The words of schema.org and others that mean that it can be bought now, as addresses or short.
    static func isInStock(_ availability: String) -> Bool {
        var words = availability[...]
        if words.contains("://"), let end = words.lastIndex(where: { $0 == "/" || $0 == "#" }) {
            words = words[words.index(after: end)...]
        }
        let word = words.lowercased().filter { $0.isLetter || $0.isNumber }
        guard !word.hasPrefix("not"), !word.contains("outofstock") else { return false }
        return ["instock", "instoreonly", "limitedavailability", "onlineonly", "presale"].contains { word.contains($0) }
    }

    // MARK: RDFa and OpenGraph

    private enum Property { case price, salePrice, currency, availability }

    private static let properties: [String: Property] = [
        "product:price:amount": .price, "og:price:amount": .price, "schema:price": .price, "price": .price,
        "http://schema.org/price": .price, "https://schema.org/price": .price, "gr:hascurrencyvalue": .price,
        "product:sale_price:amount": .salePrice,
        "product:price:currency": .currency, "og:price:currency": .currency, "schema:pricecurrency": .currency,
        "http://schema.org/pricecurrency": .currency, "https://schema.org/pricecurrency": .currency,
        "pricecurrency": .currency, "product:sale_price:currency": .currency, "gr:hascurrency": .currency,
        "product:availability": .availability, "og:availability": .availability,
        "http://schema.org/availability": .availability, "https://schema.org/availability": .availability,
        "schema:availability": .availability, "availability": .availability,
    ]

    private func openGraph() -> FoundOffers {
        var found = FoundOffers()
        var sales: [[UInt8]] = []
        tree.forEach(in: 0) { node in
            guard tree.nodes[node].isElement else { return }
            switch property(of: node) {
            case .price: found.note(price: tree.property(of: node))
            case .salePrice: sales.append(tree.property(of: node))
            case .currency: found.note(currency: tree.propertyText(of: node))
            case .availability: found.availability.append(tree.propertyText(of: node))
            case nil: break
            }
        }
        // As in the incumbent, the price itself goes before that of a sale.
        if found.prices.isEmpty { for sale in sales { found.note(price: sale) } }
        return found
    }

    /// What an element's `property` (several words, RDFa Core 1.1 section 5) or `name` says that it is.
    private func property(of node: Int) -> Property? {
        for name in ["property", "name"] {
            guard let attribute = tree.attribute(Array(name.utf8), of: node) else { continue }
            let written = String(decoding: tree.value(attribute), as: UTF8.self).lowercased()
            for word in written.split(whereSeparator: \.isWhitespace) {
                // Short names are RDFa's; as the name of a form's field they mean nothing.
                guard name == "property" || word.contains(":") else { continue }
                if let known = Self.properties[String(word)] { return known }
            }
        }
        return nil
    }
}

extension MarkupTree {
    /// What a microdata or RDFa property is worth: its attribute for machines, else its text.
    func property(of node: Int) -> [UInt8] {
        for name in ["content", "href", "value", "src", "resource"] {
            if let attribute = attribute(Array(name.utf8), of: node) { return value(attribute) }
        }
        return textContent(node)
    }

    /// As `property`, short and without white space around it.
    func propertyText(of node: Int) -> String {
        String(decoding: Lines.trimmed(property(of: node)[...]).prefix(200), as: UTF8.self)
    }
}
