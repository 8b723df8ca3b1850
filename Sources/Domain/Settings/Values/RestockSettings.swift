/// When a change of stock or price counts, under changedetection.io's names.
public struct RestockSettings: Hashable, Sendable {
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
