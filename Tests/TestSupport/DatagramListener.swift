import Foundation
import Glibc

/// A socket for datagrams that a test listens on, as systemd does for its services.
public final class DatagramListener: Sendable {
    public struct NotOpened: Error {
        public let reason: String
    }

    /// What arrives, in order; ends when nothing has come for a while.
    public let texts: AsyncStream<String>
    private let descriptor: CInt

    /// Listens at a path, or at `@` and a name that no file has.
    public init(_ name: String) throws {
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        // Safety: `copyBytes` checks that the name is no longer than the field.
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        // Safety: every address of a socket may be read as a `sockaddr`, and `length` stays within it.
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else { throw NotOpened(reason: "\(name): \(String(cString: strerror(errno)))") }
        // A test that waits for what never comes fails instead of waiting for good.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        self.descriptor = descriptor
        let (texts, arrival) = AsyncStream.makeStream(of: String.self)
        self.texts = texts
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                arrival.yield(String(decoding: buffer[..<count], as: UTF8.self))
            }
            arrival.finish()
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, CInt(SHUT_RD)) }
}
