import Foundation
import Redis

/// Where a RabbitMQ is and how to log in: `amqp://[user:password@]host[:port][/virtual host]`, or `amqps://` for TLS.
/// The password is in no description of it.
public struct RabbitURL: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    public var host: String
    public var port: Int
    public var usesTLS: Bool
    public var user: String
    public var password: String
    public var virtualHost: String
    /// A file of the certificates that are trusted in place of the system's, for TLS.
    public var trustRoots: String?

    /// Reads an address; `%` escapes stand for the characters that have a meaning in it. Without a path, or with one or
    /// two slashes, the virtual host is `/`.
    public init(_ text: String) throws(BrokerFailure) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw .badAddress("not a URL")
        }
        switch scheme {
        case "amqp": usesTLS = false
        case "amqps": usesTLS = true
        default: throw .badAddress("\(scheme):// is not amqp:// or amqps://")
        }
        host = parts.host.flatMap { $0.isEmpty ? nil : $0 } ?? "localhost"
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        port = parts.port ?? (usesTLS ? 5671 : 5672)
        guard (1...65_535).contains(port) else { throw .badAddress("there is no such port") }
        user = parts.user ?? "guest"
        password = parts.password ?? "guest"
        let path = String(parts.path.dropFirst())
        virtualHost = path.isEmpty ? "/" : path
        guard virtualHost.utf8.count < 256 else { throw .badAddress("the virtual host's name is too long") }
    }

    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(usesTLS ? "amqps" : "amqp")://\(user):***@\(name):\(port)/\(virtualHost == "/" ? "" : virtualHost)"
    }

    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }

    var endpoint: Endpoint { Endpoint(.host(host, port: port), usesTLS: usesTLS, trustRoots: trustRoots) }
}
