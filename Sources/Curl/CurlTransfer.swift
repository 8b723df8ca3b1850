/// One request to one address; a redirect is an answer like any other and is not followed.
public struct CurlTransfer: Hashable, Sendable {
    public var url: CurlURL
    public var method: String
    /// In the order they are sent; one named Cookie is joined with `cookies`.
    public var headers: [CurlHeader]
    /// Sent as it is; nil sends none.
    public var body: [UInt8]?
    /// What earlier answers of the same chain left in `CurlAnswer.cookies`; sent where their domain, path and scheme
    /// allow.
    public var cookies: [String]
    /// From the start to the end of the body.
    public var timeout: Duration
    /// The longest body that is taken, in bytes after decoding.
    public var bodyLimit: Int

    public init(
        _ url: CurlURL, method: String = "GET", headers: [CurlHeader] = [], body: [UInt8]? = nil,
        cookies: [String] = [],
        timeout: Duration = .seconds(60), bodyLimit: Int = 16_777_216
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.cookies = cookies
        self.timeout = timeout
        self.bodyLimit = bodyLimit
    }

    /// What cannot be sent without changing the meaning of the request for the server; nil when all can.
    var problem: String? {
        if method.isEmpty || !method.utf8.allSatisfy(CurlHeader.isTokenByte) { return "the method is not a word" }
        return headers.lazy.compactMap(\.problem).first
    }
}

/// One header field of a request.
public struct CurlHeader: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Says what is wrong with the field; nil when it can be sent. A line break in it would begin another header.
    public var problem: String? {
        if name.isEmpty || !name.utf8.allSatisfy(Self.isTokenByte) {
            let shown = String(String.UnicodeScalarView(name.unicodeScalars.filter { $0.value >= 0x20 }.prefix(60)))
            return "the header name \"\(shown)\" is empty or has characters that are not allowed"
        }
        if value.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }) {
            return "the value of the header \(name) has a line break or another control character"
        }
        return nil
    }

    /// RFC 9110, 5.6.2: the characters of a token.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
