internal import Glibc
internal import Synchronization

/// A server on 127.0.0.1 that answers each request with whatever bytes a test wants, in whatever manner.
///
/// Every connection has a thread of its own, so a test's answer may simply block: it ends when the client goes away.
public final class RawServer: Sendable {
    /// What one request is answered with; true keeps the connection for the next.
    public typealias Answer = @Sendable (RawRequest, RawConnection) -> Bool

    public let port: Int
    private let listener: Int32
    private let answer: Answer
    private let state = Mutex(State())

    private struct State {
        var requests: [RawRequest] = []
        var open: Set<Int32> = []
        var accepted = 0
    }

    /// Begins to listen on a port of the system's choice.
    public init(_ answer: @escaping Answer) throws {
        self.answer = answer
        (listener, port) = try Self.listen()
        let box = Unmanaged.passRetained(self)
        startThread {
            // Safety: retained above for this thread alone.
            box.takeUnretainedValue().accept()
            box.release()
        }
    }

    /// All requests so far, in the order in which they came.
    public var requests: [RawRequest] { state.withLock { $0.requests } }

    /// How many connections there have been.
    public var connectionCount: Int { state.withLock { $0.accepted } }

    public func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Ends the server and all its connections.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        state.withLock { state in
            for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { break }
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            state.withLock { state in
                state.open.insert(socket)
                state.accepted += 1
            }
            startThread { [self] in serve(socket) }
        }
        close(listener)
    }

    private func serve(_ socket: Int32) {
        let connection = RawConnection(socket)
        while let request = connection.readRequest() {
            state.withLock { $0.requests.append(request) }
            if !answer(request, connection) { break }
        }
        state.withLock { state in
            _ = state.open.remove(socket)
            close(socket)
        }
    }

    /// Takes a port of the system's choice; without `accepts` it stays taken and refuses every connection.
    fileprivate static func listen(accepts: Bool = true) throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: Int? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(listener, pointer, length) == 0, !accepts || Glibc.listen(listener, 1024) == 0,
                    getsockname(listener, pointer, &length) == 0
                else { return nil }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
        guard listener >= 0, let port else { throw FixtureError("no socket: \(String(cString: strerror(errno)))") }
        return (listener, port)
    }

    /// A port of 127.0.0.1 that nothing listens on.
    public static func unusedPort() throws -> Int {
        let (listener, port) = try listen()
        close(listener)
        return port
    }
}

/// A port of 127.0.0.1 that refuses every connection until it is given back, and that no other test is given meanwhile.
public final class ClosedPort: Sendable {
    public let port: Int
    private let socket: Int32

    public init() throws {
        (socket, port) = try RawServer.listen(accepts: false)
    }

    /// Gives the port back; to be called once.
    public func stop() {
        close(socket)
    }
}

/// Why a fixture cannot be set up.
public struct FixtureError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// One request as it came.
public struct RawRequest: Sendable {
    /// The request line and the header lines.
    public let lines: [String]
    public let body: [UInt8]

    public var method: String { part(0) }
    public var path: String { part(1) }

    private func part(_ index: Int) -> String {
        let parts = (lines.first ?? "").split(separator: " ")
        return index < parts.count ? String(parts[index]) : ""
    }

    /// The values of all fields with `name`, in any case.
    public func values(_ name: String) -> [String] {
        lines.dropFirst().compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { return nil }
            return parts[1].trimmingBlanks()
        }
    }

    public func value(_ name: String) -> String? { values(name).first }
}

extension Substring {
    func trimmingBlanks() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// A server's side of one connection.
public final class RawConnection: Sendable {
    private let socket: Int32
    private let unread = Mutex<[UInt8]>([])

    init(_ socket: Int32) {
        self.socket = socket
    }

    /// Sends bytes; false when the client is gone.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends a whole answer with its length.
    @discardableResult
    public func answer(_ status: String, _ headers: [String] = [], body: [UInt8] = []) -> Bool {
        let lines = ["HTTP/1.1 " + status, "Content-Length: \(body.count)"] + headers
        return send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    /// Blocks until the client closes its side.
    public func waitForClient() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while recv(socket, &bytes, bytes.count, 0) > 0 {}
    }

    /// Closes with a reset instead of a farewell when the answer returns false.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func readRequest() -> RawRequest? {
        var bytes = unread.withLock { $0 }
        while true {
            if let end = Self.headEnd(bytes) {
                let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
                let length = Int(RawRequest(lines: lines, body: []).value("Content-Length") ?? "") ?? 0
                let start = end + 4
                while bytes.count < start + length {
                    guard receive(&bytes) else { return nil }
                }
                unread.withLock { $0 = Array(bytes[(start + length)...]) }
                return RawRequest(lines: lines, body: Array(bytes[start..<(start + length)]))
            }
            guard receive(&bytes) else { return nil }
        }
    }

    private func receive(_ bytes: inout [UInt8]) -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &part, part.count, 0)
        guard count > 0 else { return false }
        bytes += part[..<count]
        return true
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first {
            bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
        }
    }
}

/// Runs `work` on a thread that nobody joins.
private func startThread(_ work: @escaping @Sendable () -> Void) {
    final class Box {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(work))
    pthread_create(
        &thread, nil,
        { box in
            // Safety: retained before the start, for this thread alone.
            if let box { Unmanaged<Box>.fromOpaque(box).takeRetainedValue().work() }
            return nil
        }, box.toOpaque())
    pthread_detach(thread)
}
