import Foundation
import Glibc
import SocketTestKit

/// A program in another process that is spoken to in lines of JSON.
final class OutsideProcess: Sendable {
    private let program: RealProgram

    var processID: Int32 { program.process }

    /// Starts it; with `hearsErrors` what it says on standard error arrives among its lines.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String]? = nil, hearsErrors: Bool = false
    ) throws {
        program = try RealProgram(
            signalled: executable, arguments, environment: environment, hearsErrors: hearsErrors)
    }

    func send(_ command: [String: Any]) throws {
        try program.send(String(decoding: try JSONSerialization.data(withJSONObject: command), as: UTF8.self))
    }

    /// The next line; throws when the program is gone.
    func line() async throws -> String { try await program.line() }

    /// The next line; nil when the program has ended.
    func lineOrEnd() async throws -> String? { try await program.lineOrEnd() }

    /// Reads on until a line, as JSON, satisfies `condition`.
    func next(where condition: ([String: Any]) -> Bool) async throws -> [String: Any] {
        while true {
            let line = try await line()
            guard let message = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                continue
            }
            if condition(message) { return message }
        }
    }

    /// Returns its exit status when it has ended by itself.
    func status() async throws -> Int32 { try await program.end() }

    /// Ends it at once (SIGKILL) and returns when it is gone.
    func kill() async throws { try await program.end(by: SIGKILL) }

    /// Asks it to end (SIGTERM) and returns its exit status.
    func terminate() async throws -> Int32 { try await program.end(by: SIGTERM) }
}
