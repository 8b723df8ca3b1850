import Domain
import NIOCore
package import NIOHTTP1

/// An answer that is given in front of everything, to a request that nobody behind is to see.
package struct RequestRefusal: Sendable {
    package let status: HTTPResponseStatus
    private let title: String
    private let text: String
    private let headers: [(String, String)]
    /// The page for people, where there is one.
    private let page: [UInt8]?

    private init(
        _ status: HTTPResponseStatus, _ title: String, _ text: String, headers: [(String, String)] = [],
        page: [UInt8]? = nil
    ) {
        self.status = status
        self.title = title
        self.text = text
        self.headers = headers
        self.page = page
    }

    /// The request does not say, or not well, whom it is for.
    package static let badHost = RequestRefusal(
        .badRequest, "Invalid request", "The request must name its host exactly once, as a host name or IP address.")

    /// The body's end cannot be told.
    package static let badCoding = RequestRefusal(
        .notImplemented, "Invalid request", "The only transfer coding of a request that is understood is chunked.")

    /// The request is for somebody else: says what to set if it is not.
    package static func misdirected(_ name: String, page: [UInt8]?) -> RequestRefusal {
        let shown = RefusalLog.printable(name)
        return RequestRefusal(
            .misdirectedRequest, "Host name not allowed",
            "Turnstone does not answer requests for the host name \(shown). "
                + "If this is your server, set ALLOWED_HOSTS=\(shown) and restart it.", page: page)
    }

    /// The same request may go through later.
    package static func busy(_ why: String, after seconds: Int = 5) -> RequestRefusal {
        RequestRefusal(
            .serviceUnavailable, "Turnstone is busy", why + " Try again in a few seconds.",
            headers: [("Retry-After", String(seconds))])
    }

    /// The rest of the request did not come in time.
    package static let tooSlow = RequestRefusal(
        .requestTimeout, "Request too slow", "The request was not complete in time. Nothing was saved.")

    /// The answer in the form that who sent `head` understands; `socketPath` is where the socket's requests go.
    func answer(
        to head: HTTPRequestHead, socketPath: String
    ) -> (head: HTTPResponseHead, body: ByteBuffer) {
        let (type, body) = form(head, socketPath)
        var answer = HTTPResponseHead(version: .http1_1, status: status)
        for (name, value) in headers { answer.headers.add(name: name, value: value) }
        answer.headers.add(name: "Content-Type", value: type)
        answer.headers.add(name: "Content-Length", value: String(body.readableBytes))
        answer.headers.add(name: "Cache-Control", value: "no-store")
        answer.headers.add(name: "X-Content-Type-Options", value: "nosniff")
        if page != nil {
            // The page has its few rules inside of it: a style sheet of its own would be refused like itself.
            answer.headers.add(
                name: "Content-Security-Policy",
                value: "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
        }
        answer.headers.add(name: "Connection", value: "close")
        return (answer, body)
    }

    private func form(_ head: HTTPRequestHead, _ socketPath: String) -> (type: String, body: ByteBuffer) {
        if head.uri.hasPrefix("/api/") {
            var json = JSONWriter()
            json.object { $0.field("message", text) }
            return ("application/json", ByteBuffer(bytes: json.bytes))
        }
        if head.uri.hasPrefix(socketPath), !head.headers.contains(name: "upgrade") {
            // As Engine.IO refuses: 3 is a bad request, 4 a forbidden one.
            var json = JSONWriter()
            json.object { json in
                json.field("code", status == .badRequest ? 3 : 4)
                json.field("message", text)
            }
            return ("application/json", ByteBuffer(bytes: json.bytes))
        }
        if let page, head.headers["accept"].contains(where: { $0.contains("text/html") }) {
            return ("text/html; charset=utf-8", ByteBuffer(bytes: page))
        }
        return ("text/plain; charset=utf-8", ByteBuffer(string: "\(title)\n\n\(text)\n"))
    }
}
