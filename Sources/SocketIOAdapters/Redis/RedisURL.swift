import Foundation

/// Where a Redis, or a server that speaks like it, is and how to log in:
/// `redis://[user][:password@]host[:port][/database]`, or `rediss://` for TLS.
///
/// Publishing and listening know no databases; the number is selected so that one the server does not have is noticed.
public struct RedisURL: Sendable, Equatable {
    public var host: String
    public var port: Int
    public var usesTLS: Bool
    public var user: String?
    public var password: String?
    public var database: Int
    /// A file of the certificates that are trusted in place of the system's, for TLS.
    public var trustRoots: String?

    /// Reads an address; `%` escapes stand for the characters that have a meaning in it.
    public init(_ text: String) throws(BrokerFailure) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased() else {
            throw .badAddress("not a URL")
        }
        switch scheme {
        case "redis", "valkey": usesTLS = false
        case "rediss", "valkeys": usesTLS = true
        default: throw .badAddress("\(scheme):// is not redis:// or rediss://")
        }
        host = parts.host.flatMap { $0.isEmpty ? nil : $0 } ?? "localhost"
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        port = parts.port ?? 6379
        guard (1...65_535).contains(port) else { throw .badAddress("there is no such port") }
        user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password.flatMap { $0.isEmpty ? nil : $0 }
        if user != nil, password == nil { throw .badAddress("a user without a password") }
        let path = parts.path.drop { $0 == "/" }
        guard let database = path.isEmpty ? 0 : Int(path), database >= 0 else {
            throw .badAddress("what follows the host is no number of a database")
        }
        self.database = database
    }
}
