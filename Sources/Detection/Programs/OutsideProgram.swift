import CSpawn
import Dispatch
import Domain
import Glibc

/// Runs a program of the system on bytes, where its crash, its endless loop or its hunger costs one check and nothing
/// else.
///
/// The program gets no environment, no files and a bound on processor time, memory and output from `prlimit(1)`; beyond
/// its time it is killed with everything it started. Its streams are sockets, so that its death while we write is an
/// error and no signal. Blocks the calling thread: never called on a thread that others' tasks wait for.
struct OutsideProgram: Sendable {
    struct Output {
        let status: Int32
        let bytes: [UInt8]
        /// What it said on its error stream, shortened.
        let complaint: String
    }

    let name: String
    /// Of processor time; the wall clock gets twice as much.
    var seconds = 5
    var memoryBytes = 512 << 20
    var outputBytes = 64 << 20

    private static let room = ProgramRoom()
    private static let notFound: Int32 = 127

    /// Its standard input is a file in memory, `/dev/stdin`, for programs that have to go back in what they read:
    /// others keep what comes in a file of their own, which none may here.
    var seeksInInput = false

    /// Its output once it has ended by itself; throws when it is not installed, was killed, or wrote too much.
    func run(
        _ arguments: [String], input: [UInt8], for purpose: DetectionPurpose = .check
    ) throws(CheckFailure) -> Output {
        Self.room.enter(purpose)
        defer { Self.room.leave(purpose) }
        let limits = [
            "prlimit", "--as=\(memoryBytes)", "--cpu=\(seconds)", "--fsize=0", "--core=0", "--nofile=64", "--", name,
        ]
        let child = try Child(limits + arguments, file: seeksInInput ? input : nil)
        defer { child.close() }
        let deadline = ContinuousClock.now + .seconds(2 * seconds)
        let talk = Conversation(child, input: seeksInInput ? [] : input, deadline: deadline, outputBytes: outputBytes)
        if talk.end != .complete { child.kill() }
        // A program may close its streams and go on.
        var end = talk.end
        let status: Int32
        if let ended = child.wait(until: deadline) {
            status = ended
        } else {
            end = end == .complete ? .late : end
            child.kill()
            status = child.wait()
        }
        switch end {
        case .late: throw CheckFailure(.tooComplex, "\(name) did not finish within \(2 * seconds) seconds")
        case .flood: throw CheckFailure(.tooComplex, "\(name) wrote more than \(outputBytes) bytes")
        case .complete: break
        }
        let complaint = String(decoding: talk.complaint.prefix(1000), as: UTF8.self)
        if status == Self.notFound { throw CheckFailure(.internalError, "the program \(name) is not installed") }
        if status < 0 { throw CheckFailure(.tooComplex, "\(name) exceeded its time or memory limit") }
        return Output(status: status, bytes: talk.output, complaint: complaint)
    }
}

/// A started program and our ends of its three streams.
private struct Child {
    let process: pid_t
    let input: Int32
    let output: Int32
    let complaint: Int32

    /// `file`, when given, is what stands in its standard input, from the beginning on.
    init(_ arguments: [String], file: [UInt8]?) throws(CheckFailure) {
        var pairs: [[Int32]] = Array(repeating: [-1, -1], count: 3)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        var areOpen = pairs.indices.allSatisfy { socketpair(AF_UNIX, kind, 0, &pairs[$0]) == 0 }
        if let file, areOpen {
            _ = Glibc.close(pairs[0][1])
            pairs[0][1] = Self.memoryFile(file)
            areOpen = pairs[0][1] >= 0
        }
        defer { for pair in pairs where pair[1] >= 0 { _ = Glibc.close(pair[1]) } }
        (input, output, complaint) = (pairs[0][0], pairs[1][0], pairs[2][0])
        // Safety: the copies live until the program is started, and are freed once.
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let setting = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"]
        var environment: [UnsafeMutablePointer<CChar>?] = setting.map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        var process: pid_t = 0
        let code = areOpen ? cspawn_start(&process, &words, &environment, pairs.map { $0[1] }) : errno
        self.process = process
        guard code == 0 else {
            close()
            throw CheckFailure(.internalError, "\(arguments[0]) cannot be started: \(String(cString: strerror(code)))")
        }
        for descriptor in [input, output, complaint] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    }

    /// A file in memory that holds `bytes`, or -1.
    private static func memoryFile(_ bytes: [UInt8]) -> Int32 {
        let file = cspawn_memory_file()
        var written = 0
        while file >= 0, written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                _ = Glibc.close(file)
                return -1
            }
            written += count
        }
        if file >= 0 { lseek(file, 0, SEEK_SET) }
        return file
    }

    func close() {
        for descriptor in [input, output, complaint] where descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    func kill() { _ = Glibc.kill(-process, SIGKILL) }

    /// Its exit status, or the negative of the signal that ended it.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return Self.meaning(status)
    }

    /// As the other one; nil when it runs on at `deadline`. Asks in growing steps, since most have ended by now.
    func wait(until deadline: ContinuousClock.Instant) -> Int32? {
        var status: Int32 = 0
        var pause: UInt32 = 50
        while waitpid(process, &status, WNOHANG) == 0 {
            if ContinuousClock.now > deadline { return nil }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
        return Self.meaning(status)
    }

    private static func meaning(_ status: Int32) -> Int32 {
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }
}

/// Writes a program's input and reads what it says, both at once, until it is silent.
private struct Conversation {
    enum End { case complete, late, flood }

    private(set) var output: [UInt8] = []
    private(set) var complaint: [UInt8] = []
    private(set) var end = End.complete

    init(_ child: Child, input: [UInt8], deadline: ContinuousClock.Instant, outputBytes: Int) {
        var written = 0
        var polls = [
            pollfd(fd: child.output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: child.complaint, events: Int16(POLLIN), revents: 0),
            pollfd(fd: child.input, events: Int16(POLLOUT), revents: 0),
        ]
        if input.isEmpty { Self.finish(&polls) }
        while polls[0].fd >= 0 || polls[1].fd >= 0 {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else {
                end = .late
                return
            }
            let milliseconds = min(left.components.seconds * 1000 + 1000, 60_000)
            guard poll(&polls, nfds_t(polls.count), Int32(milliseconds)) > 0 else { continue }
            if polls[2].fd >= 0, polls[2].revents != 0 {
                // Safety: the kernel reads as many bytes as there are, and only during the call.
                let count = input[written...].withUnsafeBytes {
                    send(child.input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count > 0 { written += count }
                // A program may end without reading everything.
                if written == input.count || (count < 0 && errno != EAGAIN && errno != EINTR) { Self.finish(&polls) }
            }
            if polls[0].revents != 0 { Self.read(&polls[0], into: &output) }
            if polls[1].revents != 0 { Self.read(&polls[1], into: &complaint) }
            if output.count > outputBytes || complaint.count > 1 << 20 {
                end = .flood
                return
            }
        }
    }

    private static func finish(_ polls: inout [pollfd]) {
        shutdown(polls[2].fd, Int32(SHUT_WR))
        polls[2].fd = -1
    }

    private static func read(_ source: inout pollfd, into bytes: inout [UInt8]) {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(source.fd, &room, room.count)
        if count > 0 {
            bytes += room[..<count]
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            source.fd = -1
        }
    }
}
