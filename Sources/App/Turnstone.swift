import ArgumentParser

/// The program `turnstone`: each subcommand is one file.
@main
struct Turnstone: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "turnstone",
        abstract: "Watches web pages and tells people, live, the moment they change.",
        discussion: "Everything is set by environment variables: see docs/configuration.md, or `turnstone config`.",
        version: version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, ConfigCommand.self, APIKeyCommand.self, HealthcheckCommand.self,
            ExplainCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
