import CSpawn
import Foundation
import Glibc
import NIOConcurrencyHelpers
import NIOCore

/// A program that the tests start, talk to by lines, and that never outlives them.
///
/// Usually it runs below `Guard/guard.py`, in a folder of its own, and ends with all that it has started when its
/// standard input does, a pipe whose other end only this process has: whatever kills the tests, the kernel closes it. A
/// signal at the parent's death would not reach what a server starts in sessions of their own; a process group would
/// not be told of the death. Foundation's `Process` is not used: of two started at once it misses the end of one now
/// and then, and its programs inherit NIO's sockets, which then never end for a test.
///
/// Programs in Python find what is in `Python/` by its name.
public final class RealProgram: Sendable {
    /// The program ended before it printed what was waited for.
    public struct Ended: Error, CustomStringConvertible {
        public let output: String

        public var description: String { "the program ended; the last it printed:\n\(output)" }
    }

    public struct NotStarted: Error, CustomStringConvertible {
        public let description: String
    }

    private struct State {
        var lines: [String] = []
        /// Lines that were taken, for failures to show.
        var past: [String] = []
        var partial: [UInt8] = []
        var status: Int32?
    }

    /// Debian's: one that is found in PATH may be a script that takes long to find the real one.
    private static let python =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") ? "/usr/bin/python3" : "python3"

    /// The most lines that a failure shows.
    private static let memory = 40

    private let state = NIOLockedValueBox(State())
    private let bell = Bell()
    private let input: NIOLockedValueBox<Int32?>
    /// The process that was started: the program itself only where it has no guard.
    public let process: Int32
    private let isGuarded: Bool
    /// How long it may take over a line: a browser has a patience of its own, which says more when it ends.
    private let patience: TimeAmount

    /// Starts a program that is named by its path or found in PATH. When its standard input has ended it has `grace`
    /// seconds to end by itself; none is for servers, which are to end as if they had crashed.
    public convenience init(_ program: String, _ arguments: [String], grace: Int) throws {
        guard let guardian = Bundle.module.url(forResource: "guard", withExtension: "py", subdirectory: "Guard") else {
            throw NotStarted(description: "guard.py is not among the resources of the tests")
        }
        try self.init(
            words: [Self.python, "-I", "-S", guardian.path, "\(grace)", program] + arguments,
            environment: ProcessInfo.processInfo.environment, hearsErrors: false, isGuarded: true)
    }

    /// Starts a program that signals are sent to, so without a guard; one that a test leaves is asked to end with this
    /// value. With `hearsErrors` what it says on standard error arrives among its lines.
    public convenience init(
        signalled program: String, _ arguments: [String], environment: [String: String]? = nil,
        hearsErrors: Bool = false
    ) throws {
        try self.init(
            words: [program] + arguments, environment: environment ?? ProcessInfo.processInfo.environment,
            hearsErrors: hearsErrors, isGuarded: false)
    }

    private init(words: [String], environment: [String: String], hearsErrors: Bool, isGuarded: Bool) throws {
        // Writing to a program that is gone is an error like any other.
        signal(SIGPIPE, SIG_IGN)
        let (process, input, output) = try Self.starts.withLock {
            try Self.start(words, environment, hearsErrors: hearsErrors)
        }
        self.process = process
        self.isGuarded = isGuarded
        patience = isGuarded ? Bell.patience : Bell.patience * 3
        self.input = NIOLockedValueBox(input)
        let (state, bell) = (state, bell)
        Thread.detachNewThread { Self.read(output, of: process, state, bell) }
    }

    deinit {
        closeInput()
        if !isGuarded { send(signal: SIGTERM) }
    }

    // MARK: lines

    public func send(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        try input.withLockedValue { input in
            var rest = bytes[...]
            while !rest.isEmpty {
                guard let input else { throw Ended(output: past) }
                let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
                guard count > 0 else { throw Ended(output: past) }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// The next line that the program prints.
    public func line(file: String = #fileID, line: Int = #line) async throws -> String {
        try await next { "a line (\(file):\(line))" }
    }

    /// Skips lines up to the one with these words.
    public func line(containing words: String) async throws {
        while try await !next({ "a line with “\(words)”" }).contains(words) {}
    }

    /// The next line that the program prints; nil when it has ended.
    public func lineOrEnd() async throws -> String? {
        do {
            return try await next { "a line or the end" }
        } catch is Ended {
            return nil
        }
    }

    private func next(_ what: @escaping @Sendable () -> String) async throws -> String {
        while true {
            let rings = bell.rings
            let (line, isOver) = state.withLockedValue { state in
                guard !state.lines.isEmpty else { return (String?.none, state.status != nil) }
                let line = state.lines.removeFirst()
                state.past = state.past.suffix(Self.memory - 1) + [line]
                return (line, state.status != nil)
            }
            if let line { return line }
            if isOver { throw Ended(output: past) }
            try await bell.wait(
                after: rings, { [weak self] in what() + " after:\n" + (self?.past ?? "") }, until: .now() + patience)
        }
    }

    private var past: String { state.withLockedValue { $0.past.joined(separator: "\n") } }

    // MARK: the end

    /// Closes the standard input and returns its exit status when the program has ended with all that it had started;
    /// of a program that a signal has ended it is that signal, below zero.
    @discardableResult
    public func end() async throws -> Int32 {
        closeInput()
        return try await ended()
    }

    /// Sends a signal to a program without a guard and returns its exit status when it has ended.
    @discardableResult
    public func end(by signal: Int32) async throws -> Int32 {
        send(signal: signal)
        return try await ended()
    }

    /// Sends a signal, unless the process is gone and its number may be another's.
    private func send(signal: Int32) {
        state.withLockedValue { state in
            if state.status == nil { kill(process, signal) }
        }
    }

    private func closeInput() {
        input.withLockedValue { input in
            if let open = input { close(open) }
            input = nil
        }
    }

    private func ended() async throws -> Int32 {
        while true {
            let rings = bell.rings
            if let status = state.withLockedValue({ $0.status }) { return status }
            try await bell.wait(after: rings) { [weak self] in "the end of a program after:\n" + (self?.past ?? "") }
        }
    }

    // MARK: the process

    /// Reads lines until the end, then waits for the process; on a thread of its own.
    private static func read(_ output: Int32, of process: pid_t, _ state: NIOLockedValueBox<State>, _ bell: Bell) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            state.withLockedValue { state in
                state.partial += buffer[..<count]
                while let end = state.partial.firstIndex(of: UInt8(ascii: "\n")) {
                    state.lines.append(String(decoding: state.partial[..<end], as: UTF8.self))
                    state.partial.removeSubrange(...end)
                }
            }
            bell.ring()
        }
        close(output)
        // Its number stays its own until it is taken leave of, which nobody else may do meanwhile.
        var info = siginfo_t()
        while waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        state.withLockedValue { state in
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            state.status = status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
        }
        bell.ring()
    }

    /// One start at a time, so that no program inherits another's ends.
    private static let starts = NIOLock()

    private static func start(
        _ words: [String], _ environment: [String: String], hearsErrors: Bool
    ) throws -> (process: pid_t, input: Int32, output: Int32) {
        let (input, output) = (try ends(), try ends())
        defer { for end in [input.reading, output.writing] { close(end) } }
        let settings = environment.merging(pythonPath) { $1 }.map { strdup("\($0)=\($1)") } + [nil]
        let arguments = words.map { strdup($0) } + [nil]
        defer { for text in arguments + settings { free(text) } }
        var process: pid_t = 0
        let failure = cspawn_start(
            &process, arguments, settings, [input.reading, output.writing, hearsErrors ? output.writing : 2])
        guard failure == 0 else {
            for end in [input.writing, output.reading] { close(end) }
            throw NotStarted(description: "\(words[0]): \(String(cString: strerror(failure)))")
        }
        return (process, input.writing, output.reading)
    }

    private static let pythonPath: [String: String] =
        Bundle.module.url(forResource: "Python", withExtension: nil).map { ["PYTHONPATH": $0.path] } ?? [:]

    /// A pipe of which no other program that is started inherits an end.
    private static func ends() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw NotStarted(description: "no pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
