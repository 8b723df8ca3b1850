import Foundation

/// Measures what the product promises and prints it as a table, each figure beside a reference measured in the same run.
///
@main
enum BenchMain {
    static func main() async throws {
        let words = Set(CommandLine.arguments.dropFirst())
        func wants(_ name: String) -> Bool { words.isEmpty || words.contains(name) }
        var table = FigureTable()
        print("turnstone-bench: \(Machine.summary)\n")
        if wants("checks") { try await CheckBench.run(into: &table) }
        if wants("throughput") { try await ThroughputBench.run(into: &table) }
        if wants("scale") { try await ScaleBench.run(into: &table) }
        table.print()
    }
}
