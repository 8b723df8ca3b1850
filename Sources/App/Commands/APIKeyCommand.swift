import ArgumentParser
import Storage

/// Prints the key that programs send as x-api-key, or makes a new one.
struct APIKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "api-key", abstract: "Print the API key.")

    @Flag(help: "Create a new key first; the old one stops working at the next start.")
    var new = false

    func run() async throws {
        let configuration = try Start.configuration()
        if configuration.apiKey != nil {
            throw Start.Failure("The key is set by API_KEY in the environment; it is not stored anywhere else.")
        }
        do {
            let store = try Store.open(at: configuration.databasePath, options: Program.storeOptions(configuration))
            if new { try await store.setAPIKey(Program.newAPIKey()) }
            print(try await Program.apiKey(configuration, store))
            try store.close()
        } catch let error as StoreError {
            throw Start.Failure("The database \(configuration.databasePath) can't be used: \(error)")
        }
    }
}
