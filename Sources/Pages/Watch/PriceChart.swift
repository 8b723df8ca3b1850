import Domain
import Foundation
import Storage
import WebCore

/// A shop's prices over time as a small drawing: a price stands until the next one, so the line has steps.
struct PriceChart {
    private static let width = 320.0, height = 64.0, margin = 4.0

    let points: [PricePoint]
    let summary: PriceSummary

    /// What the template `partials/prices` names; nothing when no price was ever found.
    func field(now: Date) -> Field {
        guard let current = summary.current?.price ?? points.last(where: { $0.offer.price != nil })?.offer.price else {
            return .nothing
        }
        let currency = summary.current?.currency
        func words(_ price: Double?) -> Field { .optional(price.map { Self.words($0, currency) }) }
        let line = path(now: now)
        return .group([
            "current": .text(Self.words(current, currency)), "before": words(summary.lastPrice),
            "lowest": words(summary.lowest), "highest": words(summary.highest),
            "stock": .optional(summary.current?.isInStock.map { $0 ? "in stock" : "out of stock" }),
            "line": .optional(line),
            "words": .text(
                "Price over time: now \(Self.words(current, currency)), lowest "
                    + "\(Self.words(summary.lowest ?? current, currency)), highest "
                    + Self.words(summary.highest ?? current, currency)),
        ])
    }

    /// Two digits behind the point unless it is a whole number, three where a third says something, the currency
    /// behind.
    static func words(_ price: Double, _ currency: String?) -> String {
        let isWhole = price == price.rounded() && abs(price) < 1e15
        let hasThird = abs(price * 100 - (price * 100).rounded()) > 0.05
        let number = isWhole ? Counts.grouped(Int(price)) : String(format: hasThird ? "%.3f" : "%.2f", price)
        return currency.map { "\(number) \($0)" } ?? number
    }

    /// The drawing's line in a box of 320 × 64; nil when there is only one price.
    private func path(now: Date) -> String? {
        let known = points.compactMap { point in point.offer.price.map { (point.foundAt, $0) } }
        guard let first = known.first, known.count > 1 else { return nil }
        let prices = known.map(\.1)
        let least = prices.min() ?? 0, most = prices.max() ?? 1
        let span = max(1, now.timeIntervalSince(first.0))
        func across(_ date: Date) -> String {
            let share = min(1, max(0, date.timeIntervalSince(first.0) / span))
            return String(format: "%.1f", Self.margin + share * (Self.width - 2 * Self.margin))
        }
        func down(_ price: Double) -> String {
            let share = most > least ? (price - least) / (most - least) : 0.5
            return String(format: "%.1f", Self.height - Self.margin - share * (Self.height - 2 * Self.margin))
        }
        var line = "M\(across(first.0)) \(down(first.1))"
        for (date, price) in known.dropFirst() { line += "H\(across(date))V\(down(price))" }
        return line + "H\(across(now))"
    }
}
