internal import Foundation

/// One or more X.509 certificates in PEM, at least looked through for their outline (RFC 5280, 4.1; RFC 7468, 5).
///
/// Kept without what stands between the certificates: text there is often a person's name or a bag's attributes.
public struct CertificateAuthority: Hashable, Sendable, CustomStringConvertible {
    /// Certificates only, each with its two marks.
    public let pem: String
    /// How many there are.
    public let count: Int

    /// The longest text that is read, in bytes: some forty certificates.
    public static let longest = 65_536

    private static let begin = "-----BEGIN CERTIFICATE-----"
    private static let end = "-----END CERTIFICATE-----"

    /// Reads PEM; the error says what would be right.
    public init(_ text: String, field: String = "tls") throws(FieldError) {
        guard text.utf8.count <= Self.longest else {
            throw FieldError(field, "Must not be larger than \(Self.longest / 1024) kB")
        }
        guard !text.contains("PRIVATE KEY-----") else {
            throw FieldError(
                field, "Contains a private key, which must never leave the server; paste only certificates")
        }
        var pem = ""
        var count = 0
        var rest = text[...]
        while let start = rest.range(of: Self.begin) {
            guard let stop = rest[start.upperBound...].range(of: Self.end),
                let der = Data(
                    base64Encoded: String(rest[start.upperBound..<stop.lowerBound].filter { !$0.isWhitespace })),
                CertificateOutline.isCertificate([UInt8](der))
            else {
                throw FieldError(
                    field, "Certificate \(count + 1) cannot be read; it may be cut off or altered")
            }
            count += 1
            let lines = der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            pem += "\(Self.begin)\n\(lines)\n\(Self.end)\n"
            rest = rest[stop.upperBound...]
        }
        guard count > 0 else {
            throw FieldError(field, "Must be a certificate in PEM format, starting with \(Self.begin)")
        }
        self.pem = pem
        self.count = count
    }

    public var description: String { count == 1 ? "one certificate" : "\(count) certificates" }
}
