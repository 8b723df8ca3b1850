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

    /// What it says next, in one way of writing JSON; that it has done what it was told, and greetings, are passed over.
    func heard() async throws -> String {
        while true {
            let line = try await line()
            if !line.hasPrefix(#"["done""#), !line.contains(#""greeting""#) { return line }
        }
    }

    /// Connects a client to it; the client's identifier.
    func connect() async throws -> String {
        try tell("connect", "")
        let parts = try await heard().split(separator: "\"")
        return String(parts[3])
    }

    /// Returns when its client hears what `greet` sends, which is called again until then: Python does not say when it
    /// has begun to listen.
    func listens(_ greet: @escaping @Sendable () throws -> Void) async throws {
        try await within("a greeting that Python's client hears") { [self] in
            var isHeard = false
            while !isHeard {
                try greet()
                try tell("nothing", "")
                while true {
                    let line = try await line()
                    if line.contains(#""greeting""#) { isHeard = true }
                    if line.hasPrefix(#"["done""#) { break }
                }
            }
        }
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
