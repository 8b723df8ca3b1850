import Curl
import Domain
import FetchFixtures
import Foundation
import Testing

@testable import Fetchers

@Suite("Connections and whom they serve")
struct ConnectionSharingTests {
    @Test("no connection serves two ways, two credentials or two kinds of trust; each is used again by its own")
    func policies() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let proxies = try await RealProxies.shared.value
        let policy = AddressPolicy.publicAnd([try #require(IPAddress("127.0.0.1"))])
        let fetcher = try CurlFetcher(.init(CurlOptions(addresses: policy)))
        defer { fetcher.close() }
        let authority = try CertificateAuthority(
            String(contentsOfFile: Nginx.shared.get().authority, encoding: .utf8))
        let ways: [(ProxyAddress?, ServerTrust)] = [
            (nil, .system), (nil, .selfSigned), (nil, .authority(authority)),
            (try ProxyTests.Kind.http.address(proxies), .system),
            (try ProxyTests.Kind.http.address(proxies), .selfSigned),
            (try ProxyTests.Kind.httpWithPassword.address(proxies), .system),
            (try ProxyTests.Kind.socks5.address(proxies), .system),
            (try ProxyTests.Kind.socks5h.address(proxies), .system),
            (try ProxyTests.Kind.socks5WithPassword.address(proxies), .system),
        ]
        for _ in 0..<2 {
            for (index, (proxy, trust)) in ways.enumerated() {
                let request = FetchRequest(url: server.url("/\(index)"), proxy: proxy, trust: trust)
                #expect(try await fetcher.fetch(request).status == 200)
            }
        }
        #expect(server.requests.count == 2 * ways.count)
        #expect(server.connectionCount == ways.count)
    }

    @Test("a tunnel that one password opened does not serve another")
    func credentials() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let proxies = try await RealProxies.shared.value
        let policy = AddressPolicy.publicAnd([try #require(IPAddress("127.0.0.1"))])
        let fetcher = try CurlFetcher(.init(CurlOptions(addresses: policy)))
        defer { fetcher.close() }
        for kind in [ProxyTests.Kind.httpWithPassword, .socks5WithPassword] {
            var request = FetchRequest(url: server.url(), proxy: try kind.address(proxies))
            #expect(try await fetcher.fetch(request).status == 200)
            request.proxy = try kind.address(proxies, password: "wrong")
            let failure = await #expect(throws: CheckFailure.self) { try await fetcher.fetch(request) }
            #expect(failure?.code == .proxyRefused)
        }
        #expect(server.requests.count == 2)
    }

    @Test("a connection that was opened without looking at the certificate serves nobody who looks")
    func trust() async throws {
        let nginx = try Nginx.shared.get()
        let fetcher = try CurlFetcher(.init(CurlOptions(addresses: .any)))
        defer { fetcher.close() }
        var request = FetchRequest(url: "https://localhost:\(nginx.selfSignedPort)/5k", trust: .selfSigned)
        #expect(try await fetcher.fetch(request).status == 200)
        request.trust = .system
        await #expect(throws: CheckFailure.self) { try await fetcher.fetch(request) }
        request.trust = .authority(try CertificateAuthority(String(contentsOfFile: nginx.authority, encoding: .utf8)))
        await #expect(throws: CheckFailure.self) { try await fetcher.fetch(request) }
    }

    @Test("only so many clients are kept: the one that was used longest ago goes with its connections")
    func bounded() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let clients = try CurlClients(CurlOptions(addresses: .any))
        defer { clients.close() }
        func ask(_ number: Int) async throws {
            let proxy = try ProxyAddress("http://user\(number)@127.0.0.1:\(server.port)")
            let client = try clients.client(.init(proxy: proxy, trust: .system))
            _ = try await client.perform(CurlTransfer(CurlURL("http://page.test/\(number)")))
        }
        for number in 0..<CurlClients.most { try await ask(number) }
        try await ask(0)
        #expect(server.connectionCount == CurlClients.most)
        try await ask(CurlClients.most)
        #expect(clients.count == CurlClients.most)
        // The newcomer took the place of 1, not of 0, which was used since.
        try await ask(0)
        #expect(server.connectionCount == CurlClients.most + 1)
        try await ask(1)
        #expect(server.connectionCount == CurlClients.most + 2)
    }
}
