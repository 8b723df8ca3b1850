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
}
