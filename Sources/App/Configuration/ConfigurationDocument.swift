/// Writes `docs/configuration.md` from what the program really reads.
enum ConfigurationDocument {
    static func markdown(_ lines: [EnvironmentReader.Line]) -> String {
        var text = """
            # Configuration

            Every variable that Turnstone reads from its environment, once, at the start. This page is written by
            `turnstone config --markdown` and a test holds it to the code. An empty variable counts as not set; a value
            that is not acceptable stops the start and says why. A secret `NAME` may also come from the file that
            `NAME_FILE` names.

            | variable | default | takes | what it does |
            |---|---|---|---|

            """
        for line in lines {
            let variable = line.variable
            let names = ([variable.name] + variable.aliases).map { "`\($0)`" }.joined(separator: " or ")
            let standard = variable.standard.isEmpty ? "not set" : "`\(variable.standard)`"
            let secret = variable.isSecret ? " (secret)" : ""
            text += "| \(names)\(secret) | \(standard) | \(variable.accepts) | \(variable.summary) |\n"
        }
        return text
    }
}
