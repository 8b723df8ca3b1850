import Foundation
import Synchronization

/// A program in another process that is spoken to in lines of JSON.
final class OutsideProcess: Sendable {
    struct Ended: Error, CustomStringConvertible {
        let description: String
    }

    private struct Inbox {
        var lines: [String] = []
        var last = ""
        var partial = Data()
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private struct Ending {
        var status: Int32?
        var waiter: CheckedContinuation<Int32, Never>?
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let inbox = Mutex(Inbox())
    private let ending = Mutex(Ending())

    var processID: Int32 { process.processIdentifier }

    /// One start at a time: of two at once, Foundation misses the end of one now and then.
    private static let starts = Mutex(())

    /// Starts it; with `hearsErrors` what it says on standard error arrives among its lines.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String]? = nil, directory: URL? = nil,
        hearsErrors: Bool = false
    ) throws {
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        if let environment { process.environment = environment }
        if let directory { process.currentDirectoryURL = directory }
        process.standardInput = input
        process.standardOutput = output
        if hearsErrors { process.standardError = output }
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            // At its end the pipe stays readable: a handler that stays would be called without end, even when nobody is left to hear it.
            if data.isEmpty || self == nil { handle.readabilityHandler = nil }
            self?.received(data)
        }
        process.terminationHandler = { [weak self] process in
            let waiter = self?.ending.withLock { ending in
                ending.status = process.terminationStatus
                defer { ending.waiter = nil }
                return ending.waiter
            }
            waiter?.resume(returning: process.terminationStatus)
        }
        try Self.starts.withLock { _ in try process.run() }
    }

    deinit {
        output.fileHandleForReading.readabilityHandler = nil
        if process.isRunning { process.terminate() }
    }

    private func received(_ data: Data) {
        let waiter = inbox.withLock { all in
            if data.isEmpty { all.isClosed = true }
            all.partial.append(data)
            while let end = all.partial.firstIndex(of: 0x0A) {
                all.lines.append(String(decoding: all.partial[..<end], as: UTF8.self))
                all.partial = Data(all.partial[(end + 1)...])
            }
            defer { all.waiter = nil }
            return all.waiter
        }
        waiter?.resume()
    }

    private var heard: String { inbox.withLock { $0.last } }

    func send(_ command: [String: Any]) throws {
        var line = try JSONSerialization.data(withJSONObject: command)
        line.append(0x0A)
        try input.fileHandleForWriting.write(contentsOf: line)
    }

    /// The next line; throws `Ended` when the program is gone.
    func line() async throws -> String {
        while true {
            enum Next { case line(String), closed, wait }
            let next: Next = inbox.withLock { all in
                if !all.lines.isEmpty {
                    all.last = all.lines.removeFirst()
                    return .line(all.last)
                }
                return all.isClosed ? .closed : .wait
            }
            switch next {
            case .line(let line): return line
            case .closed: throw Ended(description: "the process ended; the last it said: \(heard)")
            case .wait: await waitForMore()
            }
        }
    }

    private func waitForMore() async {
        await withCheckedContinuation { continuation in
            let isReady = inbox.withLock { all in
                if !all.lines.isEmpty || all.isClosed { return true }
                all.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

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

    /// Ends it at once (SIGKILL) and returns when it is gone.
    func kill() async {
        Foundation.kill(process.processIdentifier, SIGKILL)
        _ = await status()
    }

    /// Asks it to end (SIGTERM) and returns its exit status.
    func terminate() async -> Int32 {
        process.terminate()
        return await status()
    }

    private func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = ending.withLock { ending in
                if ending.status == nil { ending.waiter = continuation }
                return ending.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }
}
