import Foundation
import NIOCore

/// A server under measurement: a process of its own, so that its processor time and memory are its own too.
final class SocketSubject {
    let name: String
    let port: Int
    /// Whether it knows long polling.
    let polls: Bool
    private let process = Process()

    /// Starts a server and returns when it takes connections; nil when its program is not there.
    init?(_ name: String, port: Int, polls: Bool = true, _ program: String, _ arguments: [String]) async throws {
        self.name = name
        self.polls = polls
        self.port = port
        guard FileManager.default.isExecutableFile(atPath: program) else { return nil }
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        for _ in 0..<200 {
            if let channel = try? await LoadClient.connect(port, .init()) {
                try await channel.close()
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }

    /// Ends the process at once: a server that says goodbye to thousands of clients first may take minutes.
    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var cpuSeconds: Double { Machine.cpuSeconds(of: process.processIdentifier) }

    var residentMegabytes: Double { Machine.residentMegabytes(of: process.processIdentifier) }
}
