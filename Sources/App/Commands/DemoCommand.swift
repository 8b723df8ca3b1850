import ArgumentParser
import Logging

/// Runs the program beside a small site of ours whose pages change by themselves, on a database of its own.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Run with a small demo site whose pages keep changing.")

    @Option(help: "Port of the demo site; 0 picks a free one.")
    var sitePort = 0

    func run() async throws {
        let configuration = try Start.configuration(Configuration.demonstration)
        try await DemoDatabase.makeAnew(configuration)
        let logger = Start.logger(configuration)
        let program = try await Start.program(configuration, logger) { port in
            logger.notice(
                "the demonstration is ready", metadata: ["address": "\(Start.address(configuration, port: port))"])
        }
        let site = FixtureSite()
        let demo = DemoSite(site: site)
        let pages = site.application(port: sitePort, logger: logger) { port in
            do {
                try await DemoSite.addWatches(program.actions, port: port)
            } catch {
                logger.error("the demo watches could not be added", metadata: ["error": "\(error)"])
            }
        }
        try await Start.run(program, configuration, with: [pages, demo])
    }
}
