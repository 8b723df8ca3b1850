import Foundation

/// What the program held, and whom it kept waiting, in one minute of a soak.
struct SoakMinute {
    /// Resident memory, and the database with its log, in megabytes.
    var memory = 0.0, database = 0.0
    var descriptors = 0
    var checks = 0
    /// How late checks of healthy watches were, in seconds.
    var median = 0.0, p95 = 0.0, latest = 0.0
    /// How many checks of healthy watches were missed.
    var missed = 0
    /// Of one core, in percent.
    var processor = 0.0
    /// How many looks at `/readyz` were not answered by 200.
    var notReady = 0
}

/// The minutes of a soak as lines of one table, and what they come to.
struct SoakTable {
    private static let columns: [(title: String, digits: Int, value: @Sendable (SoakMinute) -> Double)] = [
        ("memory MB", 0, { $0.memory }), ("descriptors", 0, { Double($0.descriptors) }),
        ("database MB", 1, { $0.database }), ("checks", 0, { Double($0.checks) }), ("late p50 s", 2, { $0.median }),
        ("late p95 s", 2, { $0.p95 }), ("latest s", 2, { $0.latest }), ("missed", 0, { Double($0.missed) }),
        ("CPU %", 0, { $0.processor }), ("not ready", 0, { Double($0.notReady) }),
    ]

    private var minutes: [SoakMinute] = []

    static var head: String { line("minute", columns.map(\.title)) }

    /// Takes the next minute in and returns its line.
    mutating func add(_ minute: SoakMinute) -> String {
        minutes.append(minute)
        return Self.line(String(minutes.count)) { $0(minute) }
    }

    /// The first, the last and the most of each column, as lines of the table.
    var summary: [String] {
        guard let first = minutes.first, let last = minutes.last else { return [] }
        return [
            Self.line("first") { $0(first) },
            Self.line("last") { $0(last) },
            Self.line("most") { value in minutes.map(value).max() ?? .nan },
        ]
    }

    var missed: Int { minutes.reduce(0) { $0 + $1.missed } }
    var notReady: Int { minutes.reduce(0) { $0 + $1.notReady } }
    /// At least one minute was seen, nothing was missed, and the program was ready all the time.
    var isGood: Bool { !minutes.isEmpty && missed == 0 && notReady == 0 }

    /// One sentence on all minutes.
    var verdict: String {
        let checks = minutes.reduce(0) { $0 + $1.checks }
        return """
            \(isGood ? "good" : "NOT GOOD"): \(minutes.count) minutes, \(checks) checks of healthy watches, \
            \(missed) missed; not ready at \(notReady) looks
            """
    }

    private static func line(_ name: String, _ figure: ((SoakMinute) -> Double) -> Double) -> String {
        line(name, columns.map { String(format: "%.\($0.digits)f", figure($0.value)) })
    }

    private static func line(_ name: String, _ cells: [String]) -> String {
        let widths = columns.map { max(7, $0.title.count) }
        return ([(name, 6)] + Array(zip(cells, widths))).map { cell, width in
            String(repeating: " ", count: max(0, width - cell.count)) + cell
        }.joined(separator: "  ")
    }
}
