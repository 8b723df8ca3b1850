import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import App

/// `turnstone serve` as a process of its own, so that it can be killed.
struct ServeProcess: Sendable {
    let process: OutsideProcess
    let port: Int

    /// Where SwiftPM has put the program: beside the test bundle.
    static var executable: String {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "turnstone").path
    }

    /// Runs the program where it ends by itself; returns its exit status and all that it says.
    static func ended(
        _ arguments: [String] = ["serve"], database: URL, _ environment: [String: String]
    ) async throws -> (status: Int32, text: String) {
        let all = Stage.environment(database: database).merging(environment) { $1 }
        let process = try OutsideProcess(executable, arguments, environment: all, hearsErrors: true)
        var lines: [String] = []
        while let line = try await process.lineOrEnd() { lines.append(line) }
        return (try await process.status(), lines.joined(separator: "\n"))
    }

    static func start(
        database: URL, _ environment: [String: String] = [:], _ arguments: [String] = ["serve"]
    ) async throws -> ServeProcess {
        try await started(executable, arguments, database, environment)
    }

    /// Starts it by a line of shell, in which `$0` is the program.
    static func start(
        database: URL, through line: String, _ environment: [String: String] = [:]
    ) async throws -> ServeProcess {
        try await started("/bin/sh", ["-c", line, executable], database, environment)
    }

    private static func started(
        _ command: String, _ arguments: [String], _ database: URL, _ environment: [String: String]
    ) async throws -> ServeProcess {
        let all = Stage.environment(database: database).merging(["LOGGER_LEVEL": "notice"]) { $1 }.merging(environment)
        { $1 }
        let process = try OutsideProcess(command, arguments, environment: all, hearsErrors: true)
        while true {
            let line = try await process.line()
            guard let range = line.range(of: "address=http://127.0.0.1:") else { continue }
            let port = try #require(Int(line[range.upperBound...].prefix { $0.isNumber }))
            return ServeProcess(process: process, port: port)
        }
    }
}

/// Only the site whose pages change, without the program.
enum SiteStage {
    static func run(_ body: (FixtureSite, Int) async throws -> Void) async throws {
        let logger = Logger(label: "site") { _ in SwiftLogNoOpLogHandler() }
        let site = FixtureSite()
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [site.application(logger: logger) { announce.yield($0) }], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            do {
                try await body(site, port)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
