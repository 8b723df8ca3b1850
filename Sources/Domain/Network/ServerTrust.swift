/// What a watch takes for proof that the server is the one it asked for.
///
/// Written as one word (`system`, `self-signed`) or as the authority's certificates in PEM.
public enum ServerTrust: Hashable, Sendable {
    /// The authorities that this machine trusts; the default everywhere.
    case system
    /// Any certificate, also one for another name or an expired one, for a server that signs its own. Whoever is on
    /// the way can read and change everything, so it is a wish for single watches and tags, never the
    /// default.
    case selfSigned
    /// This authority and no other; names and dates count as always.
    case authority(CertificateAuthority)

    /// Reads a word or PEM; empty is `system`. The error says what would be right.
    public init(_ text: String, field: String = "tls") throws(FieldError) {
        switch text {
        case "", "system": self = .system
        case "self-signed": self = .selfSigned
        default: self = .authority(try CertificateAuthority(text, field: field))
        }
    }

    public var text: String {
        switch self {
        case .system: "system"
        case .selfSigned: "self-signed"
        case .authority(let authority): authority.pem
        }
    }
}

extension ServerTrust: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
