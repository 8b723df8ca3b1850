import Glibc

/// The socket on which systemd hears how a service is: each datagram is some lines of `NAME=value` (sd_notify(3)).
struct SystemdSocket: Sendable, Equatable {
    /// What the system says of a datagram that could not be sent.
    struct Failure: Error, CustomStringConvertible {
        let code: CInt

        /// The other side has not read what it was sent before; the same datagram may go through later.
        var isFull: Bool { [EAGAIN, ENOBUFS].contains(code) }
        var description: String { String(cString: strerror(code)) }
    }

    /// The longest name that the kernel takes, without the byte that ends a path.
    private static let longestName = 107

    /// A path, or `@` and a name that no file has, as systemd writes it.
    let name: String

    /// nil when it is no name of a socket.
    init?(_ name: String) {
        guard name.hasPrefix("/") || name.hasPrefix("@"), (2...Self.longestName).contains(name.utf8.count) else {
            return nil
        }
        self.name = name
    }

    /// Sends one datagram with these lines and does not wait.
    func send(_ lines: [String]) throws(Failure) {
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        let text = Array(lines.joined(separator: "\n").utf8)
        let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        var (address, length) = address
        // Safety: every address of a socket may be read as a `sockaddr`; the pointer lives as long as the call, and
        // `length` is not more than the structure has.
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, text, text.count, flags, $0, length)
            }
        }
        guard sent == text.count else { throw Failure(code: errno) }
    }

    /// The name as the kernel takes it, where a name that no file has begins with a zero; and how long that is.
    private var address: (sockaddr_un, socklen_t) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        // Safety: the name is shorter than the field (`longestName`), and `copyBytes` checks that.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let ahead = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        return (address, socklen_t(ahead + bytes.count))
    }
}
