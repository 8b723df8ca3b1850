import Foundation
import SocketTestKit

/// The page's part, played by python-socketio.
struct Viewer: Sendable {
    /// A Python that can import python-socketio 5; the project's test command sets the variable.
    static let python = ProcessInfo.processInfo.environment["TURNSTONE_PYTHON"]

    private let program: RealProgram

    init(_ port: Int, _ auth: String) throws {
        guard let script = Bundle.module.url(forResource: "viewer", withExtension: "py", subdirectory: "Clients") else {
            throw CocoaError(.fileNoSuchFile)
        }
        program = try RealProgram(Self.python ?? "python3", [script.path, "\(port)", auth], grace: 10)
    }

    /// The next event of this name, all others passed over, in one way of writing JSON.
    func next(_ event: String) async throws -> String {
        while true {
            let line = try await line()
            if line.hasPrefix("[\"\(event)\"") { return line }
        }
    }

    /// All that it has still printed; called after `stop`.
    func rest() async throws -> [String] {
        var lines: [String] = []
        do {
            while true { lines.append(try await line()) }
        } catch is RealProgram.Ended {
            return lines
        }
    }

    /// Has it send an event: a list of its name and arguments.
    func tell(_ json: String) throws {
        try program.send(json)
    }

    func stop() async throws {
        try await program.end()
    }

    private func line() async throws -> String {
        let value = try JSONSerialization.jsonObject(with: Data(try await program.line().utf8))
        return String(
            decoding: try JSONSerialization.data(
                withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
    }
}
