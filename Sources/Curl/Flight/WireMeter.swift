internal import CCurl

/// How many bytes have come over the wire for one transfer, whatever they are.
///
/// libcurl counts a body without what carries it: of chunk extensions (RFC 9112, 7.1.1), interim answers and empty
/// frames a server may send without end, and each byte of them is parsed on the thread that fetches for everybody.
struct WireMeter {
    /// The time between two looks, in nanoseconds: a look is a system call.
    static let interval: Int64 = 50_000_000
    /// Beside twice the page's limit: headers, certificates, and tiny chunks of a server that does not know better.
    static let allowance = 1_048_576
    /// Transfers of HTTP/2 share a connection, and what has come for the others cannot be told apart.
    static let sharing = 8

    /// The socket that was opened for this transfer, all of whose bytes are its own.
    var opened = curl_socket_t(CURL_SOCKET_BAD)
    private var socket = curl_socket_t(CURL_SOCKET_BAD)
    /// What had come over it before.
    private var before: Int64 = 0
    private var nextLook: Int64 = 0

    /// The transfer reads from `socket` now.
    mutating func reads(_ socket: curl_socket_t) {
        guard socket != self.socket else { return }
        self.socket = socket
        before = socket == opened ? 0 : Int64(ccurl_received(socket))
    }

    /// The bytes that have come by now; nil when it is not time to look, or nobody knows.
    mutating func received(at now: Int64) -> Int? {
        guard now >= nextLook, socket != CURL_SOCKET_BAD else { return nil }
        nextLook = now + Self.interval
        let all = Int64(ccurl_received(socket))
        return all >= 0 && before >= 0 ? Int(all - before) : nil
    }
}

extension Flight {
    /// False when so much has come that the page cannot be the reason; `stop` says so then.
    func isWithinWireLimit() -> Bool {
        guard let received = meter.received(at: EventLoop.now()) else { return true }
        var version = 0
        ccurl_get_long(easy, CURLINFO_HTTP_VERSION, &version)
        let isShared = version == CURL_HTTP_VERSION_2_0 || version == CURL_HTTP_VERSION_3
        let limit = (min(bodyLimit, 1 << 40) * 2 + WireMeter.allowance) * (isShared ? WireMeter.sharing : 1)
        guard received > limit else { return true }
        stop = .badAnswer("it sends far more than its page: \(received) bytes, of which \(body.count) are the page")
        return false
    }
}
