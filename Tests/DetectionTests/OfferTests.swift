import Domain
import Testing

@testable import Detection

/// A page's statement about its product, and what is to be read of it.
struct OfferCase: Sendable, CustomTestStringConvertible {
    let name: String
    let html: String
    let expected: Offer

    var testDescription: String { name }

    /// A page with one script of JSON-LD.
    static func linked(_ name: String, _ json: String, _ expected: Offer) -> OfferCase {
        OfferCase(name: name, html: "<script type=\"application/ld+json\">\(json)</script>", expected: expected)
    }

    static func page(_ name: String, _ html: String, _ expected: Offer) -> OfferCase {
        OfferCase(name: name, html: html, expected: expected)
    }
}

@Suite("What shops say for machines")
struct OfferTests {
    private func offer(_ html: String) throws -> Offer {
        let read = MarkupTree.with(Array(html.utf8)[...], as: .html, limit: 100_000) { tree in
            Result { () throws(CheckFailure) in try OfferReader(tree, DetectionLimits()).offer() }
        }
        return try #require(read).get()
    }

    static let linked: [OfferCase] = [
        .linked(
            "a summary of offers costs its least, whatever the offers in it cost",
            #"{"@type":"Product","offers":{"@type":"AggregateOffer","lowPrice":"9.99","highPrice":"19.99","priceCurrency":"EUR","offers":[{"@type":"Offer","price":"9.99","availability":"OutOfStock"},{"@type":"Offer","price":"19.99","availability":"InStock"}]}}"#,
            Offer(isInStock: true, price: 9.99, currency: "EUR", availability: "OutOfStock")),
        .linked(
            "a summary without a least of its own has that of its offers",
            #"{"@type":"http://schema.org/AggregateOffer","priceCurrency":"USD","offers":[{"@type":"Offer","price":30},{"@type":"Offer","price":20}]}"#,
            Offer(price: 20, currency: "USD")),
        .linked(
            "a graph with the product among other things",
            #"{"@context":"https://schema.org","@graph":[{"@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","position":1}]},{"@type":"Product","offers":[{"@type":"Offer","price":"49,90","priceCurrency":"EUR","availability":"http://schema.org/InStock"}]}]}"#,
            Offer(isInStock: true, price: 49.9, currency: "EUR", availability: "http://schema.org/InStock")),
        .linked(
            "an array of offers at one price",
            #"[{"@type":"Product","offers":[{"@type":"Offer","price":5,"availability":"SoldOut"},{"@type":"Offer","price":"5.00","availability":"InStoreOnly"}]}]"#,
            Offer(isInStock: true, price: 5, availability: "SoldOut")),
        .linked(
            "the crossed-out price and that of a measure are passed over",
            #"{"@type":"Offer","priceSpecification":[{"@type":"UnitPriceSpecification","price":99,"priceCurrency":"EUR","priceType":"https://schema.org/StrikethroughPrice"},{"price":1.2,"referenceQuantity":{"value":"100"}},{"price":79,"priceCurrency":"EUR"}]}"#,
            Offer(price: 79, currency: "EUR")),
        .linked(
            "values and identifiers wrapped in objects and lists",
            #"{"@type":["Offer"],"price":{"@value":"1.299,00"},"priceCurrency":["EUR"],"availability":{"@id":"https://schema.org/PreSale"}}"#,
            Offer(isInStock: true, price: 1299, currency: "EUR", availability: "https://schema.org/PreSale")),
        .linked(
            "a type with a prefix", #"{"@type":"schema:Offer","price":3,"priceCurrency":"chf"}"#,
            Offer(price: 3, currency: "CHF")),
        .linked(
            "an offer without a type", #"{"price":"7","priceCurrency":"SEK"}"#, Offer(price: 7, currency: "SEK")),
        .linked(
            "a product with the price in itself, as a last resort",
            #"{"@type":"Product","name":"Cup","Price":"8.50","currency":"GBP","Availability":"InStock"}"#,
            Offer(isInStock: true, price: 8.5, currency: "GBP", availability: "InStock")),
        .linked(
            "thousandths of a dinar", #"{"@type":"Offer","price":"1.250","priceCurrency":"KWD"}"#,
            Offer(price: 1.25, currency: "KWD")),
        .linked(
            "the old comment marks around it",
            "//<![CDATA[\n{\"@type\":\"Offer\",\"price\":4,\"priceCurrency\":\"EUR\"}\n//]]>",
            Offer(price: 4, currency: "EUR")),
        .linked("a semicolon behind it", #"{"@type":"Offer","price":4};"#, Offer(price: 4)),
        .linked(
            "the products of a list count when there is no other",
            #"{"@type":"ItemList","itemListElement":[{"@type":"Product","offers":{"@type":"Offer","price":6}}]}"#,
            Offer(price: 6)),
        .linked(
            "stock without a price", #"{"@type":"Offer","availability":"https://schema.org/Discontinued"}"#,
            Offer(isInStock: false, availability: "https://schema.org/Discontinued")),
        .linked(
            "a price of nothing", #"{"@type":"Offer","price":"0.00","priceCurrency":"EUR"}"#,
            Offer(price: 0, currency: "EUR")),
    ]

    static let markup: [OfferCase] = [
        .page(
            "microdata: an offer in a product, and a similar product that does not count",
            """
            <div itemscope itemtype="https://schema.org/Product"><div itemprop=offers itemscope itemtype="https://schema.org/Offer">
            <data itemprop=price value=15.5>15,50</data><meta itemprop=priceCurrency content=EUR></div>
            <div itemprop=isSimilarTo itemscope itemtype="https://schema.org/Product"><div itemprop=offers itemscope>
            <span itemprop=price>99</span></div></div></div>
            """, Offer(price: 15.5, currency: "EUR")),
        .page(
            "microdata: a summary with its offers",
            """
            <div itemscope itemtype="http://schema.org/AggregateOffer"><span itemprop=lowPrice>1.299,00 €</span><span itemprop=highPrice>2.000 €</span>
            <div itemprop=offers itemscope itemtype="http://schema.org/Offer"><b itemprop=price>1.499,00 €</b><link itemprop=availability href="http://schema.org/InStock"></div></div>
            """, Offer(isInStock: true, price: 1299, currency: "EUR", availability: "http://schema.org/InStock")),
        .page(
            "microdata: what is said to be the currency goes before the sign",
            "<p itemscope><b itemprop=price>$12</b><meta itemprop=priceCurrency content=CAD></p>",
            Offer(price: 12, currency: "CAD")),
        .page(
            "microdata: several names for one value", "<b itemprop='price lowPrice' content=7>7</b>", Offer(price: 7)),
        .page(
            "microdata: no scope, as many pages have it", "<span itemprop=price>₹1,23,456.78</span>",
            Offer(price: 123_456.78, currency: "INR")),
        .page(
            "RDFa with a vocabulary",
            """
            <div vocab="https://schema.org/" typeof="Offer"><span property=price content="3.5">3,50</span><span property=priceCurrency content=DKK></span>
            <link property=availability href="https://schema.org/OnlineOnly"></div>
            """, Offer(isInStock: true, price: 3.5, currency: "DKK", availability: "https://schema.org/OnlineOnly")),
        .page(
            "RDFa with prefixes, whole addresses and GoodRelations",
            "<span property='schema:price gr:hasCurrencyValue' content=2></span><i property='http://schema.org/priceCurrency' content=NOK></i>",
            Offer(price: 2, currency: "NOK")),
        .page(
            "OpenGraph: the price goes before that of a sale",
            """
            <meta property="product:price:amount" content="20.00"><meta property="product:price:currency" content="EUR">
            <meta property="product:sale_price:amount" content="15"><meta property="product:availability" content="in stock">
            """, Offer(isInStock: true, price: 20, currency: "EUR", availability: "in stock")),
        .page(
            "OpenGraph: a sale's price alone", "<meta property='product:sale_price:amount' content='15'>",
            Offer(price: 15)),
        .page(
            "OpenGraph under name, as some write it",
            "<meta name='og:price:amount' content='4,99'><meta name='og:price:currency' content='€'>",
            Offer(price: 4.99, currency: "EUR")),
        .page(
            "JSON-LD has the price, OpenGraph the stock",
            "<meta property='og:availability' content='available for order'><script type='application/ld+json'>{\"@type\":\"Offer\",\"price\":1}</script>",
            Offer(isInStock: false, price: 1, availability: "available for order")),
        .page(
            "a script that is no JSON does not hide the next one",
            "<script type='application/ld+json'>{oops</script><script type='Application/LD+JSON; charset=utf-8'>{\"@type\":\"Offer\",\"price\":2}</script>",
            Offer(price: 2)),
    ]

    @Test("one offer is read", arguments: linked + markup)
    func one(_ shop: OfferCase) throws {
        #expect(try offer(shop.html) == shop.expected)
    }

    @Test(
        "several prices are told with their numbers",
        arguments: [
            (
                #"{"@type":"ProductGroup","hasVariant":[{"offers":{"@type":"Offer","price":1}},{"offers":{"@type":"Offer","price":2.5}}]}"#,
                "1.0, 2.5"
            ),
            (#"[{"@type":"AggregateOffer","lowPrice":3},{"@type":"AggregateOffer","lowPrice":4}]"#, "3.0, 4.0"),
        ])
    func several(_ json: String, _ numbers: String) {
        let failure = #expect(throws: CheckFailure.self) { try offer(OfferCase.linked("", json, Offer()).html) }
        #expect(failure == CheckFailure(.severalPrices, numbers))
    }

    @Test(
        "a page without an offer is a failure of its own",
        arguments: [
            "", "<p>9.99 €</p>", "<script type='application/ld+json'>{}</script>",
            "<meta property='og:price:amount' content='free'>",
            "<script type='application/ld+json'>{\"@type\":\"Offer\",\"price\":\"\"}</script>",
            "<input name=price value=5>",
            "<script>var x = {\"@type\":\"Offer\",\"price\":5}</script>",
        ])
    func none(_ html: String) {
        let failure = #expect(throws: CheckFailure.self) { try offer(html) }
        #expect(failure?.code == .noOffer)
    }

    private static let words: [(word: String, isInStock: Bool)] = [
        ("InStock", true), ("InStoreOnly", true), ("LimitedAvailability", true), ("OnlineOnly", true),
        ("PreSale", true),
        ("BackOrder", false), ("Discontinued", false), ("MadeToOrder", false), ("OutOfStock", false),
        ("PreOrder", false),
        ("Reserved", false), ("SoldOut", false),
    ]

    @Test(
        "all words of schema.org for stock, in all their spellings",
        arguments: words.map(\.word),
        ["", "http://schema.org/", "https://schema.org/", "https://schema.org#", "schema:"])
    func stock(_ word: String, _ prefix: String) {
        let expected = Self.words.first { $0.word == word }?.isInStock
        #expect(OfferReader.isInStock(prefix + word) == expected)
        #expect(OfferReader.isInStock((prefix + word).lowercased()) == expected)
    }

    @Test(
        "other words for stock",
        arguments: [
            ("in_stock", true), ("In Stock", true), ("https://notebooks.example/InStock", true),
            ("https://schema.org/NotInStock", false), ("not in stock", false), ("out of stock", false),
            ("auf Lager", false),
        ])
    func otherWords(_ word: String, _ expected: Bool) {
        #expect(OfferReader.isInStock(word) == expected)
    }
}
