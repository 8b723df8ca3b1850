import ArgumentParser
import Testing

@testable import App

@Suite("The command line")
struct CommandLineTests {
    private static let watch = "5f3c1c0e-93a6-4e02-9d0e-7f1f6c0a9b11"

    @Test(
        "explain says what it misses, although its --version has the name of the program's",
        arguments: [
            (["--version", "latest"], "<watch>"), (["--version"], "--version"),
            ([watch, "--version"], "--version"),
            ([watch, "--checks", "many", "--version", "latest"], "many"),
        ])
    func explain(arguments: [String], words: String) {
        do {
            _ = try Turnstone.parseAsRoot(["explain"] + arguments)
            Issue.record("\(arguments) are no command line")
        } catch {
            #expect(Turnstone.exitCode(for: error) == .validationFailure)
            #expect(Turnstone.message(for: error).contains(words))
        }
    }

    @Test("--version alone is the subcommand of that name; nothing at all serves")
    func version() throws {
        func command(_ arguments: String...) throws -> any ParsableCommand {
            try Turnstone.parseAsRoot(Turnstone.meant(by: arguments))
        }
        #expect(try command("--version") is VersionCommand)
        #expect(try command("version") is VersionCommand)
        #expect(try command() is ServeCommand)
        #expect(try command("explain", Self.watch, "--version", "latest") is ExplainCommand)
        #expect(throws: (any Error).self) { try command("serve", "--version") }
    }
}
