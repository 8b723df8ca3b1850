import Differences
import Domain

/// What a page's JSON-LD says about its product.
struct LinkedOffers {
    /// Members that lead to other products than the page's own.
    static let mentions: Set<String> = [
        "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor", "review", "reviews",
        "itemListElement", "addOn",
    ]

    private struct Place {
        let node: Int
        var isMentioned = false
        /// The summary of offers that it stands in.
        var summary: Int?
        /// It stands where offers do, so it is one without saying so.
        var isOffer = false
    }

    private let tree: MarkupTree
    private let limits: DetectionLimits

    init(_ tree: MarkupTree, _ limits: DetectionLimits) {
        self.tree = tree
        self.limits = limits
    }

    func found() -> FoundOffers {
        var own = FoundOffers(), mentioned = FoundOffers(), loose = FoundOffers()
        for text in scripts() {
            guard let json = try? json(text) else { continue }
            var open = [Place(node: 0)]
            while var place = open.popLast() {
                let node = place.node
                if let kind = json.offerKind(node) ?? (place.isOffer && json.hasPrice(node) ? .offer : nil) {
                    if kind == .summary, place.summary == nil { place.summary = node }
                    if place.isMentioned {
                        json.addOffer(node, summary: place.summary, to: &mentioned)
                    } else {
                        json.addOffer(node, summary: place.summary, to: &own)
                    }
                } else if loose.isEmpty, !place.isMentioned {
                    json.addOffer(node, summary: nil, to: &loose)
                }
                open += json.inside(node).reversed().map { key, inner in
                    Place(
                        node: inner,
                        isMentioned: place.isMentioned
                            || key.map { Self.mentions.contains($0) || $0 == "priceSpecification" } == true,
                        summary: place.summary,
                        isOffer: key.map { $0 == "offers" || $0 == "Offers" } ?? place.isOffer)
                }
            }
        }
        if !own.isEmpty { return own }
        // What says neither that it is an offer nor in which currency is the last resort, as the incumbent takes it.
        return mentioned.isEmpty ? loose : mentioned
    }

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

    /// Reads a script, also one that is wrapped in the comment marks of old (`<!--`, `//<![CDATA[`), ends in a
    /// semicolon, or was put together by hand.
    private func json(_ text: [UInt8]) throws(CheckFailure) -> JSONTree? {
        if let json = try JSONTree(text, limits) { return json }
        guard let first = text.firstIndex(where: { "{[".utf8.contains($0) }),
            let last = text.lastIndex(where: { "}]".utf8.contains($0) }), first < last
        else { return nil }
        let inner = Array(text[first...last])
        if let json = try JSONTree(inner, limits) { return json }
        // The brackets of `<![CDATA[` are none of JSON's.
        guard let brace = text.firstIndex(of: UInt8(ascii: "{")), let end = text.lastIndex(of: UInt8(ascii: "}")),
            brace < end
        else { return nil }
        if let json = try JSONTree(Self.mended(inner[...]), limits) { return json }
        if let json = try JSONTree(Array(text[brace...end]), limits) { return json }
        return try JSONTree(Self.mended(text[brace...end]), limits)
    }

    /// The text with line breaks and tabs inside of strings escaped, and without commas that nothing follows: what
    /// shops write most often that is no JSON.
    private static func mended(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var mended: [UInt8] = []
        mended.reserveCapacity(text.count + 64)
        var isInString = false, isEscaped = false
        /// Where the last comma stands, while nothing but blanks has followed it.
        var comma: Int?
        for byte in text {
            if isInString {
                if byte < 0x20 {
                    mended += byte == ByteClass.newline ? Array("\\n".utf8) : [ByteClass.space]
                } else {
                    mended.append(byte)
                }
                if !isEscaped, byte == UInt8(ascii: "\"") { isInString = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]"), let comma { mended[comma] = ByteClass.space }
            if !ByteClass.isSpace(byte) { comma = byte == UInt8(ascii: ",") ? mended.count : nil }
            isInString = byte == UInt8(ascii: "\"")
            mended.append(byte)
        }
        return mended
    }

    private static let script = TagName("script")
}

private enum OfferKind { case offer, summary }

extension JSONTree {
    /// The values directly inside, with their names in an object.
    fileprivate func inside(_ node: Int) -> [(key: String?, node: Int)] {
        guard case .object(let members) = self[node] else { return children(of: node).map { (nil, $0) } }
        return members.map { (String(decoding: $0.key.prefix(40), as: UTF8.self), $0.node) }
    }

    /// Whether it is an object that tells a price.
    fileprivate func hasPrice(_ node: Int) -> Bool {
        guard case .object = self[node] else { return false }
        return first(["price", "lowPrice", "Price"], of: node) != nil
    }

    /// Whether it is an offer, or several summed up: by its type, or by having a price and a currency.
    fileprivate func offerKind(_ node: Int) -> OfferKind? {
        guard case .object = self[node] else { return nil }
        if let type = member(Array("@type".utf8), of: node) {
            for name in children(of: type).isEmpty ? [type] : children(of: type) {
                guard case .string(let text) = self[name] else { continue }
                let word = text.split(whereSeparator: { "/:#".utf8.contains($0) }).last ?? []
                if word.elementsEqual("Offer".utf8) { return .offer }
                if word.elementsEqual("AggregateOffer".utf8) { return .summary }
            }
            return nil
        }
        let hasPrice = member(Array("price".utf8), of: node) != nil
        return hasPrice && member(Array("priceCurrency".utf8), of: node) != nil ? .offer : nil
    }

    fileprivate func addOffer(_ node: Int, summary: Int?, to found: inout FoundOffers) {
        guard case .object = self[node] else { return }
        let holder = specification(of: node) ?? node
        let currency = text(first(["priceCurrency", "currency"], of: holder) ?? first(["priceCurrency"], of: node))
        if let currency { found.note(currency: currency) }
        for key in ["price", "lowPrice", "Price"] {
            switch plain(first([key], of: holder)).map({ self[$0] }) {
            case .number(let spelling): found.note(price: spelling, isExact: true, summary: summary)
            case .string(let text) where text.contains(where: { $0 != ByteClass.space }):
                found.note(price: text, summary: summary)
            default: continue
            }
            break
        }
        if let availability = text(first(["availability", "Availability"], of: node)) {
            found.availability.append(availability)
        }
    }

    /// What an offer without a price of its own says about it in detail: the first that is neither the crossed-out
    /// price nor that of a measure (`referenceQuantity`), else the first.
    private func specification(of node: Int) -> Int? {
        guard first(["price", "lowPrice", "Price"], of: node) == nil,
            let inner = first(["priceSpecification"], of: node)
        else { return nil }
        guard case .array(let items) = self[inner] else { return inner }
        let real = items.first { item in
            let type = text(first(["priceType"], of: item)) ?? ""
            let isCrossedOut = ["ListPrice", "SRP", "MSRP", "StrikethroughPrice"].contains(where: type.hasSuffix)
            return !isCrossedOut && first(["referenceQuantity"], of: item) == nil && first(["price"], of: item) != nil
        }
        return real ?? items.first
    }

    private func first(_ keys: [String], of node: Int) -> Int? {
        for key in keys { if let found = member(Array(key.utf8), of: node) { return found } }
        return nil
    }

    /// The value itself where JSON-LD wraps it in a list, an object with `@value` or one with `@id` (JSON-LD 1.1, 4.2
    /// and 3.3).
    private func plain(_ node: Int?) -> Int? {
        guard let node else { return nil }
        switch self[node] {
        case .array(let items): return items.first.flatMap { if case .array = self[$0] { nil } else { plain($0) } }
        case .object: return first(["@value", "@id"], of: node)
        default: return node
        }
    }

    private func text(_ node: Int?) -> String? {
        guard let node = plain(node), case .string(let text) = self[node], !text.isEmpty else { return nil }
        return String(decoding: text.prefix(200), as: UTF8.self)
    }
}
