import Foundation
import SocketTestKit

/// A process of python-socketio with clients of its own, for tests of what it shares with servers of ours.
final class PythonServer: Sendable {
    /// A Python that can import python-socketio 5, and redis and kombu; the project's test command sets the variable.
    static let python = ProcessInfo.processInfo.environment["TURNSTONE_PYTHON"]

    private let program: RealProgram

    init(_ kind: String, url: String, channel: String) throws {
        program = try RealProgram(
            Self.python ?? "python3", [RealServer.script("python_server.py"), kind, url, channel], grace: 10)
    }

    /// Has it do something.
    func tell(_ what: String, _ arguments: String) throws {
        try program.send("[\"\(what)\",[\(arguments)]]")
    }

    /// What it says next, in one way of writing JSON; that it has done what it was told is passed over.
    func heard() async throws -> String {
        while true {
            let line = try await line()
            if !line.hasPrefix(#"["done""#) { return line }
        }
    }

    /// Connects a client to it, and returns the client's identifier when both listen.
    func connect() async throws -> String {
        try tell("connect", "")
        let parts = try await heard().split(separator: "\"")
        return String(parts[3])
    }

    private func line() async throws -> String {
        let value = try JSONSerialization.jsonObject(with: Data(try await program.line().utf8))
        return String(
            decoding: try JSONSerialization.data(
                withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes]),
            as: UTF8.self)
    }

    func stop() async throws {
        try await program.end()
    }
}
