import Glibc

/// Whom a request is for, as its `Host` or the authority of its target says: a name or an address, and perhaps a port
/// (RFC 9112 3.2, RFC 3986 3.2.2).
package struct RequestHost: Sendable, Equatable {
    /// In lower case, without the dot that may end it; an address of IPv6 in its brackets.
    package let name: String
    /// It is an address, which no name server can turn into another.
    package let isAddress: Bool

    /// The longest name that there is (RFC 1035 2.3.4), and a little.
    private static let longest = 260
    private static let unreserved = "-._~"
    private static let delimiters = "!$&'()*+,;="

    /// nil when `text` is no `uri-host [ ":" port ]`, or one without a host.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.longest else { return nil }
        guard let (host, port) = Self.parts(Substring(text)), Self.isPort(port) else { return nil }
        if host.hasPrefix("[") {
            let address = host.dropFirst().dropLast()
            guard host.hasSuffix("]"), Self.isAddress(address, AF_INET6) else { return nil }
            (name, isAddress) = (host.lowercased(), true)
        } else {
            guard Self.isName(host) else { return nil }
            let lower = host.lowercased()
            name = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
            isAddress = Self.isAddress(name[...], AF_INET)
            guard !name.isEmpty else { return nil }
        }
    }

    /// The host and what follows its colon; the colons of IPv6 are inside of brackets.
    private static func parts(_ text: Substring) -> (host: Substring, port: Substring)? {
        let end = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
        guard let end else { return text.hasPrefix("[") ? nil : (text, "") }
        let rest = text[end...]
        guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
        return (text[..<end], rest.dropFirst())
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.utf8.allSatisfy { (0x30...0x39).contains($0) } && Int(text).map { $0 <= 65_535 } == true
    }

    /// `reg-name`: unreserved characters, sub-delimiters, and bytes as `%41`.
    private static func isName(_ host: Substring) -> Bool {
        var rest = Array(host.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.count >= 2, rest.prefix(2).allSatisfy({ isHexadecimal($0) }) else { return false }
                rest = rest.dropFirst(2)
            } else if !isLetterOrDigit(byte), !unreserved.utf8.contains(byte), !delimiters.utf8.contains(byte) {
                return false
            }
        }
        return !host.isEmpty
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        Character(UnicodeScalar(byte)).isHexDigit
    }

    private static func isAddress(_ text: Substring, _ family: CInt) -> Bool {
        var address = in6_addr()
        // Safety: the larger of the two addresses has room for either.
        return withUnsafeMutableBytes(of: &address) { inet_pton(family, String(text), $0.baseAddress) } == 1
    }
}
