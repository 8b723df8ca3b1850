import CSpawn
import Domain
import Glibc

/// A question to `turnstone-jq`: what a program finds in a document, or whether it is one at all.
struct JQRequest: Sendable {
    /// Gives a list for each of the filters.
    var program: String
    /// For each filter: whether its results are to be raw. None has the program only compiled.
    var isRaw: [Bool] = []
    var json: [UInt8] = []
}

enum JQAnswer: Sendable {
    /// What each filter found; nil for nothing.
    case found([[UInt8]?])
    case notCompiled(String)
    /// The filter of that number failed on this document.
    case failed(Int, String)
}

/// A process of `turnstone-jq`, which answers one question after the other until it is ended or one of its limits ends
/// it.
///
/// ```
///   started ──► asked ⇄ answered ──► ended by us
///                 └── dead: beyond its memory or its processor time, killed beyond our clock
/// ```
/// Used by one thread at a time.
final class JQProcess: Sendable {
    /// Of processor time for one question; a timer of its own ends it then.
    static let seconds = 3
    /// By the wall clock, which on a busy machine goes much faster than the process.
    private static let patience = 15
    static let memoryBytes = 512 << 20
    static let outputBytes = 64 << 20

    private let process: pid_t
    private let socket: Int32

    init() throws(CheckFailure) {
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let isOpen = socketpair(AF_UNIX, kind, 0, &pair) == 0
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer {
            for descriptor in [pair[1], nothing] where descriptor >= 0 { _ = Glibc.close(descriptor) }
        }
        let name = Self.program
        let arguments = [name, "\(Self.memoryBytes)", "\(Self.seconds)", "\(Self.outputBytes)"]
        // Safety: the copies live until the program is started, and are freed once.
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code =
            isOpen && nothing >= 0 ? cspawn_start(&process, &words, &environment, [pair[1], nothing, nothing]) : errno
        self.process = process
        socket = pair[0]
        guard code == 0 else {
            if socket >= 0 { _ = Glibc.close(socket) }
            let why = code == ENOENT ? "it is not installed" : String(cString: strerror(code))
            throw CheckFailure(.internalError, "the program \(name) cannot be started: \(why)")
        }
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
    }

    /// Beside the program that runs; where there is none, wherever the system finds it.
    private static let program: String = {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let own = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let beside = own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + name
        return access(String(beside), X_OK) == 0 ? String(beside) : name
    }()

    private static let name = "turnstone-jq"

    /// Whether it has ended by itself, and then lets go of it: its number may be another process's from here on.
    func hasEnded() -> Bool {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) != 0 else { return false }
        _ = Glibc.close(socket)
        return true
    }

    /// Ends it; called once, and nothing is asked afterwards. Not for one that has ended.
    func end() {
        _ = Glibc.close(socket)
        _ = Glibc.kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// What it answers; when it throws, the process is good for nothing any more.
    func answer(_ request: JQRequest) throws(CheckFailure) -> JQAnswer {
        let talk = SocketTalk(socket, until: .now + .seconds(Self.patience))
        do throws(SocketTalk.End) {
            let program = Array(request.program.utf8)
            try talk.send(numbers: [request.isRaw.count, program.count, request.json.count])
            try talk.send(request.isRaw.map { $0 ? UInt8(ascii: "r") : UInt8(ascii: "j") })
            try talk.send(program)
            try talk.send(request.json)
            return try Self.answer(talk)
        } catch {
            switch error {
            case .late: throw CheckFailure(.tooComplex, "jq did not finish within \(Self.patience) seconds")
            case .flood: throw CheckFailure(.tooComplex, "jq wrote more than \(Self.outputBytes) bytes")
            case .gone: throw CheckFailure(.tooComplex, "jq exceeded its time or memory limit")
            }
        }
    }

    /// What `status` of Sources/JQWorker/main.c means.
    private static func answer(_ talk: SocketTalk) throws(SocketTalk.End) -> JQAnswer {
        let status = try talk.number(), place = try talk.number()
        switch status {
        case 0:
            var found: [[UInt8]?] = []
            var sum = 0
            for _ in 0..<place {
                let count = try talk.number()
                guard count != Int(UInt32.max) else {
                    found.append(nil)
                    continue
                }
                sum += count
                guard sum <= 2 * outputBytes else { throw .flood }
                found.append(try talk.receive(count))
            }
            return .found(found)
        case 3: throw .flood
        default:
            let count = try talk.number()
            guard count <= 1 << 16 else { throw .flood }
            let words = String(decoding: try talk.receive(count), as: UTF8.self)
            return status == 1 ? .notCompiled(words) : .failed(place, words)
        }
    }
}
