/// The proxy that all transfers of a client go through; neither its description nor its reflection shows the password.
public struct CurlProxy: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case http, https, socks5, socks5h
    }

    public let kind: Kind
    /// A name or an address; IPv6 without brackets.
    public let host: String
    public let port: Int
    /// As it is sent, not percent-encoded.
    public let user: String?
    public let password: String?

    public init(_ kind: Kind, host: String, port: Int, user: String? = nil, password: String? = nil) {
        self.kind = kind
        self.host = host
        self.port = port
        self.user = user
        self.password = password
    }

    /// As libcurl wants it, without the credentials, which it gets apart.
    func address(as kind: Kind) -> String {
        "\(kind.rawValue)://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    var speaksHTTP: Bool { kind == .http || kind == .https }

    /// A socket to there is one to this proxy, as far as an address can tell.
    func mayBe(at address: IPAddress, port: Int) -> Bool {
        guard port == self.port else { return false }
        return IPAddress(host).map { $0 == address } ?? true
    }
}

extension CurlProxy: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { address(as: kind) }
    public var debugDescription: String { address(as: kind) }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Whom a client believes that a server is who it says; a proxy's certificate is always checked as with `system`.
public enum CurlTrust: Hashable, Sendable {
    /// The authorities of `CurlOptions`.
    case system
    /// Everybody: neither name, nor date, nor signature is looked at.
    case anyCertificate
    /// The certificates in this PEM and no others.
    case only(String)
}
