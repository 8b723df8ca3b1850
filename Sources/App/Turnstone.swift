import ArgumentParser

/// The program `turnstone`: each subcommand is one file.
@main
struct Turnstone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "turnstone",
        abstract: "Watches web pages and tells people, live, the moment they change.",
        subcommands: [ConfigCommand.self])
}
