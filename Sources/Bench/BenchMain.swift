import Foundation

/// Measures what the product promises and prints it as a table, each figure beside a reference measured in the same
/// run.
///
/// Without arguments everything; else the groups that are named. `--only TEXT` leaves out the scenes of `checks` whose
/// name is without it, for a profiler to look at one, and of `news` all crowds but that of this size. `soak MINUTES`
/// runs the program in a world of every temper instead and prints what it holds.
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
        // The bench starts itself again as the server that others are held against.
        if CommandLine.arguments.dropFirst().first == "sockets-ceiling" {
            return try await SocketCeiling.run(port: CommandLine.arguments.last.flatMap { Int($0) } ?? 3000)
        }
        if words.first == "soak" { return try await Soak.run(minutes: words.last.flatMap { Int($0) } ?? 30) }
        var table = FigureTable()
        print("turnstone-bench: \(Machine.summary)\n")
        if wants("checks") { try await CheckBench.run(only: only, into: &table) }
        if wants("detection") { try await DetectionBench.run(only: only, into: &table) }
        if wants("throughput") { try await ThroughputBench.run(into: &table) }
        if wants("history") { try await HistoryBench.run(into: &table) }
        if wants("scale") { try await ScaleBench.run(into: &table) }
        if wants("worlds") { try await WorldBench.run(into: &table) }
        if wants("news") { try await NewsBench.run(only: only, into: &table) }
        if wants("sockets") { try await SocketBench.run(into: &table) }
        table.print()
    }
}
