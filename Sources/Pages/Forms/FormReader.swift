import Domain
import Foundation

/// Reads what a form's fields say, as lines and numbers; each mistake is noted under its field's name.
struct FormReader {
    /// A field's text; empty when the form does not have it.
    private let text: (String) -> String
    private(set) var errors: [FieldError] = []

    init(_ text: @escaping (String) -> String) {
        self.text = text
    }

    func word(_ name: String) -> String { text(name).trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Non-empty lines, without the white space around them.
    func lines(_ name: String) -> [String] {
        text(name).split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }

    /// A whole number; nil when there is none.
    mutating func whole(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        let word = word(name)
        guard !word.isEmpty else { return nil }
        guard let number = Int(word), range.contains(number) else {
            let least = Counts.grouped(range.lowerBound), most = Counts.grouped(range.upperBound)
            note(name, "A whole number from \(least) to \(most)")
            return nil
        }
        return number
    }

    /// A number with digits behind a point or, as many languages write it, a comma; nil when there is none.
    mutating func real(_ name: String, most: Double = 1e15) -> Double? {
        let word = word(name)
        guard !word.isEmpty else { return nil }
        guard let number = Double(word.replacing(",", with: ".")), (0...most).contains(number) else {
            note(name, most < 1e15 ? "A number from 0 to \(Int(most))" : "A number like 19.90, without a currency")
            return nil
        }
        return number
    }

    /// The parts of an interval, as the form names them: `time_between_check-hours`.
    mutating func interval() -> CheckInterval {
        var parts: [String: Int] = [:]
        for (part, most) in CheckInterval.limits { parts[part] = whole("time_between_check-\(part)", 0...most) }
        return CheckInterval(
            weeks: parts["weeks"], days: parts["days"], hours: parts["hours"], minutes: parts["minutes"],
            seconds: parts["seconds"])
    }

    /// When a change of stock or price counts; `follows` says whether that box is ticked.
    mutating func restock(follows: Bool) -> RestockSettings {
        var settings = RestockSettings()
        settings.stock = RestockSettings.Stock(rawValue: word("in_stock_processing")) ?? settings.stock
        settings.followsPrice = follows
        settings.priceMinimum = real("price_change_min")
        settings.priceMaximum = real("price_change_max")
        settings.thresholdPercent = real("price_change_threshold_percent", most: 100)
        if let least = settings.priceMinimum, let most = settings.priceMaximum, least > most {
            note("price_change_min", "It is above the upper bound")
        }
        return settings
    }

    mutating func note(_ name: String, _ message: String) { errors.append(FieldError(name, message)) }

    /// As a form shows a number: without digits behind the point where there are none.
    static func shown(_ number: Double?) -> String {
        guard let number else { return "" }
        return number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}
