import ArgumentParser
import Logging

/// Runs the whole program in this process.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run Turnstone: checks, pages and API on one port.")

    func run() async throws {
        let configuration = try Start.configuration()
        let logger = Start.logger(configuration)
        let program = try await Start.program(configuration, logger) { port in
            logger.notice("Turnstone is ready", metadata: ["address": "\(Start.address(configuration, port: port))"])
        }
        try await Start.run(program, configuration)
        logger.notice("Turnstone has stopped; all results are stored")
    }
}
