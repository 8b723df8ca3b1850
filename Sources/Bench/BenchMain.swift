import Foundation

/// Measures what the product promises and prints it as a table, each figure beside a reference measured in the same run.
///
/// Without arguments everything; else the groups that are named. `--only TEXT` leaves out the scenes of `checks` whose name is without it, for
/// a profiler to look at one.
@main
enum BenchMain {
    static func main() async throws {
        var words = Array(CommandLine.arguments.dropFirst())
        var only = ""
        if let flag = words.firstIndex(of: "--only"), flag + 1 < words.count {
            only = words[flag + 1]
            words.removeSubrange(flag...(flag + 1))
        }
        func wants(_ name: String) -> Bool { words.isEmpty || words.contains(name) }
        var table = FigureTable()
        print("turnstone-bench: \(Machine.summary)\n")
        if wants("checks") { try await CheckBench.run(only: only, into: &table) }
        if wants("detection") { try DetectionBench.run(into: &table) }
        if wants("throughput") { try await ThroughputBench.run(into: &table) }
        if wants("scale") { try await ScaleBench.run(into: &table) }
        table.print()
    }
}
