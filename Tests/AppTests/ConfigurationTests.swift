import Configuration
import Foundation
import Testing

@testable import App

@Suite("Configuration")
struct ConfigurationTests {
    private func read(_ environment: [String: String]) throws -> App.Configuration {
        try App.Configuration(from: EnvironmentVariablesProvider(environmentVariables: environment))
    }

    @Test("an empty environment gives the documented defaults")
    func defaults() throws {
        let configuration = try read([:])
        #expect(configuration.fetchWorkers == 10)
        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.port == 5000)
        #expect(configuration.databasePath == "data/turnstone.db")
        #expect(configuration.minimumRecheck == .seconds(3))
        #expect(configuration.allowsPrivateAddresses == false)
        #expect(configuration.baseURL == nil)
    }

    @Test(
        "an alias counts, and our own name counts more",
        arguments: [
            (["PORT": "81"], 81), (["CHANGEDETECTION_PORT": "82", "PORT": "81"], 82),
            (["CHANGEDETECTION_PORT": ""], 5000),
        ])
    func aliases(environment: [String: String], port: Int) throws {
        #expect(try read(environment).port == port)
    }

    @Test(
        "a bad value stops the start with the variable, the value and what is accepted",
        arguments: [
            ("FETCH_WORKERS", "many"), ("FETCH_WORKERS", "0"), ("PORT", "70000"), ("LOGGER_LEVEL", "loud"),
            ("BASE_URL", "example.org"), ("FETCH_TIMEOUT_SECONDS", "-1"),
            ("ALLOW_IANA_RESTRICTED_ADDRESSES", "perhaps"),
            ("FETCH_USER_AGENT", "a\r\nb"), ("SOCKETIO_MODE", "carrier pigeon"),
        ])
    func badValues(name: String, value: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try read([name: value]) }
        #expect(error?.variable == name)
        #expect(error?.value == value)
        #expect(error.map { $0.description.contains($0.accepts) } == true)
    }

    @Test("a secret is never printed, neither when it is good nor when it is bad")
    func secrets() throws {
        let good = try read(["API_KEY": "correct-horse-battery"])
        #expect(good.apiKey == "correct-horse-battery")
        #expect(!ConfigCommand.table(good.lines).contains("correct-horse"))
        let error = #expect(throws: ConfigurationError.self) { try read(["API_KEY": "short"]) }
        #expect(error.map { !$0.description.contains("short") } == true)
    }

    @Test("a secret may come from a file")
    func secretFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID())")
        try "from-a-file-please\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try read(["API_KEY_FILE": file.path]).apiKey == "from-a-file-please")
        let error = #expect(throws: ConfigurationError.self) { try read(["API_KEY_FILE": "/nowhere/key"]) }
        #expect(error?.variable == "API_KEY_FILE")
    }

    @Test("docs/configuration.md says what the code does")
    func document() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/configuration.md")
        let written = try String(contentsOf: file, encoding: .utf8)
        #expect(written == ConfigurationDocument.markdown(try read([:]).lines))
    }
}
