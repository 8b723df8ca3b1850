import Foundation

/// An address taken apart where its signs are.
struct RedisAddressParts {
    private enum Kind {
        case plain
        case tls
        case socket
    }

    private let kind: Kind
    private let userInfo: Substring?
    private let host: Substring
    private let path: Substring
    private let query: Substring?

    init(_ text: String) throws(RedisAddress.Invalid) {
        guard let sign = text.range(of: "://") else {
            throw .init("it does not begin with redis://, rediss:// or unix://")
        }
        switch text[..<sign.lowerBound].lowercased() {
        case "redis", "valkey": kind = .plain
        case "rediss", "valkeys": kind = .tls
        case "unix", "redis+unix": kind = .socket
        default: throw .init("it does not begin with redis://, rediss:// or unix://")
        }
        let rest = text[sign.upperBound...]
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .init("there is a space or control character in it")
        }
        guard !rest.contains("#") else { throw .init("a # in a user or password has to be written as %23") }
        let (place, query) = rest.split(at: "?")
        self.query = query
        let start = place.firstIndex(of: "/") ?? place.endIndex
        path = place[start...]
        if let at = place[..<start].lastIndex(of: "@") {
            userInfo = place[..<at]
            host = place[place.index(after: at)..<start]
        } else {
            userInfo = nil
            host = place[..<start]
            guard kind == .socket || !rest.contains("@") else {
                throw .init("a / or ? in a user or password has to be written as %2F or %3F")
            }
        }
    }

    func login() throws(RedisAddress.Invalid) -> (user: String?, password: String?) {
        guard let userInfo else { return (nil, nil) }
        let (user, password) = userInfo.split(at: ":")
        guard let user = user.unescaped, let password = (password ?? "").unescaped else {
            throw .init("a % in a user or password has to be written as %25")
        }
        if password.isEmpty, !user.isEmpty { throw .init("there is a user without a password") }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    func endpoint() throws(RedisAddress.Invalid) -> Endpoint {
        if kind == .socket {
            guard host.isEmpty else {
                throw .init("the path of a socket has to begin with a slash, as in unix:///run/redis.sock")
            }
            guard let path = path.unescaped, path.count > 1 else { throw .init("there is no path of a socket in it") }
            // What `sun_path` holds on Linux, with its end.
            guard path.utf8.count < 108 else { throw .init("the path of a socket is longer than 107 bytes") }
            return Endpoint(.socket(path: path))
        }
        let (name, port) = try hostAndPort()
        guard port.isEmpty || port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(port.isEmpty ? "6379" : port),
            (1...65_535).contains(port)
        else { throw .init("the port is no number between 1 and 65535") }
        return Endpoint(.host(name.isEmpty ? "localhost" : String(name), port: port), usesTLS: kind == .tls)
    }

    private func hostAndPort() throws(RedisAddress.Invalid) -> (host: Substring, port: Substring) {
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { throw .init("the ] after the host is missing") }
            let rest = host[host.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else {
                throw .init("something stands between the host and the port")
            }
            return (host[host.index(after: host.startIndex)..<end], rest.dropFirst())
        }
        let (name, port) = host.split(at: ":")
        guard port?.contains(":") != true else { throw .init("an IPv6 address has to stand in brackets") }
        return (name, port ?? "")
    }

    func database() throws(RedisAddress.Invalid) -> Int {
        var text = kind == .socket ? "" : path.drop { $0 == "/" }
        for setting in (query ?? "").split(separator: "&") {
            let (name, value) = setting.split(at: "=")
            guard name == "db" else { throw .init("after the ? only db=… may stand") }
            guard text.isEmpty else { throw .init("the database is said twice") }
            text = value ?? ""
            if text.isEmpty { throw .init("db= has no number") }
        }
        guard !text.isEmpty else { return 0 }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
            throw .init("the database is no number")
        }
        return number
    }
}

extension Substring {
    /// What stands before the first `sign` and after it; nil for the latter where there is none.
    fileprivate func split(at sign: Character) -> (Substring, Substring?) {
        guard let index = firstIndex(of: sign) else { return (self, nil) }
        return (self[..<index], self[self.index(after: index)...])
    }

    fileprivate var unescaped: String? { removingPercentEncoding }
}
