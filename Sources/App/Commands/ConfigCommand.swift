import ArgumentParser

/// Prints the effective configuration, secrets redacted, or its documentation.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the effective configuration, without secrets.")

    @Flag(help: "Print docs/configuration.md instead.")
    var markdown = false

    func run() throws {
        let configuration = try Configuration()
        if markdown {
            print(ConfigurationDocument.markdown(configuration.lines), terminator: "")
        } else {
            print(Self.table(configuration.lines))
        }
    }

    static func table(_ lines: [EnvironmentReader.Line]) -> String {
        let width = lines.map { $0.variable.name.count }.max() ?? 0
        return lines.map { line in
            let name = line.variable.name.padding(to: width)
            return "\(name) = \(line.value)" + (line.origin == "default" ? "" : "    (from \(line.origin))")
        }.joined(separator: "\n")
    }
}

extension String {
    /// The text followed by spaces up to `width` characters.
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
