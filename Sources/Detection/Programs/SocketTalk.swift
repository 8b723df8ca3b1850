import Glibc

/// Sends and receives on a socket that does not block, until a moment; blocks the calling thread meanwhile.
struct SocketTalk {
    enum End: Error { case late, gone, flood }

    private let socket: Int32
    private let deadline: ContinuousClock.Instant

    init(_ socket: Int32, until deadline: ContinuousClock.Instant) {
        self.socket = socket
        self.deadline = deadline
    }

    /// 32 bits each, in the machine's order.
    func send(numbers: [Int]) throws(End) {
        let words = numbers.map(UInt32.init(truncatingIfNeeded:))
        try send(words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word.littleEndian >> (8 * $0)) } })
    }

    func send(_ bytes: [UInt8]) throws(End) {
        var sent = 0
        while sent < bytes.count {
            // Safety: the kernel reads as many bytes as there are, and only during the call.
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else {
                try waitOrEnd(for: Int16(POLLOUT))
            }
        }
    }

    func number() throws(End) -> Int {
        try receive(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    }

    func receive(_ count: Int) throws(End) -> [UInt8] {
        var bytes: [UInt8] = []
        // What the other side announces is believed as it comes.
        var room = [UInt8](repeating: 0, count: min(count, 1 << 16))
        while bytes.count < count {
            let got = recv(socket, &room, min(room.count, count - bytes.count), 0)
            if got > 0 {
                bytes += room[..<got]
            } else if got == 0 {
                throw .gone
            } else {
                try waitOrEnd(for: Int16(POLLIN))
            }
        }
        return bytes
    }

    /// After a call that did nothing: waits until it can do something.
    private func waitOrEnd(for events: Int16) throws(End) {
        guard errno == EAGAIN || errno == EINTR else { throw .gone }
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { throw .late }
        var polled = pollfd(fd: socket, events: events, revents: 0)
        _ = poll(&polled, 1, Int32(min(left.components.seconds * 1000 + 1000, 60_000)))
    }
}
