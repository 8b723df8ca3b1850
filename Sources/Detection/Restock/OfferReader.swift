import Domain

/// Finds what a page says for machines about the product it sells.
///
/// JSON-LD first, then microdata, then RDFa and OpenGraph; what one leaves out the next may fill in. Products that are only
/// mentioned (similar ones, lists, reviews) are passed over as long as the page names one of its own.
struct OfferReader {
    private let tree: MarkupTree
    private let limits: DetectionLimits

    init(_ tree: MarkupTree, _ limits: DetectionLimits) {
        self.tree = tree
        self.limits = limits
    }

    /// What one way of writing says, each thing perhaps several times.
    struct Found {
        var prices: [Double] = []
        var currency: String?
        var availability: [String] = []
    }

    /// The one offer; throws when there is none, or several with different prices.
    func offer() throws(CheckFailure) -> Offer {
        var offer = Offer()
        for found in [linkedData(), microdata(), openGraph()] {
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

    /// The words of schema.org and others that mean that it can be bought now.
    static func isInStock(_ availability: String) -> Bool {
        let word = availability.lowercased().filter { $0.isLetter || $0.isNumber }
        guard !word.hasPrefix("not"), !word.contains("outofstock") else { return false }
        return ["instock", "instoreonly", "limitedavailability", "onlineonly", "presale"].contains { word.contains($0) }
    }

    // MARK: JSON-LD

    private func linkedData() -> Found {
        var own = Found(), mentioned = Found()
        for text in scripts() {
            guard let json = JSONTree(text, limit: limits.treeNodes) else { continue }
            var open = [(node: 0, isMentioned: false)]
            while let (node, isMentioned) = open.popLast() {
                if json.hasOfferType(node) {
                    if isMentioned { json.addOffer(node, to: &mentioned) } else { json.addOffer(node, to: &own) }
                }
                guard case .object(let members) = json[node] else {
                    open += json.children(of: node).reversed().map { ($0, isMentioned) }
                    continue
                }
                for member in members.reversed() {
                    open.append((member.node, isMentioned || Self.mentions.contains(member.key)))
                }
            }
        }
        return own.prices.isEmpty && own.availability.isEmpty ? mentioned : own
    }

    /// Members that lead to other products than the page's own.
    private static let mentions = Set(
        [
            "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor", "review", "reviews",
            "itemListElement", "addOn", "priceSpecification",
        ].map { Array($0.utf8) })

    private func scripts() -> [[UInt8]] {
        var found: [[UInt8]] = []
        tree.forEach(in: 0) { node in
            guard tree.nodes[node].isElement, tree.nodes[node].name == Self.script,
                let type = tree.attribute(Array("type".utf8), of: node),
                String(decoding: tree.value(type), as: UTF8.self).lowercased().contains("ld+json")
            else { return }
            found.append(Array(Lines.trimmed(tree.textContent(node)[...])))
        }
        return found
    }

    private static let script = TagName("script")

    // MARK: Microdata

    private func microdata() -> Found {
        var found = Found()
        tree.forEach(in: 0) { node in
            guard tree.nodes[node].isElement, let attribute = tree.attribute(Array("itemprop".utf8), of: node) else {
                return
            }
            switch String(decoding: tree.value(attribute), as: UTF8.self) {
            case "price", "lowPrice":
                if let price = PriceText.firstNumber(in: value(of: node)) { found.prices.append(price) }
                if found.currency == nil { found.currency = PriceText.currency(in: text(of: node)) }
            case "priceCurrency": found.currency = text(of: node).uppercased()
            case "availability": found.availability.append(text(of: node))
            default: break
            }
        }
        return found
    }

    /// What a microdata or RDFa property is worth: its attribute for machines, else its text.
    private func value(of node: Int) -> [UInt8] {
        for name in ["content", "href", "value", "src"] {
            if let attribute = tree.attribute(Array(name.utf8), of: node) { return tree.value(attribute) }
        }
        return tree.textContent(node)
    }

    private func text(of node: Int) -> String {
        String(decoding: Lines.trimmed(value(of: node)[...]).prefix(200), as: UTF8.self)
    }

    // MARK: RDFa and OpenGraph

    private enum Property { case price, currency, availability }

    private static let properties: [String: Property] = [
        "product:price:amount": .price, "og:price:amount": .price, "schema:price": .price, "price": .price,
        "product:price:currency": .currency, "og:price:currency": .currency, "schema:pricecurrency": .currency,
        "pricecurrency": .currency, "product:availability": .availability, "og:availability": .availability,
        "schema:availability": .availability, "availability": .availability,
    ]

    private func openGraph() -> Found {
        var found = Found()
        tree.forEach(in: 0) { node in
            guard tree.nodes[node].isElement else { return }
            for name in ["property", "name"] {
                guard let attribute = tree.attribute(Array(name.utf8), of: node) else { continue }
                let written = String(decoding: tree.value(attribute), as: UTF8.self).lowercased()
                // Short names are RDFa's; as the name of a form's field they mean nothing.
                let known =
                    name == "property"
                    ? Self.properties[written] : written.contains(":") ? Self.properties[written] : nil
                switch known {
                case .price:
                    if let price = PriceText.firstNumber(in: value(of: node)) { found.prices.append(price) }
                case .currency: found.currency = text(of: node).uppercased()
                case .availability: found.availability.append(text(of: node))
                case nil: continue
                }
                return
            }
        }
        return found
    }
}

extension JSONTree {
    /// An offer, or a list of them summed up: by its type, or by having a price and a currency.
    fileprivate func hasOfferType(_ node: Int) -> Bool {
        guard case .object = self[node] else { return false }
        if let type = member(Array("@type".utf8), of: node) {
            let names = children(of: type).isEmpty ? [type] : children(of: type)
            return names.contains { name in
                guard case .string(let text) = self[name] else { return false }
                let word = text.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
                return word.elementsEqual("Offer".utf8) || word.elementsEqual("AggregateOffer".utf8)
            }
        }
        return member(Array("price".utf8), of: node) != nil && member(Array("priceCurrency".utf8), of: node) != nil
    }

    fileprivate func addOffer(_ node: Int, to found: inout OfferReader.Found) {
        // The offers that a summary holds come by themselves; its least price is that of the page.
        var holder = node
        if member(Array("price".utf8), of: node) == nil, let inner = member(Array("priceSpecification".utf8), of: node)
        {
            if case .array(let items) = self[inner] { holder = items.first ?? node } else { holder = inner }
        }
        for key in ["price", "lowPrice"] {
            if let price = amount(member(Array(key.utf8), of: holder)) {
                found.prices.append(price)
                break
            }
        }
        let currency =
            text(member(Array("priceCurrency".utf8), of: holder)) ?? text(member(Array("priceCurrency".utf8), of: node))
        if found.currency == nil { found.currency = currency?.uppercased() }
        if let availability = text(member(Array("availability".utf8), of: node)) {
            found.availability.append(availability)
        }
    }

    private func amount(_ node: Int?) -> Double? {
        switch node.map({ self[$0] }) {
        case .number(let spelling): return Double(String(decoding: spelling, as: UTF8.self))
        case .string(let text): return PriceText.firstNumber(in: text)
        default: return nil
        }
    }

    private func text(_ node: Int?) -> String? {
        switch node.map({ self[$0] }) {
        case .string(let text): return text.isEmpty ? nil : String(decoding: text.prefix(200), as: UTF8.self)
        case .array(let items): return self.text(items.first)
        default: return nil
        }
    }
}
