internal import CCurl
internal import Glibc

/// What the event loop waits for at which sockets, kept so that the kernel is told as rarely as possible.
///
///     opened ──want──► watched ──want nothing──► resting ──want──► watched
///                                                   └─ something happens ──► unwatched
///
/// Resting: the kernel still watches, nobody asked. What happens then is, as a rule, that the server closes the
/// connection.
///
/// libcurl stops wanting to know of a connection after every transfer and wants it again for the next. A connection
/// that rests stays registered meanwhile, which saves two of three system calls per fetch on a used connection.
final class Sockets {
    /// What is remembered of one descriptor; bits of `CURL_POLL_IN` and `CURL_POLL_OUT`.
    private struct Entry {
        var registered: UInt8 = 0
        var wanted: UInt8 = 0
        /// Opened through us, so that its end is heard of too. libcurl's others (of name look-ups) are told to the
        /// kernel at once: their numbers may mean another descriptor the next time.
        var isOurs = false
    }

    private let epoll: Int32
    /// Numbers from this one on are for others.
    private let firstReserved: Int
    /// What one transfer may need: its socket, one more while two addresses are tried, and a pair for the look-up.
    private static let needed = 4
    private var entries: [Entry] = []
    private var events = [ccurl_event](repeating: ccurl_event(), count: 256)

    init(bell: Int32, firstReserved: Int) throws(CurlError) {
        self.firstReserved = firstReserved
        epoll = ccurl_epoll()
        guard epoll >= 0, ccurl_epoll_watch(epoll, bell, CURL_POLL_IN) == 0 else {
            throw .failed("no epoll: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if epoll >= 0 { _ = Glibc.close(epoll) }
    }

    /// Opens a socket to `target`; libcurl gives it back to `close(_:)`.
    func open(_ target: curl_sockaddr) -> curl_socket_t {
        let socket = socket(target.family, target.socktype | Int32(SOCK_CLOEXEC.rawValue), target.protocol)
        guard socket >= 0 else { return CURL_SOCKET_BAD }
        guard Int(socket) < firstReserved else {
            _ = Glibc.close(socket)
            errno = EMFILE
            return CURL_SOCKET_BAD
        }
        if entries.count <= socket {
            entries += Array(repeating: Entry(), count: Int(socket) - entries.count + 64)
        }
        entries[Int(socket)] = Entry(isOurs: true)
        return socket
    }

    /// Whether there are descriptors for one more transfer.
    var hasRoom: Bool {
        guard firstReserved != .max else { return true }
        let lowest = fcntl(epoll, F_DUPFD_CLOEXEC, 0)
        guard lowest >= 0 else { return false }
        _ = Glibc.close(lowest)
        return Int(lowest) + Self.needed <= firstReserved
    }

    /// Closes a socket, which ends the kernel's watch over it.
    func close(_ socket: curl_socket_t) -> Int32 {
        if entries.indices.contains(Int(socket)) { entries[Int(socket)] = Entry() }
        return Glibc.close(socket)
    }

    /// Takes note of what libcurl wants to know of `socket`: `CURL_POLL_` bits, 0 for nothing any more.
    func want(_ socket: curl_socket_t, _ bits: Int32) {
        let wanted = UInt8(truncatingIfNeeded: bits)
        guard entries.indices.contains(Int(socket)), entries[Int(socket)].isOurs else {
            ccurl_epoll_watch(epoll, socket, bits)
            return
        }
        entries[Int(socket)].wanted = wanted
        guard wanted != 0, wanted != entries[Int(socket)].registered else { return }
        ccurl_epoll_watch(epoll, socket, bits)
        entries[Int(socket)].registered = wanted
    }

    /// Waits so many milliseconds at most (-1 is without end), and calls `happened` for each descriptor somebody wants
    /// to know of.
    func wait(_ milliseconds: Int32, _ happened: (ccurl_event) -> Void) {
        let count = ccurl_epoll_wait(epoll, &events, Int32(events.count), milliseconds)
        for index in 0..<Int(count) {
            let event = events[index]
            if isResting(event.descriptor) {
                ccurl_epoll_watch(epoll, event.descriptor, 0)
                entries[Int(event.descriptor)].registered = 0
            } else {
                happened(event)
            }
        }
    }

    private func isResting(_ descriptor: Int32) -> Bool {
        guard entries.indices.contains(Int(descriptor)) else { return false }
        let entry = entries[Int(descriptor)]
        return entry.isOurs && entry.wanted == 0
    }
}
