/// Where a Redis, or a server that speaks like it, is and how to log in.
///
///     redis://[[user]:password@]host[:port][/database]       rediss:// for TLS
///     unix://[[user]:password@]/path/to/socket[?db=database]
///
/// The password is in no description of it.
package struct RedisAddress: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Why a text is no address of a Redis; never says what may be part of a password.
    package struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    package var endpoint: Endpoint
    package var user: String?
    package var password: String?
    package var database: Int

    package init(_ endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
    }

    /// Reads an address; `%` escapes stand for the characters that have a meaning in it.
    package init(_ text: String) throws(Invalid) {
        let parts = try RedisAddressParts(text)
        let login = try parts.login()
        self.init(try parts.endpoint(), user: login.user, password: login.password, database: try parts.database())
    }

    package var description: String {
        let login = password == nil ? "" : "\(user ?? ""):***@"
        switch endpoint.place {
        case .host(let host, let port):
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(endpoint.usesTLS ? "rediss" : "redis")://\(login)\(name):\(port)/\(database)"
        case .socket(let path): return "unix://\(login)\(path)?db=\(database)"
        }
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
