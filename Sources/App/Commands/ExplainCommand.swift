import ArgumentParser
import Domain
import Foundation
import Storage

/// Prints why a watch's newest checks told a change or not.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Print what each step did in a watch's newest checks.")

    @Argument(help: "The watch's UUID.")
    var watch: String

    @Option(help: "How many checks to go back.")
    var checks = 5

    func run() async throws {
        guard let id = WatchID(watch) else { throw Start.Failure("\(watch) is not a watch's UUID.") }
        let configuration = try Start.configuration()
        do {
            let store = try Store.open(at: configuration.databasePath, options: Program.storeOptions(configuration))
            defer { try? store.close() }
            guard try await store.watch(id) != nil else { throw Start.Failure("There is no watch \(watch).") }
            let traces = try await store.traces(of: id, limit: max(1, checks))
            if traces.isEmpty { print("No check of this watch has looked at a page that differs.") }
            for trace in traces { print(Self.text(trace.startedAt, trace.steps)) }
        } catch let error as StoreError {
            throw Start.Failure("The database \(configuration.databasePath) can't be used: \(error)")
        }
    }

    static func text(_ moment: Date, _ steps: [TraceStep]) -> String {
        var lines = [moment.formatted(.iso8601)]
        for step in steps {
            var line = "  \(step.name)"
            if step.linesBefore > 0 || step.linesAfter > 0 {
                line += ": \(step.linesBefore) -> \(step.linesAfter) lines"
            }
            if let note = step.note { line += ": \(note)" }
            lines.append(line + " (\(step.microseconds) µs)")
        }
        return lines.joined(separator: "\n")
    }
}
