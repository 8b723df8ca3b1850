import API
import ArgumentParser
import Domain
import Foundation
import Monitor
import Storage

/// Prints why a watch's newest checks told a change or not, or what settings make of an earlier version.
///
/// The exit status says how the newest of what is printed ended, so that a script can ask: 0 a change, 1 no change (a
/// first version too), 2 a check that failed, 3 nothing to explain, 64 a command line that cannot be understood.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print what each step of a watch's checks did, and why a change was detected or not.",
        discussion: """
            Without --version, prints the latest checks as they were recorded. With --version, does a dry run: it runs the \
            steps on the stored page of a version, with the watch's current settings and those given with --set, and \
            saves nothing. The server may be running.

            Exit status: 0 change detected, 1 no change, 2 the check failed, 3 nothing to explain, 64 invalid command \
            line.
            """)

    @Argument(help: "The watch's UUID.")
    var watch: String

    @Option(help: "How many of the latest checks to print, 1 to 1000.")
    var checks = 1

    @Option(
        name: .customLong("version"),
        help: ArgumentHelp(
            """
            The version for a dry run: its number, latest, or a time such as 2026-11-21T07:00:00Z for the version that \
            was the newest then.
            """, valueName: "number|latest|time"))
    var shownVersion: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            """
            A setting for the dry run, by its API name: 'trigger_text=sold out'. Repeat it for more settings or for \
            more entries of a list; JSON works too.
            """, valueName: "name=value"))
    var settings: [String] = []

    @Flag(help: "Print JSON, as in the API (docs/trace.md).")
    var json = false

    func validate() throws {
        guard WatchID(watch) != nil else {
            throw ValidationError("\(watch) is not the UUID of a watch; it is part of the URL of the watch's page.")
        }
        guard (1...1000).contains(checks) else {
            throw ValidationError("--checks takes a number from 1 to 1000, not \(checks).")
        }
        guard settings.isEmpty || shownVersion != nil else {
            throw ValidationError(
                "--set needs a version to run on, for example --version latest.")
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
            if tried.settings.request.proxy != watch.settings.request.proxy {
                let unknown = SettingsTable.unknownProxy(tried.settings, among: try await store.settings().proxies)
                guard unknown.isEmpty else { throw InputError(unknown) }
            }
            let version = try await version(name, of: watch, store)
            guard
                let explanation = try await Explanation.of(
                    tried, version: version, store, limits: Program.detectionLimits(try Start.configuration()))
            else {
                throw Self.nothing("The page of version \(version) is no longer stored: only the newest keep it.")
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
                throw ValidationError(
                    "--version \(name): this watch has no such version. Its versions: \(Self.named(known)).")
            }
            return number
        }
        guard let moment = try? Date(name, strategy: .iso8601) else {
            throw ValidationError(
                "--version \(name): must be the number of a version, latest, or a time such as 2026-11-21T07:00:00Z.")
        }
        guard let newest = known.last(where: { $0.takenAt <= moment }) else {
            throw ValidationError("--version \(name): there was no version yet. Its versions: \(Self.named(known)).")
        }
        return newest.version
    }

    /// The newest few versions by name.
    private static func named(_ known: [SnapshotSummary]) -> String {
        guard !known.isEmpty else { return "none" }
        let newest = known.suffix(5).map(\.version.description).joined(separator: ", ")
        return known.count > 5 ? "\(known.count), the latest are \(newest)" : newest
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
