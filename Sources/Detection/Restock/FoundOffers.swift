/// What one way of writing says about a product's offers, each thing perhaps several times.
///
/// Prices stay as they were written until the currency is known, which decides what a lone mark before three digits
/// means.
struct FoundOffers {
    private struct Written {
        let text: [UInt8]
        /// A number of JSON's, which has nothing to be guessed.
        let isExact: Bool
        /// The summary of offers that it stands in.
        let summary: Int?
    }

    private var written: [Written] = []
    private var statedCurrency: String?
    private var guessedCurrency: String?
    var availability: [String] = []

    var isEmpty: Bool { written.isEmpty && availability.isEmpty }

    mutating func note(price text: [UInt8], isExact: Bool = false, summary: Int? = nil) {
        written.append(Written(text: text, isExact: isExact, summary: summary))
    }

    /// What is said to be the currency; the first that is named counts.
    mutating func note(currency name: String) {
        if statedCurrency == nil, !name.isEmpty { statedCurrency = PriceText.currency(in: name) ?? name.uppercased() }
    }

    /// The sign beside a price, which counts where nothing is said to be the currency.
    mutating func guess(currency name: String) {
        if guessedCurrency == nil { guessedCurrency = PriceText.currency(in: name) }
    }

    var currency: String? { statedCurrency ?? guessedCurrency }

    /// Every price, those of one summary as their least.
    var prices: [Double] {
        var prices: [Double] = []
        var summaries: [Int: Double] = [:]
        for price in written {
            let amount =
                price.isExact
                ? Double(String(decoding: price.text, as: UTF8.self))
                : PriceText.firstNumber(in: price.text, currency: currency)
            guard let amount, amount.isFinite else { continue }
            if let summary = price.summary {
                summaries[summary] = min(amount, summaries[summary] ?? amount)
            } else {
                prices.append(amount)
            }
        }
        return prices + summaries.values
    }
}
