import Foundation

/// Writes a number as a picture says (XPath and XQuery Functions 3.1, 4.7): `#,##0.00` and its like, with `;` before
/// what negative ones look like.
struct PathNumberFormat {
    private var prefix = ""
    private var suffix = ""
    private var leastWhole = 0
    private var leastFraction = 0
    private var mostFraction = 0
    /// Digits between two group signs; 0 without groups.
    private var group = 0
    private var factor = 1.0

    /// More digits than any number has.
    private static let most = 40

    /// The number in the picture's form; nil when the picture is none.
    static func text(_ number: Double, _ picture: String) -> String? {
        let parts = picture.split(separator: ";", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let positive = PathNumberFormat(parts[0]) else { return nil }
        if number.isNaN { return "NaN" }
        let isNegative = number < 0
        guard isNegative, parts.count == 2 else { return (isNegative ? "-" : "") + positive.text(abs(number)) }
        return PathNumberFormat(parts[1]).map { $0.text(abs(number)) }
    }

    private init?(_ picture: Substring) {
        let active: Set<Character> = ["#", "0", ",", "."]
        guard let first = picture.firstIndex(where: active.contains),
            let last = picture.lastIndex(where: active.contains)
        else { return nil }
        prefix = String(picture[..<first])
        suffix = String(picture[picture.index(after: last)...])
        let signs = prefix + suffix
        factor = signs.contains("%") ? 100 : signs.contains("‰") ? 1000 : 1
        let middle = picture[first...last].split(separator: ".", omittingEmptySubsequences: false)
        guard middle.count <= 2, picture[first...last].allSatisfy(active.contains) else { return nil }
        let whole = middle[0].filter { $0 != "," }, fraction = middle.count == 2 ? middle[1].filter { $0 != "," } : ""
        // Digits that need not be there stand outside of those that must.
        guard !whole.drop(while: { $0 == "#" }).contains("#"), !fraction.drop(while: { $0 == "0" }).contains("0"),
            !whole.isEmpty || !fraction.isEmpty, whole.count <= Self.most, fraction.count <= Self.most
        else { return nil }
        leastWhole = whole.count { $0 == "0" }
        leastFraction = fraction.count { $0 == "0" }
        mostFraction = fraction.count
        if let comma = middle[0].lastIndex(of: ",") {
            group = middle[0].distance(from: middle[0].index(after: comma), to: middle[0].endIndex)
            guard group > 0 else { return nil }
        }
    }

    private func text(_ number: Double) -> String {
        let scaled = number * factor
        guard scaled.isFinite else { return prefix + "Infinity" + suffix }
        let spelt = String(format: "%.\(mostFraction)f", locale: nil, scaled).split(separator: ".")
        var whole = String(spelt[0].drop { $0 == "0" })
        whole = String(repeating: "0", count: max(0, leastWhole - whole.count)) + whole
        var fraction = spelt.count > 1 ? String(spelt[1]) : ""
        while fraction.count > leastFraction, fraction.last == "0" { fraction.removeLast() }
        if whole.isEmpty, fraction.isEmpty { whole = "0" }
        return prefix + grouped(whole) + (fraction.isEmpty ? "" : "." + fraction) + suffix
    }

    private func grouped(_ digits: String) -> String {
        guard group > 0 else { return digits }
        var result = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: group) { result.append(",") }
            result.append(digit)
        }
        return result
    }
}
