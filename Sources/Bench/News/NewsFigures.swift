import Foundation

/// What was seen of the program under a flood of news, look by look.
struct NewsFigures {
    /// What counts for a question that was not answered, or not by 200.
    static let never = 30_000.0

    let crowd: Int
    /// Milliseconds until each answer, by path.
    var health: [String: [Double]] = [:]
    /// Seconds of processor time per second.
    var cpu: [Double] = []
    var checks: [Double] = []
    /// Events per second and client.
    var told: [Double] = []
    var one: [NewsWitness.Heard] = []
    var all: [NewsWitness.Heard] = []
    var left: [Double] = []
    var memory = Double.nan

    init(crowd: Int) {
        self.crowd = crowd
    }

    func add(to table: inout FigureTable, seconds: Double) {
        let place = "\(crowd) subscribers to everything"
        for (path, times) in health.sorted(by: { $0.key < $1.key }) {
            let sorted = times.sorted()
            table.add("\(path), p50 of \(sorted.count), \(place)", [quantile(sorted, 0.5)], "ms")
            table.add("\(path), p95, \(place)", [quantile(sorted, 0.95)], "ms")
            table.add("\(path), p99, \(place)", [quantile(sorted, 0.99)], "ms", goal: "50 ms")
            table.add("\(path), longest, \(place)", [sorted.last ?? .nan], "ms")
        }
        table.add("peak memory, \(place)", [memory], "MB", goal: "600 MB")
        table.add("processor, \(place)", cpu.map { $0 * 100 }, "% of a core")
        table.add("checks, \(place)", checks, "/s")
        if crowd > 0 { table.add("events to each of \(place)", told, "/s") }
        table.add("connections left, \(place)", left, "")
        add(one, "who shows one watch", place, seconds, &table)
        add(all, "who wants everything", place, seconds, &table)
    }

    private func add(
        _ heard: [NewsWitness.Heard], _ who: String, _ place: String, _ seconds: Double, _ table: inout FigureTable
    ) {
        table.add("updates to one \(who), \(place)", heard.map { Double($0.updates) / seconds }, "/s")
        let ages = heard.flatMap(\.ages).map { $0 * 1000 }.sorted()
        table.add("age of an update at one \(who), p50, \(place)", [quantile(ages, 0.5)], "ms")
        table.add("age of an update at one \(who), p99, \(place)", [quantile(ages, 0.99)], "ms")
    }

    private func quantile(_ sorted: [Double], _ share: Double) -> Double {
        sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
