internal import CCurl

/// An http or https address, read by the parser that also connects, so that no two parsers can disagree about the host.
public struct CurlURL: Hashable, Sendable {
    /// The longest address that is read, in bytes.
    public static let longest = 8192

    /// http or https.
    public let scheme: String
    /// In lower case and ASCII (IDNA); numbers in every notation as four decimal ones; IPv6 without brackets.
    public let host: String
    public let port: Int
    /// The whole address as it is asked for, with name and password if it has them, without fragment.
    public let text: String
    /// The same without name and password, for people and logs.
    public let redacted: String
    /// As written, percent-encoded.
    let user: String?
    let password: String?

    /// Reads an absolute address.
    public init(_ text: String) throws(CurlError) {
        let text = Self.trimmed(text)
        try Self.checkCharacters(text)
        guard let scheme = Self.scheme(of: text) else {
            throw .badAddress("it must start with http:// or https://")
        }
        try Self.checkScheme(scheme, text)
        try self.init(resolving: text, against: nil)
    }

    /// Reads what a Location header says, against the address that answered with it.
    public init(_ reference: String, relativeTo base: CurlURL) throws(CurlError) {
        let reference = Self.trimmed(reference)
        try Self.checkCharacters(reference)
        if let scheme = Self.scheme(of: reference) {
            try Self.checkScheme(scheme, reference)
        }
        let isSame = reference.isEmpty || reference.hasPrefix("#")
        try self.init(resolving: isSame ? base.text : reference, against: base.text)
    }

    /// The same address, sent with the name and password of `other`.
    public func withCredentials(of other: CurlURL) throws(CurlError) -> CurlURL {
        guard other.user != nil || other.password != nil else { return self }
        let mark = redacted.index(redacted.startIndex, offsetBy: scheme.count + 3)
        let credentials = (other.user ?? "") + (other.password.map { ":" + $0 } ?? "") + "@"
        return try CurlURL(String(redacted[..<mark] + credentials + redacted[mark...]))
    }

    /// The name and password are part of the address.
    public var hasCredentials: Bool { user != nil || password != nil }

    /// `host:port`, with an IPv6 address in brackets.
    public var hostAndPort: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// The same for whoever counts what is asked of a server: an IPv4 address is the same however it is written.
    public var serverAndPort: String {
        guard host.contains(":"), let four = IPAddress(host)?.mappedFour else { return hostAndPort }
        return "\(four):\(port)"
    }

    /// Scheme, host and port are the same, so that what is secret to one may be shown to the other.
    public func hasOrigin(of other: CurlURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    private init(resolving reference: String, against base: String?) throws(CurlError) {
        guard let handle = curl_url() else { throw .failed("out of memory") }
        defer { curl_url_cleanup(handle) }
        if let base { try Self.check(curl_url_set(handle, CURLUPART_URL, base, 0)) }
        let flags = UInt32(CURLU_URLENCODE | CURLU_ALLOW_SPACE)
        try Self.check(curl_url_set(handle, CURLUPART_URL, reference, flags))
        try Self.check(curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0))

        // An address with a zone means another machine on every machine, and libcurl would go without it.
        guard try Self.part(handle, CURLUPART_ZONEID) == nil else { throw .badAddress("its IPv6 address has a zone") }

        // Without these bytes nothing in the address is written in two ways, and what follows would change nothing.
        if base != nil || reference.utf8.contains(where: { $0 >= 0x80 || $0 == UInt8(ascii: "%") }) {
            try Self.readInASCII(handle)
        }
        let written = try Self.part(handle, CURLUPART_HOST) ?? ""
        let bracketed = written.lowercased()
        if bracketed != written { try Self.check(curl_url_set(handle, CURLUPART_HOST, bracketed, 0)) }

        scheme = try Self.part(handle, CURLUPART_SCHEME) ?? ""
        host = try Self.checkedHost(bracketed)
        port = Int(try Self.part(handle, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)) ?? "") ?? 0
        user = try Self.part(handle, CURLUPART_USER)
        password = try Self.part(handle, CURLUPART_PASSWORD)
        text = try Self.part(handle, CURLUPART_URL) ?? ""
        if user == nil && password == nil {
            redacted = text
        } else {
            try Self.check(curl_url_set(handle, CURLUPART_USER, nil, 0))
            try Self.check(curl_url_set(handle, CURLUPART_PASSWORD, nil, 0))
            redacted = try Self.part(handle, CURLUPART_URL) ?? ""
        }
        guard scheme == "http" || scheme == "https" else { throw .schemeRefused(scheme) }
        guard (1...65_535).contains(port) else { throw .badAddress("its port is not between 1 and 65535") }
        guard text.utf8.count <= Self.longest else { throw .badAddress("it is longer than \(Self.longest) characters") }
    }

    /// Reads it once more with its host in ASCII: IDNA turns a circled ① into a 1, which is another way to write
    /// 0.0.0.1.
    private static func readInASCII(_ handle: OpaquePointer) throws(CurlError) {
        // Safety: libcurl allocates each text that it gives, and it is freed here once; what is read of it ends with
        // its NUL.
        var ascii: UnsafeMutablePointer<CChar>?
        guard ccurl_ascii_text(handle, &ascii) == CURLUE_OK, let ascii else {
            throw .badAddress("its host name is not valid")
        }
        defer { curl_free(ascii) }
        try check(curl_url_set(handle, CURLUPART_URL, ascii, 0))
    }

    private static func part(
        _ handle: OpaquePointer, _ part: CURLUPart, _ flags: UInt32 = 0
    ) throws(CurlError) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let code = curl_url_get(handle, part, &text, flags)
        defer { curl_free(text) }
        switch code {
        case CURLUE_OK: return text.map { String(cString: $0) }
        case CURLUE_NO_USER, CURLUE_NO_PASSWORD, CURLUE_NO_PORT, CURLUE_NO_ZONEID: return nil
        default:
            try check(code)
            return nil
        }
    }

    private static func check(_ code: CURLUcode) throws(CurlError) {
        switch code {
        case CURLUE_OK: return
        case CURLUE_NO_HOST, CURLUE_BAD_HOSTNAME: throw .badAddress("its host name is missing or not valid")
        case CURLUE_BAD_PORT_NUMBER: throw .badAddress("its port is not between 1 and 65535")
        case CURLUE_BAD_IPV6: throw .badAddress("its IPv6 address is not valid")
        case CURLUE_BAD_SLASHES: throw .badAddress("it has too many slashes")
        case CURLUE_OUT_OF_MEMORY: throw .failed("out of memory")
        default: throw .badAddress("it cannot be read as a URL (\(String(cString: curl_url_strerror(code))))")
        }
    }

    private static func trimmed(_ text: String) -> String {
        let blanks: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        guard let first = text.firstIndex(where: { !blanks($0) }), let last = text.lastIndex(where: { !blanks($0) })
        else {
            return ""
        }
        return String(text[first...last])
    }

    /// Refuses what parsers are known to read in different ways.
    private static func checkCharacters(_ text: String) throws(CurlError) {
        guard text.utf8.count <= longest else { throw .badAddress("it is longer than \(longest) characters") }
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7F { throw .badAddress("it contains a control character") }
            if byte == 0x5C { throw .badAddress("it contains a backslash") }
            if byte == 0x3C || byte == 0x3E { throw .badAddress("it contains < or >") }
        }
    }

    /// The scheme in lower case; nil when there is none, as in `example.com:8080/page`.
    private static func scheme(of text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: 0x3A), colon > 0 else { return nil }
        for (index, byte) in bytes[..<colon].enumerated() {
            let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
            let isOther = (byte >= 0x30 && byte <= 0x39) || byte == 0x2B || byte == 0x2D || byte == 0x2E
            guard isLetter || (index > 0 && isOther) else { return nil }
        }
        if colon + 1 < bytes.count, bytes[colon + 1] >= 0x30, bytes[colon + 1] <= 0x39 { return nil }
        return String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
    }

    /// libcurl forgives one or three slashes after the scheme; browsers and other parsers read those in other ways.
    private static func checkScheme(_ scheme: String, _ text: String) throws(CurlError) {
        guard scheme == "http" || scheme == "https" else { throw .schemeRefused(scheme) }
        let rest = text.utf8.dropFirst(scheme.utf8.count + 1)
        guard rest.starts(with: "//".utf8), !rest.starts(with: "///".utf8) else {
            throw .badAddress("it must start with \(scheme):// and a host name")
        }
    }

    private static func checkedHost(_ bracketed: String) throws(CurlError) -> String {
        if bracketed.hasPrefix("[") {
            let inner = String(bracketed.dropFirst().dropLast())
            guard bracketed.hasSuffix("]"), let address = IPAddress(inner) else {
                throw .badAddress("its IPv6 address is not valid")
            }
            return address.description
        }
        guard !bracketed.isEmpty, bracketed.utf8.count <= 255 else {
            throw .badAddress("its host name is missing or too long")
        }
        let isName: (UInt8) -> Bool = { byte in
            (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x2D || byte == 0x2E
                || byte == 0x5F
        }
        guard bracketed.utf8.allSatisfy(isName), !bracketed.hasPrefix("."), !hasEmptyLabel(bracketed) else {
            throw .badAddress("its host name has characters that are not allowed")
        }
        return bracketed
    }

    /// Two dots in a row.
    private static func hasEmptyLabel(_ name: String) -> Bool {
        zip(name.utf8, name.utf8.dropFirst()).contains { $0 == UInt8(ascii: ".") && $1 == UInt8(ascii: ".") }
    }
}
