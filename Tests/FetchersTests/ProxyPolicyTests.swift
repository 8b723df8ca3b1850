import Curl
import Domain
import FetchFixtures
import Fetchers
import Foundation
import Testing

@Suite("A proxy and the address policy")
struct ProxyPolicyTests {
    private static let kinds = ["http", "socks5", "socks5h"]

    @Test("a private page is refused in every spelling before the proxy hears of it", arguments: kinds)
    func spellings(_ kind: String) async throws {
        let proxy = try RawServer { _, connection in connection.answer("200 OK") }
        defer { proxy.stop() }
        let address = try ProxyAddress("\(kind)://127.0.0.1:\(proxy.port)")
        for host in [
            "127.0.0.1", "127.1", "0x7f000001", "2130706433", "017700000001", "[::1]", "[::ffff:10.0.0.1]", "10.0.0.1",
            "169.254.169.254", "0", "127%2e0.0.1", "①②⑦.0.0.1", "localhost", "inside.test", "both.test",
        ] {
            for url in ["http://\(host)/", "https://\(host)/"] {
                let failure = await fetch(
                    FetchRequest(url: url, proxy: address), .publicOnly,
                    pinned: ["inside.test", "both.test"].flatMap { name in
                        [80, 443].map { "\(name):\($0):127.0.0.1" + (name == "both.test" ? ",[fe80::1]" : "") }
                    }
                ).failure
                #expect(failure?.code == .privateAddress, "\(url)")
            }
        }
        #expect(proxy.connectionCount == 0)
    }

    @Test("of a name with public and private addresses the proxy is told a public one")
    func mixed() async throws {
        let proxy = try RawServer { _, connection in connection.answer("502 Bad Gateway") }
        defer { proxy.stop() }
        let request = FetchRequest(url: "https://mixed.test/", proxy: try ProxyAddress(proxy.url()))
        let failure = await fetch(
            request, .publicOnly, pinned: ["mixed.test:443:10.0.0.1,[2606:4700::1],8.8.8.8"]
        ).failure
        #expect(
            failure?.message
                == "The proxy \(request.proxy?.origin ?? "") could not reach the page's server (status 502)")
        #expect(proxy.requests.first?.path == "8.8.8.8:443")
    }

    @Test("an IPv6 address is handed over in brackets")
    func ipv6() async throws {
        let proxy = try RawServer { _, connection in connection.answer("502 Bad Gateway") }
        defer { proxy.stop() }
        let request = FetchRequest(url: "http://[2606:4700::1]/", proxy: try ProxyAddress(proxy.url()))
        #expect(await fetch(request, .publicOnly).failure?.code == .proxyFailed)
        #expect(proxy.requests.first?.lines.first == "CONNECT [2606:4700::1]:80 HTTP/1.1")
    }

    @Test("a name that is not known here is refused, and the failure says why", arguments: kinds)
    func unknownName(_ kind: String) async throws {
        let proxy = try RawServer { _, connection in connection.answer("200 OK") }
        defer { proxy.stop() }
        let failure = await fetch(
            FetchRequest(
                url: "http://no-such-name.invalid/", proxy: try ProxyAddress("\(kind)://127.0.0.1:\(proxy.port)")),
            .publicOnly
        ).failure
        #expect(failure == CheckFailure(.nameUnknownHere, "no-such-name.invalid"))
        #expect(failure?.blamesHost == false)
        #expect(proxy.connectionCount == 0)
    }

    @Test(
        "a redirect to a private page is refused by every proxy, by number and by name",
        arguments: ProxyTests.Kind.allCases, ["127.0.0.2", "inside.test"])
    func redirect(_ kind: ProxyTests.Kind, _ host: String) async throws {
        let inside = try RawServer { _, connection in connection.answer("200 OK") }
        let outside = try RawServer { _, connection in
            connection.answer("302 Found", ["Location: http://\(host):\(inside.port)/"])
        }
        defer { for server in [inside, outside] { server.stop() } }
        let proxy = try kind.address(try await RealProxies.shared.value)
        let failure = await fetch(
            FetchRequest(url: outside.url(), proxy: proxy), .publicAnd([try #require(IPAddress("127.0.0.1"))]),
            pinned: ["inside.test:\(inside.port):127.0.0.2"], certificates: try Nginx.shared.get().authority
        ).failure
        #expect(failure?.code == .privateAddress)
        #expect(outside.requests.count == 1)
        #expect(inside.connectionCount == 0)
    }

    @Test("a proxy at a private address is refused unless the machine's owner allows it", arguments: kinds)
    func privateProxy(_ kind: String) async throws {
        let proxy = try RawServer { _, connection in connection.answer("200 OK") }
        defer { proxy.stop() }
        let request = FetchRequest(
            url: "http://public.test/", proxy: try ProxyAddress("\(kind)://127.0.0.1:\(proxy.port)"))
        let failure = await fetch(request, .publicOnly, pinned: ["public.test:80:8.8.8.8"]) {
            $0.curl.proxyAddresses = .publicOnly
        }.failure
        #expect(failure?.code == .proxyFailed && failure?.message.contains("FETCH_PRIVATE_PROXIES") == true)
        #expect(proxy.connectionCount == 0)
    }

    @Test("only the proxy's own address and port are let through for being the proxy's")
    func proxyIsNoPass() async throws {
        let proxy = try RawServer { _, connection in connection.answer("200 OK") }
        defer { proxy.stop() }
        var request = FetchRequest(url: proxy.url(), proxy: try ProxyAddress(proxy.url()))
        #expect(await fetch(request, .publicOnly).failure?.code == .privateAddress)
        request.proxy = nil
        #expect(await fetch(request, .publicOnly).failure?.code == .privateAddress)
        #expect(proxy.connectionCount == 0)
    }
}
