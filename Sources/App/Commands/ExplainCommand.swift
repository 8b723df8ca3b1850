import ArgumentParser
import Domain
import Foundation
import Monitor
import Storage

/// Prints why a watch's newest checks told a change or not, or what its settings of today make of an earlier version.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print what each step did in a watch's newest checks, or does with a kept version.")

    @Argument(help: "The watch's UUID.")
    var watch: String

    @Option(help: "How many checks to go back.")
    var checks = 5

    @Option(
        name: .customLong("version"),
        help: "Run the steps anew, with the settings of now, on the page kept of this version: its number, or latest.")
    var shownVersion: String?

    func run() async throws {
        guard let id = WatchID(watch) else { throw Start.Failure("\(watch) is not a watch's UUID.") }
        let configuration = try Start.configuration()
        do {
            let store = try Store.open(at: configuration.databasePath, options: Program.storeOptions(configuration))
            defer { try? store.close() }
            guard let found = try await store.watch(id) else { throw Start.Failure("There is no watch \(watch).") }
            if let shownVersion {
                print(try await Self.explanation(of: found, shownVersion, store))
                return
            }
            let traces = try await store.traces(of: id, limit: max(1, checks))
            if traces.isEmpty { print("No check of this watch has looked at a page that differs.") }
            for trace in traces {
                print(([trace.startedAt.formatted(.iso8601)] + trace.steps.map(Self.line)).joined(separator: "\n"))
            }
        } catch let error as StoreError {
            throw Start.Failure("The database \(configuration.databasePath) can't be used: \(error)")
        }
    }

    /// Nothing is stored, so that the program may run meanwhile.
    private static func explanation(of watch: Watch, _ name: String, _ store: Store) async throws -> String {
        guard let version = name == "latest" ? watch.state.newestVersion : SnapshotVersion(name) else {
            throw Start.Failure("\(name) is not a version: it is a number of the watch's history, or latest.")
        }
        guard let explanation = try await Explanation.of(watch, version: version, store) else {
            throw Start.Failure("No page is kept of version \(version): only those of the newest few are.")
        }
        var lines = ["version \(version): \(explanation.result)"] + explanation.steps.map(line)
        if let failure = explanation.failure { lines.append("  \(failure.message)") }
        if let text = explanation.text { lines += ["", String(decoding: text, as: UTF8.self)] }
        return lines.joined(separator: "\n")
    }

    private static func line(_ step: TraceStep) -> String {
        var line = "  \(step.name)"
        if step.linesBefore > 0 || step.linesAfter > 0 {
            line += ": \(step.linesBefore) -> \(step.linesAfter) lines"
        }
        if let note = step.note { line += ": \(note)" }
        return line + " (\(step.microseconds) µs)"
    }
}
