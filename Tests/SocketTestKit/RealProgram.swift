import Foundation
import NIOConcurrencyHelpers

/// A program that the tests start, talk to by lines, and end by closing its standard input.
public final class RealProgram: Sendable {
    /// The program ended before it printed what was waited for; what it printed instead.
    public struct Ended: Error {
        public let output: String
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

    public init(_ program: String, _ arguments: [String]) throws {
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

    public func send(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// The next line that the program prints; one waiter at a time.
    public func line() async throws -> String {
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
    public func line(containing words: String) async throws {
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
    public func stop() async {
        try? input.fileHandleForWriting.close()
        await exit.wait()
        process.withLockedValue { $0 = nil }
    }
}
