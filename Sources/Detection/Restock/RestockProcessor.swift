import Crypto
public import Domain

/// Follows the stock and the price of the one product that a shop's page is about.
///
/// A change is told when the stock differs from that of the last check, or the price from the one that was told last,
/// and the watch's settings want to hear it; so what comes back into stock is told each time, and a price that creeps
/// once it has crept far enough.
public struct RestockProcessor: Processor {
    private let limits: DetectionLimits

    public init(limits: DetectionLimits = DetectionLimits()) {
        self.limits = limits
    }

    public func checksum(of page: FetchedPage, settings: DetectionSettings) -> Checksum {
        let fingerprint = PageChecksum.hash(Array("\(settings.restock)".utf8))
        return PageChecksum.of(page.body, contentType: page.contentType, settings: fingerprint)
    }

    public func effort(on page: FetchedPage, settings: DetectionSettings) -> DetectionEffort { .long }

    public func memoryEstimate(of page: FetchedPage, settings: DetectionSettings) -> Int {
        let nodes = min(limits.treeNodes, 2 * PageCost.count(Array("<".utf8), in: page.body) + 16)
        let attributes = min(limits.treeNodes, PageCost.count(Array("=".utf8), in: page.body))
        let values = min(limits.treeNodes, PageCost.count(Array("[{,:".utf8), in: page.body) + 1)
        return PageCost.copies * page.body.count + PageCost.node * nodes + PageCost.attribute * attributes
            + PageCost.value * values
    }

    public func reading(
        of page: FetchedPage, checksum: Checksum, settings: DetectionSettings, previous: PreviousCheck, trace: Trace
    ) throws(CheckFailure) -> Verdict {
        trace.begin(.offer)
        let wishes = settings.restock
        guard page.body.count <= limits.pageBytes else { throw CheckFailure(.tooLarge, "\(limits.pageBytes)") }

        let bytes = Charset.utf8(page.body, contentType: page.contentType)
        let limits = limits
        let read = MarkupTree.with(bytes, as: .html, limit: limits.treeNodes) { tree in
            Result { () throws(CheckFailure) in (try OfferReader(tree, limits).offer(), tree.title) }
        }
        guard let read else { throw limits.tooManyNodes }
        let (offer, title) = try read.get()
        let text = Self.text(offer)
        var verdict = Verdict(
            decision: .sameText, pageChecksum: checksum,
            textChecksum: Checksum(bytes: Array(SHA256.hash(data: text))),
            title: title)
        verdict.offer = offer
        let last = previous.offerTold
        let reason: String?
        if let last {
            reason = Self.reason(from: last, seen: previous.offerSeen ?? last, to: offer, wishes)
        } else {
            reason = "this is the first reading of stock and price"
        }
        if reason != nil { verdict.decision = .changed(text: text) }
        trace.end(after: 1, note: reason ?? Self.stillness(from: last, to: offer, wishes), stops: reason == nil)
        return verdict
    }

    /// The snapshot's one line, in the incumbent's words.
    static func text(_ offer: Offer) -> [UInt8] {
        var text = "In Stock: \(offer.isInStock == true ? "True" : "False")"
        if let price = offer.price { text += " - Price: \(price)" }
        return Array(text.utf8)
    }

    /// Why nothing is told of two offers.
    private static func stillness(from last: Offer?, to offer: Offer, _ wishes: RestockSettings) -> String {
        let now = String(decoding: text(offer), as: UTF8.self)
        guard let last, text(last) != text(offer) else {
            return "stock and price are the same as last reported (\(now))"
        }
        return "the settings do not report this difference (\(now))"
    }

    /// Why an offer is to be told after the one that was told last and the one that was seen last; nil when it is not.
    static func reason(from last: Offer, seen: Offer, to offer: Offer, _ wishes: RestockSettings) -> String? {
        let isInStock = offer.isInStock ?? false
        if isInStock != seen.isInStock ?? false {
            switch wishes.stock {
            case .allChanges: return isInStock ? "it is back in stock" : "it is out of stock"
            case .inStockOnly where isInStock: return "it is back in stock"
            case .inStockOnly, .off: break
            }
        }
        guard wishes.followsPrice, let price = offer.price, let before = last.price, price != before else { return nil }
        if wishes.priceMinimum != nil || wishes.priceMaximum != nil {
            let isInside = price >= wishes.priceMinimum ?? -.infinity && price <= wishes.priceMaximum ?? .infinity
            if isInside { return nil }
        }
        if let threshold = wishes.thresholdPercent, before != 0, abs(price - before) / abs(before) * 100 <= threshold {
            return nil
        }
        return "the price changed from \(before) to \(price)"
    }
}
