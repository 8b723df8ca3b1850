internal import Curl
internal import Domain

/// The headers of a request: our own, as a browser would send them, with a person's on top.
struct RequestHeaders: Hashable, Sendable {
    private(set) var fields: [CurlHeader]
    /// Names, in lower case, that a person gave.
    private var given: Set<String>

    /// Puts a person's headers over ours; throws when one has a character that would begin another header.
    init(_ request: FetchRequest, acceptLanguage: String) throws(CheckFailure) {
        fields = [
            CurlHeader("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            CurlHeader("Accept-Language", acceptLanguage),
        ]
        given = []
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
            let header = CurlHeader(name, value)
            // HTTP/2's own fields, which browsers' tools show among the headers, begin with a colon.
            if name.hasPrefix(":") || Self.connectionNames.contains(name.lowercased()) { continue }
            if let problem = header.problem { throw CheckFailure(.badRequest, problem) }
            set(header)
            given.insert(name.lowercased())
        }
        let asksItself = !given.isDisjoint(with: Self.conditionNames)
        if !asksItself, let etag = request.etag, Self.isSendable(etag) { set(CurlHeader("If-None-Match", etag)) }
        if !asksItself, let date = request.lastModified, Self.isSendable(date) {
            set(CurlHeader("If-Modified-Since", date))
        }
    }

    /// The server was asked whether the page has changed, so it may answer 304.
    var isConditional: Bool {
        fields.contains { Self.conditionNames.contains($0.name.lowercased()) }
    }

    /// Takes away what must not follow a redirect.
    ///
    /// To another origin go only those of a person's headers that say what is wanted, never who is asking: any other,
    /// such as `X-Api-Key`, may be a credential. A date says nothing about another address, a tag hardly ever matches
    /// by chance.
    mutating func redirect(crossesOrigin: Bool, dropsBody: Bool) {
        fields.removeAll { field in
            let name = field.name.lowercased()
            if name == "if-modified-since" && !given.contains(name) { return true }
            if dropsBody && name.hasPrefix("content-") { return true }
            return crossesOrigin && given.contains(name) && !Self.harmlessNames.contains(name)
        }
    }

    private mutating func set(_ header: CurlHeader) {
        let name = header.name.lowercased()
        fields.removeAll { $0.name.lowercased() == name }
        fields.append(header)
    }

    /// An outside value that is sent back: of sensible length, and one line.
    private static func isSendable(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.count <= 1024 && CurlHeader("If", value).problem == nil
    }

    /// Between two machines only, and libcurl's to set: left out without a word, because people paste them from
    /// browsers' tools, and sent as given they would make the request unreadable (RFC 9110, 7.6.1).
    private static let connectionNames: Set<String> = [
        "connection", "content-length", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade", "http2-settings",
    ]

    private static let conditionNames: Set<String> = [
        "if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range",
    ]

    private static let harmlessNames: Set<String> = [
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-encoding",
        "content-language", "content-type", "dnt", "if-modified-since", "if-none-match", "pragma", "priority", "range",
        "save-data", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-dest", "sec-fetch-mode",
        "sec-fetch-site", "sec-fetch-user", "sec-gpc", "upgrade-insecure-requests", "user-agent",
    ]
}
