import Domain
import Foundation

/// Asks one question over a connection of its own, as container platforms do, on the thread that calls it: nothing of
/// the bench is measured along.
enum HealthProbe {
    private static let patience = timeval(tv_sec: 30, tv_usec: 0)

    /// Milliseconds until the whole answer to `path` was there; nil when none came or it is not 200.
    static func ask(_ path: String, port: Int) -> Double? {
        let start = ContinuousClock.now
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var patience = patience
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) { pointer in
            // Safety: the pointer is to a whole sockaddr_in that lives until connect returns.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        guard isConnected, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else {
            return nil
        }
        var answer: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &part, part.count, 0)
            if count < 0 { return nil }
            answer += part.prefix(count)
            if count == 0 || isWhole(answer) { break }
        }
        guard answer.starts(with: "HTTP/1.1 200".utf8) else { return nil }
        return (ContinuousClock.now - start).seconds * 1000
    }

    /// Whether the head and as much of a body as it says are there.
    private static func isWhole(_ answer: [UInt8]) -> Bool {
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
        let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self).lowercased()
        guard let name = head.range(of: "content-length: ") else { return false }
        let length = Int(head[name.upperBound...].prefix { $0.isNumber }) ?? 0
        return answer.count >= end.upperBound + length
    }
}
