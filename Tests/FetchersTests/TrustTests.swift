import Curl
import Domain
import FetchFixtures
import Fetchers
import Foundation
import Testing

@Suite("Whom a watch trusts")
struct TrustTests {
    private static func failure(_ port: Int, _ trust: ServerTrust, host: String = "localhost") async -> String? {
        await fetch(FetchRequest(url: "https://\(host):\(port)/5k", trust: trust)).failure?.message
    }

    private static func authority(_ file: String) throws -> ServerTrust {
        let pem = try String(contentsOfFile: Nginx.shared.get().file(file), encoding: .utf8)
        return .authority(try CertificateAuthority(pem))
    }

    @Test("with self-signed certificates accepted every certificate is, and only then")
    func selfSigned() async throws {
        let nginx = try Nginx.shared.get()
        for port in [nginx.httpsPort, nginx.selfSignedPort, nginx.expiredPort, nginx.wrongHostPort] {
            #expect(await Self.failure(port, .selfSigned) == nil)
            #expect(await Self.failure(port, .system)?.hasPrefix("Secure connection failed: the certificate") == true)
        }
    }

    @Test("a pinned authority is the only one: what others have signed is refused, names and dates still count")
    func pinned() async throws {
        let nginx = try Nginx.shared.get()
        let (ours, other) = (try Self.authority("ca.pem"), try Self.authority("self.pem"))
        #expect(await Self.failure(nginx.httpsPort, ours) == nil)
        let failures = [
            await Self.failure(nginx.selfSignedPort, ours), await Self.failure(nginx.expiredPort, ours),
            await Self.failure(nginx.wrongHostPort, ours),
            await Self.failure(nginx.httpsPort, other),
        ]
        let start = "Secure connection failed: the certificate "
        #expect(
            failures == [
                start + "is not signed by the authority that this watch trusts",
                start + "has expired; only the server's owner can renew it",
                start
                    + "is not for localhost; use a host name that it lists",
                start + "is not signed by the authority that this watch trusts",
            ])
        // The machine's authorities know the good one here, the watch's wish stands above them.
        let request = FetchRequest(
            url: "https://localhost:\(nginx.httpsPort)/5k", trust: other)
        #expect(await fetch(request, certificates: nginx.authority).failure?.code == .tlsFailed)
    }

    @Test("a self-signed certificate can be its own authority; then its name counts")
    func selfAsAuthority() async throws {
        let nginx = try Nginx.shared.get()
        let trust = try Self.authority("self.pem")
        let request = FetchRequest(url: "https://self:\(nginx.selfSignedPort)/5k", trust: trust)
        #expect(await fetch(request, pinned: ["self:\(nginx.selfSignedPort):127.0.0.1"]).failure == nil)
        #expect(await Self.failure(nginx.selfSignedPort, trust)?.contains("is not for localhost") == true)
    }

    @Test("what is wrong is told with what would help")
    func sentences() async throws {
        let nginx = try Nginx.shared.get()
        let start = "Secure connection failed: the certificate"
        #expect(
            await Self.failure(nginx.selfSignedPort, .system) == start
                + " is self-signed; accept any certificate for this watch or, better, "
                + "add this one as its authority")
        #expect(
            await Self.failure(nginx.httpsPort, .system) == start
                + "'s authority is unknown, or the server omits an intermediate certificate; "
                + "add the authority's certificate to this watch")
    }

    @Test("a certificate that is not accepted holds nobody else's checks of the host")
    func doesNotBlame() {
        #expect(!CheckFailure(.tlsFailed, "why").blamesHost)
        #expect(CheckFailure(.connectionRefused, "why").blamesHost)
    }
}
