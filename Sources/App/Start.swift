import ArgumentParser
import Foundation
import Logging
import Storage

/// What every command that runs the program does first, with errors that a person at a terminal can act on.
enum Start {
    /// Reads the environment; a bad variable ends the program with what it is, what it was and what it takes.
    static func configuration(_ read: () throws -> Configuration = { try Configuration() }) throws -> Configuration {
        do {
            return try read()
        } catch let error as ConfigurationError {
            throw Failure(error.description)
        }
    }

    static func logger(_ configuration: Configuration) -> Logger {
        var logger = Logger(label: "turnstone") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: configuration.loggerLevel) ?? .info
        return logger
    }

    static func program(
        _ configuration: Configuration, _ logger: Logger, onReady: @escaping @Sendable (Int) async -> Void
    ) async throws -> Program {
        do {
            return try await Program(configuration, logger: logger, onReady: onReady)
        } catch let error as StoreError {
            throw Failure("The database \(configuration.databasePath) can't be used: \(error)")
        }
    }

    /// Where a person on this machine finds it.
    static func address(_ configuration: Configuration, port: Int) -> String {
        let host = ["0.0.0.0", "::", ""].contains(configuration.host) ? "localhost" : configuration.host
        return "http://\(host):\(port)\(configuration.baseURL?.path ?? "")"
    }

    /// Ends the program with one sentence and status 1.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}
