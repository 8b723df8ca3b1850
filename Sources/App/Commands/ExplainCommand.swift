import API
import ArgumentParser
import Domain
import Foundation
import Monitor
import Storage

/// Prints why a watch's newest checks told a change or not, or what settings make of an earlier version.
///
/// The exit status says how the newest of what is printed ended, so that a script can ask: 0 a change, 1 no change (a first
/// version too), 2 a check that failed, 3 nothing to explain, 64 a command line that cannot be understood.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print what each step of a watch's checks did, and why a change was told or not.",
        discussion: """
            Without --version it prints the newest checks as they were recorded. With --version it runs the steps anew on \
            the page that is kept of a version, with the watch's settings of now and what --set changes of them, and \
            stores nothing; the program may run meanwhile.

            Exit status: 0 a change is told, 1 it is not, 2 the check fails, 3 there is nothing to explain, 64 the \
            command line is not right.
            """)

    @Argument(help: "The watch's UUID.")
    var watch: String

    @Option(help: "How many checks to go back, 1 to 1000.")
    var checks = 1

    @Option(
        name: .customLong("version"),
        help: ArgumentHelp(
            """
            The version to run the steps on: its number, latest, or a moment such as 2026-11-21T07:00:00Z for the \
            version that was the newest then.
            """, valueName: "number|latest|moment"))
    var shownVersion: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            """
            A setting to try, under its name in the API, any number of times: 'trigger_text=sold out'. A list takes \
            one text each time, JSON is taken too.
            """, valueName: "name=value"))
    var settings: [String] = []

    @Flag(help: "Print JSON, as the API has it (docs/trace.md).")
    var json = false

    func validate() throws {
        guard WatchID(watch) != nil else {
            throw ValidationError("\(watch) is not a watch's UUID; it stands in the address of the watch's page.")
        }
        guard (1...1000).contains(checks) else {
            throw ValidationError("--checks takes a number from 1 to 1000, not \(checks).")
        }
        guard settings.isEmpty || shownVersion != nil else {
            throw ValidationError(
                "--set tries settings on a kept version, so say which: --version latest, for example.")
        }
    }

    func run() async throws {
        let configuration = try Start.configuration()
        let store: Store
        do {
            store = try Store.open(at: configuration.databasePath, options: Program.storeOptions(configuration))
        } catch {
            throw Start.Failure(configuration.refusal(of: "DATABASE_PATH", because: "\(error)"))
        }
        defer { try? store.close() }
        guard let id = WatchID(watch), let found = try await store.watch(id) else {
            throw Self.nothing("There is no watch \(watch) in \(configuration.databasePath).")
        }
        let result: CheckResult
        if let shownVersion {
            result = try await dryRun(of: found, shownVersion, store)
        } else {
            result = try await record(of: id, store)
        }
        throw Self.status(of: result)
    }

    private func record(of id: WatchID, _ store: Store) async throws -> CheckResult {
        let traces = try await store.traces(of: id, limit: checks)
        guard let newest = traces.first else { throw Self.nothing("This watch has not been checked yet.") }
        if json {
            Self.write(TraceDocument.json(traces))
        } else {
            print(traces.map { TraceTable($0).text }.joined(separator: "\n\n"))
        }
        return newest.result
    }

    private func dryRun(of watch: Watch, _ name: String, _ store: Store) async throws -> CheckResult {
        var tried = watch
        do {
            try WatchAssignment.apply(settings, to: &tried)
            let version = try await version(name, of: watch, store)
            guard let explanation = try await Explanation.of(tried, version: version, store) else {
                throw Self.nothing("No page is kept of version \(version): only those of the newest few are.")
            }
            if json {
                Self.write(TraceDocument.json(explanation))
            } else {
                print(DryRunReport(explanation).text)
            }
            return explanation.trace.result
        } catch let error as InputError {
            let lines = error.fields.map { "--set \($0.field): \($0.message)" }
            throw ValidationError(lines.joined(separator: "\n"))
        }
    }

    private func version(_ name: String, of watch: Watch, _ store: Store) async throws -> SnapshotVersion {
        if name == "latest" {
            guard let newest = watch.state.newestVersion else { throw Self.nothing("This watch has no version yet.") }
            return newest
        }
        let known = try await store.snapshots(of: watch.id)
        if let number = SnapshotVersion(name) {
            guard known.contains(where: { $0.version == number }) else {
                throw ValidationError("--version \(name): this watch has no such version; it has \(Self.named(known)).")
            }
            return number
        }
        guard let moment = try? Date(name, strategy: .iso8601) else {
            throw ValidationError(
                "--version \(name): a version's number, latest, or a moment such as 2026-11-21T07:00:00Z is needed.")
        }
        guard let newest = known.last(where: { $0.takenAt <= moment }) else {
            throw ValidationError("--version \(name): there was no version yet; this watch has \(Self.named(known)).")
        }
        return newest.version
    }

    /// The newest few versions by name.
    private static func named(_ known: [SnapshotSummary]) -> String {
        guard !known.isEmpty else { return "none" }
        let newest = known.suffix(5).map(\.version.description).joined(separator: ", ")
        return known.count > 5 ? "\(known.count), the newest \(newest)" : newest
    }

    private static func status(of result: CheckResult) -> ExitCode {
        switch result {
        case .changed: ExitCode(0)
        case .unchanged, .first: ExitCode(1)
        case .failed: ExitCode(2)
        }
    }

    /// Says why there is nothing to print, and ends with status 3.
    private static func nothing(_ why: String) -> ExitCode {
        FileHandle.standardError.write(Data("Error: \(why)\n".utf8))
        return ExitCode(3)
    }

    private static func write(_ json: [UInt8]) {
        FileHandle.standardOutput.write(Data(json + [UInt8(ascii: "\n")]))
    }
}
