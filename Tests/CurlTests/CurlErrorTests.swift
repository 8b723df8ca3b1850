import CCurl
import Glibc
import Testing

@testable import Curl

@Suite("Errors of libcurl")
struct CurlErrorTests {
    private static func known(
        _ text: String = "why", refused: IPAddress? = nil, connected: Bool = true, answered: Bool = false,
        system: Int32 = 0
    ) -> CurlError.Circumstances {
        CurlError.Circumstances(
            text: text, refused: refused, wasConnected: connected, wasAnswered: answered, systemError: system)
    }

    @Test("the system's reason for a failed connection decides")
    func connections() throws {
        let code = CURLE_COULDNT_CONNECT
        #expect(CurlError(code, Self.known(system: ECONNREFUSED)) == .connectionRefused)
        #expect(CurlError(code, Self.known(system: EHOSTUNREACH)) == .unreachable)
        #expect(CurlError(code, Self.known(system: ENETUNREACH)) == .unreachable)
        #expect(CurlError(code, Self.known(system: ETIMEDOUT)) == .connectTimedOut)
        #expect(CurlError(code, Self.known(system: ECONNRESET)) == .connectionLost("why"))
        for code in [EMFILE, ENFILE, ENOBUFS] {
            let error = CurlError(CURLE_COULDNT_CONNECT, Self.known(system: code))
            guard case .failed = error else {
                Issue.record("\(error) blames the host")
                continue
            }
        }
        let address = try #require(IPAddress("10.0.0.1"))
        #expect(CurlError(code, Self.known(refused: address, system: ECONNREFUSED)) == .addressRefused(address))
    }

    @Test("a time-out is named for what was waited for")
    func timeouts() {
        let code = CURLE_OPERATION_TIMEDOUT
        #expect(CurlError(code, Self.known(connected: false)) == .connectTimedOut)
        #expect(CurlError(code, Self.known()) == .answerTimedOut)
        #expect(CurlError(code, Self.known(answered: true)) == .bodyTimedOut)
    }

    @Test("a code without words of its own is told in libcurl's")
    func others() {
        #expect(CurlError(CURLE_SSL_CACERT_BADFILE, Self.known("no file")) == .failed("no file"))
        #expect(CurlError(CURLE_OUT_OF_MEMORY, Self.known("", answered: true)) == .failed("Out of memory"))
        #expect(CurlError(CURLE_PEER_FAILED_VERIFICATION, Self.known("expired")) == .tlsFailed("expired"))
    }

    @Test("with a proxy on the way what failed before the server was reached is the proxy's")
    func proxies() {
        func error(
            _ code: CURLcode, _ proxy: CurlProxy.Kind = .http, connected: Bool = false, status: Int = 0,
            socks: CURLproxycode = CURLPX_OK, system: Int32 = 0
        ) -> CurlError {
            var known = Self.known(connected: connected, system: system)
            known.proxy = CurlProxy(proxy, host: "proxy", port: 1, user: "ann", password: "secret")
            known.proxyStatus = status
            known.proxyCode = Int(socks.rawValue)
            return CurlError(code, known)
        }
        let wrong = CurlError.proxyRefused("rejected the user name and password in its URL")
        #expect(error(CURLE_RECV_ERROR, status: 407) == wrong)
        #expect(error(CURLE_RECV_ERROR, status: 401) == wrong)
        #expect(error(CURLE_PROXY, .socks5, socks: CURLPX_USER_REJECTED) == wrong)
        #expect(error(CURLE_PROXY, .socks5, socks: CURLPX_RESOLVE_HOST) == .nameNotFound)
        #expect(
            error(CURLE_PROXY, .socks5h, socks: CURLPX_BAD_VERSION)
                == .proxyFailed("does not respond like a SOCKS5 proxy"))
        #expect(error(CURLE_RECV_ERROR, status: 504) == .proxyFailed("could not reach the page's server (status 504)"))
        #expect(error(CURLE_COULDNT_CONNECT, system: ECONNREFUSED) == .proxyFailed("refused the connection"))
        #expect(
            error(CURLE_COULDNT_CONNECT, system: EMFILE) == CurlError(CURLE_COULDNT_CONNECT, Self.known(system: EMFILE))
        )
        // Behind an open tunnel it is the server's.
        #expect(error(CURLE_OPERATION_TIMEDOUT, status: 200) == .connectTimedOut)
        #expect(error(CURLE_SSL_CONNECT_ERROR, .https, status: 200) == .tlsFailed("why"))
        #expect(error(CURLE_OPERATION_TIMEDOUT, connected: true, status: 200) == .answerTimedOut)
        #expect(error(CURLE_RECV_ERROR, .socks5, connected: true) == .connectionLost("why"))
        for kind in [CurlProxy.Kind.http, .https, .socks5, .socks5h] {
            for code in 1..<UInt32(CURL_LAST.rawValue) {
                #expect(!"\(error(CURLcode(code), kind))".contains("secret"))
            }
        }
    }

    @Test(
        "what OpenSSL says of a certificate has words of its own",
        arguments: [
            (10, CertificateProblem.expired), (9, .notYetValid), (18, .selfSigned), (19, .unknownAuthority),
            (20, .unknownAuthority),
        ])
    func certificates(_ result: Int, _ problem: CertificateProblem) {
        var known = Self.known()
        known.verification = result
        #expect(CurlError(CURLE_PEER_FAILED_VERIFICATION, known) == .certificateRefused(problem))
    }
}
