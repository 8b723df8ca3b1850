import Domain
import Testing

@testable import Detection

@Suite("Restock and price")
struct RestockTests {
    private func offer(_ html: String) throws -> Offer {
        let read = MarkupTree.with(Array(html.utf8)[...], as: .html, limit: 100_000) { tree in
            Result { () throws(CheckFailure) in try OfferReader(tree, DetectionLimits()).offer() }
        }
        return try #require(read).get()
    }

    private func linked(_ json: String) -> String { "<script type='application/ld+json'>\(json)</script>" }

    @Test("JSON-LD: an offer, a list of one, a graph, a specification, a summary")
    func linkedData() throws {
        let plain =
            #"{"@type":"Product","offers":{"@type":"Offer","price":"1,299.00","priceCurrency":"USD","availability":"https://schema.org/InStock"}}"#
        #expect(
            try offer(linked(plain))
                == Offer(isInStock: true, price: 1299, currency: "USD", availability: "https://schema.org/InStock"))
        let graph =
            #"{"@graph":[{"@type":"WebPage"},{"@type":["Product"],"offers":[{"@type":"http://schema.org/Offer","price":5}]}]}"#
        #expect(try offer(linked(graph)) == Offer(price: 5))
        let specified =
            #"{"@type":"Offer","priceSpecification":[{"price":7.5,"priceCurrency":"eur"}],"availability":"OutOfStock"}"#
        #expect(
            try offer(linked(specified))
                == Offer(isInStock: false, price: 7.5, currency: "EUR", availability: "OutOfStock"))
        let summary = #"{"@type":"AggregateOffer","lowPrice":3,"highPrice":9,"priceCurrency":"GBP"}"#
        #expect(try offer(linked(summary)) == Offer(price: 3, currency: "GBP"))
    }

    @Test("products that are only mentioned do not count beside the page's own")
    func mentioned() throws {
        let page =
            #"{"@type":"Product","offers":{"@type":"Offer","price":10},"isRelatedTo":[{"@type":"Product","offers":{"@type":"Offer","price":99}}]}"#
        #expect(try offer(linked(page)).price == 10)
    }

    @Test("several prices are a failure that names them; several equal ones are one")
    func several() throws {
        let two = #"[{"@type":"Offer","price":1},{"@type":"Offer","price":2}]"#
        let failure = #expect(throws: CheckFailure.self) { try offer(linked(two)) }
        #expect(failure == CheckFailure(.severalPrices, "1.0, 2.0"))
        #expect(try offer(linked(#"[{"@type":"Offer","price":1},{"@type":"Offer","price":"1.00"}]"#)).price == 1)
    }

    @Test("microdata, RDFa and OpenGraph, and one fills in what another leaves out")
    func others() throws {
        let microdata = """
            <div itemscope itemtype="https://schema.org/Offer"><span itemprop=price content="12.50">12,50 €</span>
            <meta itemprop=priceCurrency content=EUR><link itemprop=availability href="https://schema.org/LimitedAvailability"></div>
            """
        #expect(
            try offer(microdata)
                == Offer(
                    isInStock: true, price: 12.5, currency: "EUR",
                    availability: "https://schema.org/LimitedAvailability"))
        #expect(try offer("<b itemprop=price>1.299,00 €</b>") == Offer(price: 1299, currency: "EUR"))
        let graph =
            "<meta property='og:price:amount' content='8.99'><meta property='og:price:currency' content='usd'><meta property='product:availability' content='out of stock'>"
        #expect(try offer(graph) == Offer(isInStock: false, price: 8.99, currency: "USD", availability: "out of stock"))
        let both = linked(#"{"@type":"Offer","price":4}"#) + "<link itemprop=availability href='InStock'>"
        #expect(try offer(both) == Offer(isInStock: true, price: 4, availability: "InStock"))
        #expect(throws: CheckFailure.self) { try offer("<p>12 €</p><input name=price value=3>") }
        #expect(throws: CheckFailure.self) { try offer(linked("{broken")) }
        // Offers without a type are offers where offers stand.
        #expect(try offer(linked(#"{"@type":"Product","offers":{"price":"5"}}"#)) == Offer(price: 5))
        #expect(throws: CheckFailure.self) {
            try offer(linked(#"{"@type":"Product","offers":[{"price":"5"},{"price":"6"}]}"#))
        }
        #expect(throws: CheckFailure.self) {
            try offer(linked(#"[{"@type":"Product","offers":{"price":5}},{"@type":"Product","offers":{"price":6}}]"#))
        }
        let hasty = "{\"@type\":\"Offer\",\"description\":\"a\nb\t\\\"c,]\",\"price\":\"6\",\n}"
        #expect(try offer(linked(hasty)) == Offer(price: 6))
        #expect(try offer(linked("[\(hasty),]")) == Offer(price: 6))
    }

    @Test(
        "words for stock",
        arguments: [
            ("http://schema.org/InStock", true), ("in stock", true), ("PreSale", true), ("OnlineOnly", true),
            ("InStoreOnly", true),
            ("OutOfStock", false), ("SoldOut", false), ("Discontinued", false), ("not in stock", false), ("", false),
        ])
    func stock(_ word: String, _ expected: Bool) {
        #expect(OfferReader.isInStock(word) == expected)
    }

    @Test("which differences are told")
    func rules() {
        var wishes = RestockSettings()
        func tells(_ last: Offer, _ now: Offer, seen: Offer? = nil) -> Bool {
            RestockProcessor.reason(from: last, seen: seen ?? last, to: now, wishes) != nil
        }
        let out = Offer(isInStock: false, price: 100), back = Offer(isInStock: true, price: 100)
        func price(_ price: Double) -> Offer { Offer(isInStock: true, price: price) }
        #expect(tells(out, back))
        #expect(!tells(back, out))
        #expect(tells(back, back, seen: out))
        #expect(!tells(out, back, seen: back))
        #expect(tells(back, price(99)))
        #expect(!tells(back, back, seen: price(99)))
        wishes.stock = .allChanges
        #expect(tells(back, out))
        wishes.stock = .off
        #expect(!tells(out, back))
        wishes.thresholdPercent = 5
        #expect(!tells(back, price(95)))
        #expect(tells(back, price(94.9)))
        wishes.priceMinimum = 50
        wishes.priceMaximum = 94.9
        #expect(!tells(back, price(94.9)))
        #expect(!tells(back, price(50)))
        #expect(tells(back, price(49)))
        wishes.followsPrice = false
        #expect(!tells(back, price(1)))
    }

    @Test("a verdict has the incumbent's line, the offer, and no change for the same page")
    func verdict() throws {
        let page = FetchedPage(
            status: 200, finalURL: "", contentType: "text/html",
            body: Array(linked(#"{"@type":"Offer","price":9.5,"availability":"InStock"}"#).utf8))
        let processor = RestockProcessor()
        let first = try processor.verdict(on: page, settings: .init(), previous: .init())
        #expect(first.decision == .changed(text: Array("In Stock: True - Price: 9.5".utf8)))
        var previous = PreviousCheck(pageChecksum: first.pageChecksum, textChecksum: first.textChecksum)
        previous.offerTold = first.offer
        #expect(try processor.verdict(on: page, settings: .init(), previous: previous).decision == .sameBytes)
        previous.pageChecksum = nil
        #expect(try processor.verdict(on: page, settings: .init(), previous: previous).decision == .sameText)
    }
}
