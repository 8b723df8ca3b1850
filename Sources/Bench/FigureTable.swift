import Foundation

/// Figures with their spread, their goal and their reference, printed as Markdown.
struct FigureTable {
    private struct Row {
        let name: String
        let value: String
        let spread: String
        let goal: String
        let reference: String
    }

    private var rows: [Row] = []

    /// Adds the median of `samples`, all in `unit`; the reference's samples, if any, give the ratio.
    mutating func add(_ name: String, _ samples: [Double], _ unit: String, goal: String = "", reference: [Double] = [])
    {
        let sorted = samples.sorted()
        guard let low = sorted.first, let high = sorted.last else { return }
        let middle = Self.median(samples)
        var against = ""
        if !reference.isEmpty {
            let base = Self.median(reference)
            against = "\(Self.short(base)) \(unit), ratio \(Self.short(middle / max(base, 1e-12)))"
        }
        rows.append(
            Row(
                name: name, value: "\(Self.short(middle)) \(unit)", spread: "\(Self.short(low))–\(Self.short(high))",
                goal: goal,
                reference: against))
        Swift.print("  \(name): \(Self.short(middle)) \(unit)  \(against)")
        // Also into a file, so that a run that is cut short has told what it found.
        fflush(nil)
    }

    func print() {
        Swift.print("\n| what | median | spread | goal | reference in the same run |\n|---|---|---|---|---|")
        for row in rows {
            Swift.print("| \(row.name) | \(row.value) | \(row.spread) | \(row.goal) | \(row.reference) |")
        }
    }

    static func median(_ samples: [Double]) -> Double {
        let sorted = samples.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Three significant digits.
    private static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        if abs(value) >= 100 { return String(Int(value.rounded())) }
        let digits = abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
        return String(format: "%.\(digits)f", value)
    }
}
