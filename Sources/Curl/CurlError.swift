internal import CCurl
internal import Glibc

/// Every way a transfer can end without an answer.
public enum CurlError: Error, Hashable, Sendable {
    /// The task that waited was cancelled, or the client was closed.
    case cancelled
    /// The address is not one that can be read; says what is wrong with it.
    case badAddress(String)
    /// The address has a scheme other than http and https.
    case schemeRefused(String)
    /// The request has a method or header that cannot be sent; says which.
    case badRequest(String)
    case nameNotFound
    /// The client's policy forbids every address the name leads to; here is one of them.
    case addressRefused(IPAddress)
    case connectionRefused
    /// No way leads to the address, as the system says.
    case unreachable
    /// The connection ended before the answer was whole.
    case connectionLost(String)
    case connectTimedOut
    /// The answer's headers were not whole in time.
    case answerTimedOut
    /// The answer's body was not whole in time.
    case bodyTimedOut
    case tlsFailed(String)
    case certificateRefused(CertificateProblem)
    /// The client's proxy did not do its part; says what it did instead, without its name: "refused the connection".
    case proxyFailed(String)
    /// The client's proxy wants other credentials; says so in the same way.
    case proxyRefused(String)
    /// The name is not known here, so that it cannot be checked before a proxy is told of it.
    case nameNotFoundHere
    /// The body is longer than so many bytes after decoding.
    case bodyTooLarge(Int)
    /// All bodies together are more than `BodyAllowance` lets in, and this one is large.
    case noRoom
    /// The answer is not HTTP, or its headers are beyond the limits.
    case badAnswer(String)
    case badContentEncoding(String)
    /// Something on our own side: out of memory or sockets, a certificate file that cannot be read.
    case failed(String)

    /// What is known about a transfer besides libcurl's code when it ends.
    struct Circumstances {
        var text: String
        var refused: IPAddress?
        var wasConnected: Bool
        var wasAnswered: Bool
        var systemError: Int32
        /// The proxy on the way; nil when there is none.
        var proxy: CurlProxy?
        /// It reads the request itself, so that there is no tunnel.
        var isReadByProxy = false
        /// What it answered to CONNECT; 0 when it was not asked.
        var proxyStatus = 0
        /// One of libcurl's `CURLPX_`.
        var proxyCode = 0
        /// What OpenSSL found out about the server's certificate, one of its `X509_V_`; 0 is that it is good.
        var verification = 0
    }

    /// Puts libcurl's code into our words; the only place that knows the codes.
    init(_ code: CURLcode, _ known: Circumstances) {
        let text = known.text.isEmpty ? String(cString: curl_easy_strerror(code)) : known.text
        if let proxy = known.proxy, let failure = Self.proxyFailure(code, proxy, known, text) {
            self = failure
            return
        }
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            self = CertificateProblem(known.verification, text).map { .certificateRefused($0) } ?? .tlsFailed(text)
        case CURLE_COULDNT_RESOLVE_HOST:
            self = .nameNotFound
        case CURLE_COULDNT_CONNECT:
            self = Self.connectFailure(known, text)
        case CURLE_OPERATION_TIMEDOUT:
            self = !known.wasConnected ? .connectTimedOut : known.wasAnswered ? .bodyTimedOut : .answerTimedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            self = .tlsFailed(text)
        case CURLE_BAD_CONTENT_ENCODING:
            self = .badContentEncoding(text)
        case CURLE_RECV_ERROR where text.contains("chunk"):
            self = .badAnswer(text)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2_STREAM:
            self = .connectionLost(text)
        // The scheme was looked at long before, so an unsupported protocol is HTTP/0.9.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP3:
            self = .badAnswer(text)
        // libcurl reports a header line beyond its own limit of 100 kB as a lack of memory.
        case CURLE_OUT_OF_MEMORY where known.wasConnected && !known.wasAnswered:
            self = .badAnswer("a header line is too long")
        case CURLE_URL_MALFORMAT:
            self = .badAddress(text)
        case CURLE_ABORTED_BY_CALLBACK:
            self = .cancelled
        default:
            self = .failed(text)
        }
    }

    static func connectFailure(_ known: Circumstances, _ text: String) -> CurlError {
        if let refused = known.refused { return .addressRefused(refused) }
        return switch known.systemError {
        case ECONNREFUSED: .connectionRefused
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL, EAFNOSUPPORT: .unreachable
        case ETIMEDOUT: .connectTimedOut
        case ECONNRESET, EPIPE: .connectionLost(text)
        case EMFILE, ENFILE: .failed("too many open files and connections; raise the limit (ulimit -n)")
        case ENOBUFS, ENOMEM: .failed("the system has no memory left for another connection")
        default: .connectionRefused
        }
    }
}
