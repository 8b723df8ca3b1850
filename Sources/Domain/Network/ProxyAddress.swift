internal import Foundation
internal import Glibc

/// Where a proxy is and how to log in there, read from `http://user:password@host:3128` and the like.
///
/// Its description, its reflection and every error leave the password out; `unredacted` is for storage, jobs and the
/// socket only.
public struct ProxyAddress: Hashable, Sendable {
    /// How the proxy is spoken to.
    public enum Scheme: String, Hashable, Sendable, CaseIterable, Codable {
        case http, https
        /// The page's name is looked up here and the proxy is told the address, as curl and Python's requests mean it.
        case socks5
        /// The proxy looks the page's name up, where the address policy leaves it to others.
        case socks5h

        /// What is meant without a port, as in changedetection.io.
        var usualPort: Int {
            switch self {
            case .http: 80
            case .https: 443
            case .socks5, .socks5h: 1080
            }
        }
    }

    public let scheme: Scheme
    /// In lower case; IPv6 without brackets.
    public let host: String
    public let port: Int
    /// Decoded, as it is sent; nil logs in nowhere.
    public let user: String?
    /// Decoded, as it is sent; nil when there is no user.
    public let password: String?

    /// The longest text that is read, in bytes.
    public static let longest = 2048
    /// The longest user name and the longest password, in bytes: those of SOCKS5 (RFC 1929, 2).
    public static let longestCredential = 255

    /// Reads what a person typed; the error says what would be right, and never repeats what was typed.
    public init(_ text: String, field: String = "url") throws(FieldError) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw FieldError(
                field,
                "A proxy URL has at most \(Self.longest) characters, ASCII only, without spaces")
        }
        guard let (scheme, rest) = Self.scheme(of: text) else {
            throw FieldError(
                field,
                "A proxy URL starts with http://, https://, socks5:// or socks5h://, for example socks5://host:1080")
        }
        let bare = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard !bare.contains(where: { "/?#\\<>".contains($0) }) else {
            throw FieldError(
                field, "A proxy URL ends with its port; write / ? # \\ in a password as %2F %3F %23 %5C")
        }
        let mark = bare.lastIndex(of: "@")
        let (user, password) = try Self.credentials(mark.map { bare[..<$0] }, scheme, field)
        let place = mark.map { bare[bare.index(after: $0)...] } ?? bare
        guard let (host, port) = Self.place(place, scheme) else {
            throw FieldError(
                field, "A proxy URL needs a host and a port from 1 to 65535, for example \(scheme)://host:3128")
        }
        (self.scheme, self.host, self.port, self.user, self.password) = (scheme, host, port, user, password)
    }

    /// Scheme, host and port: what may be shown to everybody.
    public var origin: String { "\(scheme)://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// The whole address with its password; never for a page, a log or an error.
    public var unredacted: String { shown(password.map(Self.encoded)) }

    private func shown(_ password: String?) -> String {
        guard let user else { return origin }
        let credentials = Self.encoded(user) + (password.map { ":" + $0 } ?? "") + "@"
        return origin.replacing("://", with: "://" + credentials, maxReplacements: 1)
    }
}

extension ProxyAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address with `***` for its password.
    public var description: String { shown(password.map { _ in "***" }) }

    public var debugDescription: String { description }

    /// Without children, so that a dump of what holds it does not show the password either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// As the text that a person types, with the password: a stored list and a job need it.
extension ProxyAddress: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(unredacted)
    }
}

/// The parts of the text.
extension ProxyAddress {
    private static func scheme(of text: String) -> (Scheme, Substring)? {
        guard let mark = text.range(of: "://"), let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else { return nil }
        return (scheme, text[mark.upperBound...])
    }

    private static func credentials(
        _ text: Substring?, _ scheme: Scheme, _ field: String
    ) throws(FieldError) -> (String?, String?) {
        guard let text, !text.isEmpty else { return (nil, nil) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(decoded)
        let isReadable = parts.allSatisfy { part in
            part.map { $0.utf8.count <= longestCredential && $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } } ?? false
        }
        guard isReadable, let user = parts[0], !user.isEmpty else {
            throw FieldError(
                field,
                "A proxy's user name and password have at most \(longestCredential) characters each and no control "
                    + "characters, and the user name is not empty; write a % in them as %25")
        }
        // RFC 7617, 2: the first colon ends the name, so one inside of it would be read as part of the password.
        guard !user.contains(":") || scheme == .socks5 || scheme == .socks5h else {
            throw FieldError(field, "The user name of an HTTP proxy must not contain a colon")
        }
        return (user, parts.count > 1 ? parts[1] : nil)
    }

    private static func place(_ text: Substring, _ scheme: Scheme) -> (String, Int)? {
        let mark = text.lastIndex(of: ":").flatMap { text[$0...].contains("]") ? nil : $0 }
        let host = text[..<(mark ?? text.endIndex)].lowercased()
        var port = scheme.usualPort
        if let mark {
            let digits = text[text.index(after: mark)...]
            guard (1...5).contains(digits.count), digits.allSatisfy(\.isNumber) else { return nil }
            port = Int(digits) ?? 0
        }
        guard (1...65_535).contains(port), let host = checked(host) else { return nil }
        return (host, port)
    }

    private static func checked(_ host: String) -> String? {
        if host.hasPrefix("["), host.hasSuffix("]") {
            var address = in6_addr()
            let inner = String(host.dropFirst().dropLast())
            return inet_pton(AF_INET6, inner, &address) == 1 ? inner : nil
        }
        let isName: (UInt8) -> Bool = { byte in
            (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || "-._".utf8.contains(byte)
        }
        let isGood = (1...255).contains(host.utf8.count) && host.utf8.allSatisfy(isName)
        return isGood && !host.hasPrefix(".") && !host.contains("..") ? host : nil
    }

    /// nil when a % is not followed by two hexadecimal digits, or what comes out is not UTF-8.
    private static func decoded(_ text: Substring) -> String? { text.removingPercentEncoding }

    private static func encoded(_ text: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
        return text.utf8.map { byte in
            plain.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
