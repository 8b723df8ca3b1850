import ArgumentParser
import Domain

/// Prints every setting that people and programs may change, with what it takes; or its documentation.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List every setting of watches, tags and all watches, with what it takes.")

    @Flag(help: "Print docs/settings.md instead.")
    var markdown = false

    func run() {
        if markdown { return print(SettingsDocument.markdown, terminator: "") }
        let lines =
            SettingsTable.watch.map { Self.line($0, "watch") } + SettingsTable.tag.map { Self.line($0, "tag") }
            + SettingsTable.all.map { Self.line($0, "all watches") }
        print(lines.joined(separator: "\n"))
    }

    static func line<Root>(_ row: Setting<Root>, _ level: String) -> String {
        "\(level): \(row.about.path) = \(row.about.shape.takes) (\(row.about.label))"
    }
}
