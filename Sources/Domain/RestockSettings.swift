/// When a change of stock or price counts, under changedetection.io's names.
public struct RestockSettings: Hashable, Sendable, Codable {
    public enum Stock: String, Hashable, Sendable, Codable, CaseIterable {
        /// Only coming back into stock.
        case inStockOnly = "in_stock_only"
        case allChanges = "all_changes"
        case off
    }

    public var stock = Stock.inStockOnly
    public var followsPrice = true
    /// A price inside of these bounds, them included, is no reason to tell anybody.
    public var priceMinimum: Double?
    public var priceMaximum: Double?
    /// A price that has moved by no more than so many percent is none either.
    public var thresholdPercent: Double?

    public init() {}

    enum CodingKeys: String, CodingKey {
        case stock = "in_stock_processing"
        case followsPrice = "follow_price_changes"
        case priceMinimum = "price_change_min"
        case priceMaximum = "price_change_max"
        case thresholdPercent = "price_change_threshold_percent"
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        stock = try box.decodeIfPresent(Stock.self, forKey: .stock) ?? stock
        followsPrice = try box.decodeIfPresent(Bool.self, forKey: .followsPrice) ?? followsPrice
        priceMinimum = try box.decodeIfPresent(Double.self, forKey: .priceMinimum)
        priceMaximum = try box.decodeIfPresent(Double.self, forKey: .priceMaximum)
        thresholdPercent = try box.decodeIfPresent(Double.self, forKey: .thresholdPercent)
    }
}

/// What a shop's page says about one product.
public struct Offer: Hashable, Sendable, Codable {
    /// nil when the page does not say.
    public var isInStock: Bool?
    public var price: Double?
    /// Three letters, as ISO 4217 has them.
    public var currency: String?
    /// As the page writes it.
    public var availability: String?

    public init(isInStock: Bool? = nil, price: Double? = nil, currency: String? = nil, availability: String? = nil) {
        self.isInStock = isInStock
        self.price = price
        self.currency = currency
        self.availability = availability
    }
}
