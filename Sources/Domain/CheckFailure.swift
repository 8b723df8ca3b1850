/// Why a check found nothing to compare: a code for programs and one sentence for people, worded here and nowhere else.
public struct CheckFailure: Error, Hashable, Sendable {
    public let code: Code
    /// What the sentence needs to be exact: a status, a host, a limit, a filter. Comes from outside, so it is text,
    /// never markup.
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
        case breaksMonitor = "breaks_monitor"
        case noRoom = "no_room"
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
        // Bad gateway, unavailable, gateway timeout: the page says nothing, the machine behind it is down (RFC 9110,
        // 15.6).
        case .httpStatus: ["502", "503", "504"].contains(detail)
        default: false
        }
    }

    /// The host let us wait for as long as we do, without an answer or without the end of one.
    public var isTimeout: Bool {
        switch code {
        case .connectTimeout, .timeout, .tooSlow: true
        default: false
        }
    }

    /// One sentence for people, without a trailing full stop.
    public var message: String {
        let text = detail ?? ""
        return switch code {
        case .badRequest: "The request cannot be sent as configured: \(text)"
        case .hostUnreachable: "\(text) is unreachable: there is no network route to it"
        case .badURL: "The URL is not valid: \(text)"
        case .schemeRefused: "Only http and https URLs can be fetched, not \(text)"
        case .privateAddress:
            "\(text) is a private or reserved address; set ALLOW_IANA_RESTRICTED_ADDRESSES=true to allow these"
        case .dnsFailed: "The host name \(text) could not be resolved"
        case .connectionRefused: "\(text) refused the connection"
        case .connectionReset: "The server closed the connection before the page was complete"
        case .connectTimeout: "Connecting to \(text) timed out"
        case .timeout: "The server did not respond within \(text) seconds"
        case .tooSlow: "The page did not finish loading within \(text) seconds"
        case .tlsFailed: "Secure connection failed: \(text)"
        case .proxyFailed, .proxyRefused: "The proxy \(text)"
        case .nameUnknownHere:
            "The host name \(text) could not be resolved here, so it cannot be verified to be public before the proxy is "
                + "used; set ALLOW_IANA_RESTRICTED_ADDRESSES=true to let the proxy resolve it"
        case .tooManyRedirects: "Too many redirects (more than \(text))"
        case .badRedirect: "The server redirects to a URL that cannot be fetched: \(text)"
        case .tooLarge: "The page is larger than the limit of \(Self.size(text)) (FETCH_MAX_BYTES)"
        case .badEncoding: "The page could not be decompressed: \(text)"
        case .badCharset: "The page's character encoding is unknown: \(text)"
        case .badResponse: "The server's response is not valid HTTP: \(text)"
        case .emptyBody: "The server sent an empty page"
        case .httpStatus: Self.statusMessage(text)
        case .rateLimited: "Rate limited: the server asks for fewer requests (status \(text))"
        case .noFilterMatch: "No filter matches anything on the page: \(text)"
        case .badFilter: "The filter is not valid or takes too long: \(text)"
        case .noOffer: "No price and no stock status were found on the page"
        case .severalPrices: "Several prices were found, and it is not clear which one counts: \(text)"
        case .noText: "No text is left on the page after filtering"
        case .tooComplex: "The page is too complex to process: \(text)"
        case .badPattern: "The rule is not valid or takes too long: \(text)"
        case .unreadable: "The page could not be read: \(text)"
        case .cancelled: "The check was cancelled before it finished"
        case .noRoom: "There has not been enough memory for this page for some minutes (MEMORY_BUDGET)"
        case .breaksMonitor:
            "This page breaks the monitor: the program ended \(text) times while it worked on it. It is paused until you "
                + "resume it"
        case .internalError: "Internal error in Turnstone: \(text)"
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
        case "400": "Error 400: bad request"
        case "401": "Error 401: login required"
        case "403": "Error 403: access denied"
        case "404": "Error 404: page not found"
        case "405": "Error 405: request method not allowed"
        case "407": "Error 407: proxy login required"
        case "410": "Error 410: the page was permanently removed"
        case "500": "Error 500: internal server error"
        case "502": "Error 502: bad gateway"
        case "503": "Error 503: service unavailable"
        case "504": "Error 504: gateway timeout"
        default: "The server responded with status \(status)"
        }
    }
}
