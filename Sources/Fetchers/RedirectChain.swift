internal import Curl
internal import Domain

/// One fetch from the address a person gave to the page it ends at: what is to be asked next, hop by hop.
///
///     asking ──2xx, 4xx, …──► over
///       ▲ └──3xx with Location──► follow ──► asking, or a failure: too many, not fetchable, not public
///
/// Redirects are followed here and not by libcurl, so that each address passes the gate and credentials stay where they
/// belong.
struct RedirectChain: Sendable {
    private(set) var url: CurlURL
    private(set) var method: String
    private(set) var headers: RequestHeaders
    private(set) var body: [UInt8]?
    /// What the servers of this chain have set so far; no other fetch sees them.
    private(set) var cookies: [String] = []
    private(set) var hops = 0
    private let most: Int
    private let policy: AddressPolicy

    init(
        _ request: FetchRequest, most: Int, policy: AddressPolicy, acceptLanguage: String
    ) throws(CheckFailure) {
        url = try FetchAddress.read(request.url, policy)
        method = request.method.uppercased()
        headers = try RequestHeaders(request, acceptLanguage: acceptLanguage)
        body = request.body
        self.most = most
        self.policy = policy
    }

    /// Takes the next hop when the answer is a redirect; false when the answer is the page.
    mutating func follow(_ status: Int, location: String?, cookies: [String]) throws(CheckFailure) -> Bool {
        guard [301, 302, 303, 307, 308].contains(status), let location, !location.isEmpty else { return false }
        guard hops < most else { throw CheckFailure(.tooManyRedirects, String(most)) }
        hops += 1
        self.cookies = cookies
        let next = try target(location)
        let crosses = !next.hasOrigin(of: url)
        // RFC 9110, 15.4: 307 and 308 keep the request as it is. The others ask for the page with GET, as all browsers
        // do.
        let dropsBody = status < 307 && method != "HEAD" && method != "GET"
        if dropsBody {
            method = "GET"
            body = nil
        }
        headers.redirect(crossesOrigin: crosses, dropsBody: dropsBody)
        url = next
        return true
    }

    private func target(_ location: String) throws(CheckFailure) -> CurlURL {
        let next: CurlURL
        do throws(CurlError) {
            let read = try CurlURL(location, relativeTo: url)
            next = read.hasOrigin(of: url) && !read.hasCredentials ? try read.withCredentials(of: url) : read
        } catch {
            throw CheckFailure(.badRedirect, CheckFailure(error, host: "", patience: .zero).message)
        }
        try FetchAddress.check(next, policy)
        return next
    }
}
