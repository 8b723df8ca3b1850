public import Foundation

/// What to ask a server for, and how patient and generous to be with it.
public struct FetchRequest: Hashable, Sendable {
    /// http or https, without fragment; already free of `source:`.
    public var url: String
    public var method: String
    public var headers: [String: String]
    public var body: [UInt8]?
    /// Sent back as If-None-Match; nil sends none.
    public var etag: String?
    /// Sent back as If-Modified-Since; nil sends none.
    public var lastModified: String?
    /// The longest that this fetch may take with all its redirects; nil, and more than the fetcher allows, is that.
    public var timeout: Duration?
    /// The way to the page; nil goes straight there. The environment's proxies are never used.
    public var proxy: ProxyAddress?
    /// What the page's server has to prove; a proxy always proves itself to the system's authorities.
    public var trust: ServerTrust

    public init(
        url: String, method: String = "GET", headers: [String: String] = [:], body: [UInt8]? = nil, etag: String? = nil,
        lastModified: String? = nil, proxy: ProxyAddress? = nil, trust: ServerTrust = .system
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.etag = etag
        self.lastModified = lastModified
        self.proxy = proxy
        self.trust = trust
    }
}

/// What came back: an answer of whatever status, whole.
public struct FetchedPage: Hashable, Sendable {
    public var status: Int
    /// Where the last redirect led.
    public var finalURL: String
    /// The Content-Type header as sent.
    public var contentType: String?
    /// The body after content decoding (gzip, br, zstd) and before charset decoding; empty for 304.
    public var body: [UInt8]
    public var etag: String?
    public var lastModified: String?
    /// A server that asks for longer by Retry-After is asked again after so many seconds: a day.
    public static let longestRetryAfter = 86_400.0

    /// How long the server asks to be left alone (Retry-After), already as a moment.
    public var retryAfter: Date?
    /// The Server header, for people.
    public var server: String?
    /// What counts the page's memory while it is there.
    public var keeping = Kept()

    public init(
        status: Int, finalURL: String, contentType: String? = nil, body: [UInt8] = [], etag: String? = nil,
        lastModified: String? = nil, retryAfter: Date? = nil, server: String? = nil
    ) {
        self.status = status
        self.finalURL = finalURL
        self.contentType = contentType
        self.body = body
        self.etag = etag
        self.lastModified = lastModified
        self.retryAfter = retryAfter
        self.server = server
    }

    /// Something that ends with the last copy of a page; two pages are the same whatever they keep.
    public struct Kept: Hashable, Sendable {
        private let object: (any AnyObject & Sendable)?

        public init(_ object: (any AnyObject & Sendable)? = nil) {
            self.object = object
        }

        public static func == (one: Kept, other: Kept) -> Bool { true }
        public func hash(into hasher: inout Hasher) {}
    }
}
