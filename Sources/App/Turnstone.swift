import ArgumentParser

/// The program `turnstone`: each subcommand is one file.
///
/// Its version is a subcommand, for which `--version` alone stands too. As the configuration's `version` that flag
/// would answer for every subcommand whose arguments cannot be understood, and end `explain --version latest`, which
/// has an option of that name, with status 0.
@main
struct Turnstone: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "turnstone",
        abstract: "Detects changes on web pages and shows them live.",
        discussion: "Configured by environment variables: see docs/configuration.md or `turnstone config`.",
        subcommands: [
            ServeCommand.self, DemoCommand.self, ConfigCommand.self, SettingsCommand.self, APIKeyCommand.self,
            HealthcheckCommand.self,
            CheckDatabaseCommand.self, ExplainCommand.self, VersionCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)

    static func main() async {
        await main(meant(by: Array(CommandLine.arguments.dropFirst())))
    }

    /// The arguments with `--version` by itself as the subcommand that it stands for.
    static func meant(by arguments: [String]) -> [String] {
        arguments == ["--version"] ? ["version"] : arguments
    }
}

/// Prints the version and nothing else.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version, like --version.")

    func run() { print(Turnstone.version) }
}
