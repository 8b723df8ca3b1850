import Redis

/// Where a Redis, or a server that speaks like it, is and how to log in:
/// `redis://[user][:password@]host[:port][/database]`, `rediss://` for TLS, or `unix:///path/to/socket?db=database`.
///
/// Publishing and listening know no databases; the number is selected so that one the server does not have is noticed.
/// The password is in no description of it.
public struct RedisURL: Sendable, Equatable, CustomStringConvertible {
    var address: RedisAddress

    /// Reads an address; `%` escapes stand for the characters that have a meaning in it.
    public init(_ text: String) throws(BrokerFailure) {
        do throws(RedisAddress.Invalid) {
            address = try RedisAddress(text)
        } catch {
            throw .badAddress(error.description)
        }
    }

    /// The host's name or address; empty for a socket's path.
    public var host: String {
        get { if case .host(let host, _) = address.endpoint.place { host } else { "" } }
        set { address.endpoint.place = .host(newValue, port: port) }
    }

    /// The host's port; 0 for a socket's path.
    public var port: Int {
        get { if case .host(_, let port) = address.endpoint.place { port } else { 0 } }
        set { address.endpoint.place = .host(host, port: newValue) }
    }

    /// The path of a Unix domain socket; nil for a host.
    public var socketPath: String? {
        if case .socket(let path) = address.endpoint.place { path } else { nil }
    }

    public var usesTLS: Bool {
        get { address.endpoint.usesTLS }
        set { address.endpoint.usesTLS = newValue }
    }

    public var user: String? {
        get { address.user }
        set { address.user = newValue }
    }

    public var password: String? {
        get { address.password }
        set { address.password = newValue }
    }

    public var database: Int {
        get { address.database }
        set { address.database = newValue }
    }

    /// A file of the certificates that are trusted in place of the system's, for TLS.
    public var trustRoots: String? {
        get { address.endpoint.trustRoots }
        set { address.endpoint.trustRoots = newValue }
    }

    public var description: String { address.description }
}
