import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A program that the tests start, talk to by lines, and end by closing its standard input.
final class RealProgram: Sendable {
    struct Ended: Error {
        let output: String
    }

    private struct State {
        var lines: [String] = []
        var partial = Data()
        var isOver = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let process: NIOLockedValueBox<Process?>
    private let input = Pipe()
    private let output = Pipe()
    private let state = NIOLockedValueBox(State())
    private let exit = Exit()

    /// Is told once that the program has ended.
    private final class Exit: Sendable {
        private let state = NIOLockedValueBox<(isOver: Bool, waiting: CheckedContinuation<Void, Never>?)>((false, nil))

        func happened() {
            let waiting = state.withLockedValue { state in
                state.isOver = true
                return state.waiting
            }
            waiting?.resume()
        }

        func wait() async {
            await withCheckedContinuation { continuation in
                let isOver = state.withLockedValue { state in
                    if !state.isOver { state.waiting = continuation }
                    return state.isOver
                }
                if isOver { continuation.resume() }
            }
        }
    }

    init(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        self.process = NIOLockedValueBox(process)
        process.terminationHandler = { [exit] _ in exit.happened() }
        output.fileHandleForReading.readabilityHandler = { [state] handle in
            let new = handle.availableData
            let waiting = state.withLockedValue { state in
                if new.isEmpty { state.isOver = true }
                state.partial += new
                while let end = state.partial.firstIndex(of: UInt8(ascii: "\n")) {
                    state.lines.append(String(decoding: state.partial[..<end], as: UTF8.self))
                    state.partial = Data(state.partial[state.partial.index(after: end)...])
                }
                defer { state.waiting = nil }
                return state.waiting
            }
            if new.isEmpty { handle.readabilityHandler = nil }
            waiting?.resume()
        }
        try process.run()
    }

    func send(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// The next line that the program prints; one waiter at a time.
    func line() async throws -> String {
        while true {
            let (line, isOver) = state.withLockedValue { state in
                (state.lines.isEmpty ? nil : state.lines.removeFirst(), state.isOver)
            }
            if let line { return line }
            if isOver { throw Ended(output: "") }
            await withCheckedContinuation { continuation in
                let isNews = state.withLockedValue { state in
                    if !state.lines.isEmpty || state.isOver { return true }
                    state.waiting = continuation
                    return false
                }
                if isNews { continuation.resume() }
            }
        }
    }

    /// Skips lines up to the one with these words.
    func line(containing words: String) async throws {
        var seen = ""
        do {
            while true {
                let line = try await line()
                if line.contains(words) { return }
                seen += line + "\n"
            }
        } catch {
            throw Ended(output: seen)
        }
    }

    /// Closes the standard input and waits for the end.
    func stop() async {
        try? input.fileHandleForWriting.close()
        await exit.wait()
        process.withLockedValue { $0 = nil }
    }
}

/// Programs of Debian's, started on ports of the tests' own.
enum RealServer {
    static func script(_ name: String) throws -> String {
        guard let file = Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Servers") else {
            throw CocoaError(.fileNoSuchFile)
        }
        return file.path
    }

    static func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnstone-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }

    /// A port that nobody has at this moment.
    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }

    static func redis(port: Int, settings: [String] = []) async throws -> RealProgram {
        let program = try RealProgram("/bin/sh", [script("redis.sh"), folder(), "\(port)"] + settings)
        try await program.line(containing: "Ready to accept connections")
        return program
    }

    /// The Redis that tests share which do not stop it.
    static let sharedRedis = Task { () -> Int in
        let port = try await freePort()
        let program = try await redis(port: port)
        running.withLockedValue { $0.append(program) }
        return port
    }

    /// Keeps shared programs until the process ends, and their standard input with it.
    private static let running = NIOLockedValueBox<[RealProgram]>([])
}
