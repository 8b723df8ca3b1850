/// Why a check found nothing to compare: a code for programs and one sentence for people, worded here and nowhere else.
public struct CheckFailure: Error, Hashable, Sendable {
    public let code: Code
    /// What the sentence needs to be exact: a status, a host, a limit, a filter. Comes from outside, so it is text, never markup.
    public let detail: String?

    public init(_ code: Code, _ detail: String? = nil) {
        self.code = code
        self.detail = detail.map { String($0.prefix(300)) }
    }

    /// Every way a check can fail; the raw value is stored and sent to programs, so it never changes its meaning.
    public enum Code: String, Sendable, CaseIterable, Codable {
        case badURL = "bad_url"
        case badRequest = "bad_request"
        case schemeRefused = "scheme_refused"
        case privateAddress = "private_address"
        case dnsFailed = "dns_failed"
        case connectionRefused = "connection_refused"
        case connectionReset = "connection_reset"
        case hostUnreachable = "host_unreachable"
        case connectTimeout = "connect_timeout"
        case timeout = "timeout"
        case tooSlow = "too_slow"
        case tlsFailed = "tls_failed"
        case proxyFailed = "proxy_failed"
        case proxyRefused = "proxy_refused"
        case nameUnknownHere = "name_unknown_here"
        case tooManyRedirects = "too_many_redirects"
        case badRedirect = "bad_redirect"
        case tooLarge = "too_large"
        case badEncoding = "bad_encoding"
        case badCharset = "bad_charset"
        case badResponse = "bad_response"
        case emptyBody = "empty_body"
        case httpStatus = "http_status"
        case rateLimited = "rate_limited"
        case noFilterMatch = "no_filter_match"
        case badFilter = "bad_filter"
        case noText = "no_text"
        case noOffer = "no_offer"
        case severalPrices = "several_prices"
        case tooComplex = "too_complex"
        case badPattern = "bad_pattern"
        case unreadable = "unreadable"
        case cancelled = "cancelled"
        case internalError = "internal"
    }

    /// The host itself did not answer properly, so other watches on it are likely to fail too.
    ///
    /// Not so a proxy that failed: others go another way. Nor a certificate that was not accepted: the host answered,
    /// and whom to trust is each watch's own wish.
    public var blamesHost: Bool {
        switch code {
        case .dnsFailed, .connectionRefused, .connectionReset, .hostUnreachable, .connectTimeout, .timeout, .tooSlow,
            .rateLimited:
            true
        // Bad gateway, unavailable, gateway timeout: the page says nothing, the machine behind it is down (RFC 9110, 15.6).
        case .httpStatus: ["502", "503", "504"].contains(detail)
        default: false
        }
    }

    /// One sentence for people, without a trailing full stop.
    public var message: String {
        let text = detail ?? ""
        return switch code {
        case .badRequest: "The request cannot be sent as it is set up: \(text)"
        case .hostUnreachable: "\(text) cannot be reached: no network leads there"
        case .badURL: "The address is not valid: \(text)"
        case .schemeRefused: "Only http and https addresses are fetched, not \(text)"
        case .privateAddress:
            "\(text) is not a public address; the program fetches those only with ALLOW_IANA_RESTRICTED_ADDRESSES=true"
        case .dnsFailed: "The name \(text) could not be found"
        case .connectionRefused: "\(text) refused the connection"
        case .connectionReset: "The server closed the connection before the page was complete"
        case .connectTimeout: "\(text) could not be reached in time"
        case .timeout: "The server did not answer within \(text) seconds"
        case .tooSlow: "The page came too slowly and was given up after \(text) seconds"
        case .tlsFailed: "The server's certificate or TLS set-up is not good: \(text)"
        case .proxyFailed, .proxyRefused: "The proxy \(text)"
        case .nameUnknownHere:
            "The name \(text) could not be found here, and one that only the proxy knows cannot be checked to be public; "
                + "ALLOW_IANA_RESTRICTED_ADDRESSES=true leaves names to the proxy"
        case .tooManyRedirects: "The address redirects more than \(text) times"
        case .badRedirect: "The server redirects to an address that cannot be fetched: \(text)"
        case .tooLarge: "The page is larger than \(Self.size(text))"
        case .badEncoding: "The page's compression could not be undone: \(text)"
        case .badCharset: "The page's character set is not known: \(text)"
        case .badResponse: "The server's answer is not valid HTTP: \(text)"
        case .emptyBody: "The server sent an empty page"
        case .httpStatus: Self.statusMessage(text)
        case .rateLimited: "The server asks to be left alone for a while (status \(text))"
        case .noFilterMatch: "No filter matched anything on the page: \(text)"
        case .badFilter: "The filter is not valid or takes too long: \(text)"
        case .noOffer: "The page says neither what a product costs nor whether there is any"
        case .severalPrices: "The page names several prices, and which one is meant cannot be told: \(text)"
        case .noText: "There is no text on the page after filtering"
        case .tooComplex: "The page is built in a way that would take too long to read: \(text)"
        case .badPattern: "The pattern is not valid or takes too long: \(text)"
        case .unreadable: "The page could not be read: \(text)"
        case .cancelled: "The check was stopped before it was complete"
        case .internalError: "Turnstone itself failed: \(text)"
        }
    }

    /// A number of bytes in the unit that people use for it.
    private static func size(_ bytes: String) -> String {
        guard let count = Int(bytes), count >= 1_000_000 else { return "\(bytes) bytes" }
        let tenths = count / 100_000
        return tenths.isMultiple(of: 10) ? "\(tenths / 10) MB" : "\(tenths / 10).\(tenths % 10) MB"
    }

    private static func statusMessage(_ status: String) -> String {
        switch status {
        case "401": "Error 401: the page wants a login"
        case "403": "Error 403: the server refuses access"
        case "404": "Error 404: the page was not found"
        case "407": "Error 407: the proxy wants a login"
        case "410": "Error 410: the page is gone for good"
        case "500": "Error 500: the server failed"
        case "503": "Error 503: the server is not available now"
        default: "The server answered with status \(status)"
        }
    }
}
