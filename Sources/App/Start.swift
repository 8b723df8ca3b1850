import ArgumentParser
import Domain
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Storage
import WebCore

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
        OpenFiles.raiseLimit()
        do {
            return try await Program(configuration, logger: logger, onReady: onReady)
        } catch let error as StoreError {
            throw Failure(configuration.refusal(of: "DATABASE_PATH", because: "\(error)"))
        } catch let error as Templates.Failure {
            throw Failure(configuration.refusal(of: "TEMPLATES_PATH", because: error.description))
        } catch let error as TemplatesPlace.NotFound {
            throw Failure(error.description)
        } catch let error as CheckFailure {
            throw Failure("Turnstone cannot start: \(error.message)")
        }
    }

    /// Runs `program` until it is told to stop; an address it cannot listen on ends it with the variable to change.
    static func run(_ program: Program, _ configuration: Configuration, with more: [any Service] = []) async throws {
        do {
            try await program.run(more)
        } catch let error as IOError {
            guard let why = listeningProblems[error.errnoCode] else { throw Failure("Turnstone stopped: \(error)") }
            let name = error.errnoCode == EADDRNOTAVAIL ? "CHANGEDETECTION_HOST" : "CHANGEDETECTION_PORT"
            throw Failure(configuration.refusal(of: name, because: why))
        } catch is SocketAddressError.UnknownHost {
            throw Failure(configuration.refusal(of: "CHANGEDETECTION_HOST", because: "there is no such host"))
        }
    }

    private static let listeningProblems: [CInt: String] = [
        EADDRINUSE: "another program is using it",
        EACCES: "listening on it requires more privileges",
        EADDRNOTAVAIL: "it is not an address of this machine",
    ]

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
