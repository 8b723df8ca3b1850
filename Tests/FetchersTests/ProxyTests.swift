import Curl
import Domain
import FetchFixtures
import Foundation
import Testing

@testable import Fetchers

@Suite("Proxies")
struct ProxyTests {
    /// What each kind of proxy that lets us in is written like.
    enum Kind: String, CaseIterable {
        case http, httpWithPassword, https, socks5, socks5h, socks5WithPassword

        func address(_ proxies: RealProxies, password: String? = nil) throws -> ProxyAddress {
            let user = RealProxies.user
            let characters = CharacterSet.alphanumerics
            func encoded(_ usual: String) -> String {
                (password ?? usual).addingPercentEncoding(withAllowedCharacters: characters) ?? ""
            }
            let text =
                switch self {
                case .http: "http://127.0.0.1:\(proxies.http)"
                case .https: "https://localhost:\(proxies.https)/"
                case .socks5: "socks5://127.0.0.1:\(proxies.socks)"
                case .socks5h: "socks5h://127.0.0.1:\(proxies.socks)"
                case .httpWithPassword:
                    "http://\(user):\(encoded(RealProxies.password))@127.0.0.1:\(proxies.httpWithPassword)"
                case .socks5WithPassword:
                    "socks5://\(user):\(encoded(RealProxies.socksPassword))@127.0.0.1:\(proxies.socksWithPassword)"
                }
            return try ProxyAddress(text)
        }
    }

    private static func loopback() throws -> AddressPolicy {
        .publicAnd([try #require(IPAddress("127.0.0.1"))])
    }

    @Test("a page comes by every kind of proxy, plain and with TLS, under every policy", arguments: Kind.allCases)
    func pages(_ kind: Kind) async throws {
        let nginx = try Nginx.shared.get()
        let proxy = try kind.address(try await RealProxies.shared.value)
        for policy in [AddressPolicy.any, try Self.loopback()] {
            for url in ["http://127.0.0.1:\(nginx.httpPort)/5k", "https://localhost:\(nginx.httpsPort)/5k"] {
                let request = FetchRequest(url: url, proxy: proxy)
                let page = try await fetch(request, policy, certificates: nginx.authority).get()
                #expect(page.status == 200)
                #expect(page.body == Array(Nginx.page(5_000)))
            }
        }
    }

    @Test(
        "a name is looked up here and the proxy is told the address, where the policy is to hold",
        arguments: Kind.allCases)
    func handedOver(_ kind: Kind) async throws {
        let server = try RawServer { request, connection in
            connection.answer("200 OK", body: Array((request.value("Host") ?? "").utf8))
        }
        defer { server.stop() }
        let proxy = try kind.address(try await RealProxies.shared.value)
        let nginx = try Nginx.shared.get()
        // Only we know this name, so the proxy could not have found it.
        let host = "inside.test:\(server.port)"
        let page = try await fetch(
            FetchRequest(url: "http://\(host)/", proxy: proxy), Self.loopback(), pinned: ["\(host):127.0.0.1"],
            certificates: nginx.authority
        ).get()
        #expect(page.text == host)
    }

    @Test("where everything is allowed a name is the proxy's to find, but with socks5 it is found here")
    func whoLooksUp() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let proxies = try await RealProxies.shared.value
        func outcome(_ kind: Kind) async throws -> Result<FetchedPage, CheckFailure> {
            await fetch(
                FetchRequest(url: "http://inside.test:\(server.port)/", proxy: try kind.address(proxies)), .any,
                pinned: ["inside.test:\(server.port):127.0.0.1"])
        }
        #expect(try await outcome(.socks5).get().status == 200)
        #expect(try await outcome(.socks5h).failure?.code == .proxyFailed)
        #expect(try await outcome(.http).get().status == 500)
        #expect(server.requests.count == 1)
    }

    @Test(
        "wrong credentials are the proxy's refusal, told without them",
        arguments: [Kind.httpWithPassword, .socks5WithPassword])
    func wrongPassword(_ kind: Kind) async throws {
        let nginx = try Nginx.shared.get()
        let proxies = try await RealProxies.shared.value
        let url = "https://localhost:\(nginx.httpsPort)/5k"
        let wrong = try kind.address(proxies, password: "w0rng")
        let failure = await fetch(FetchRequest(url: url, proxy: wrong), certificates: nginx.authority).failure
        #expect(
            failure?.message
                == "The proxy \(wrong.origin) rejected the user name and password in its URL")
        #expect(failure?.code == .proxyRefused)
        #expect(failure?.blamesHost == false)
        let bare = try ProxyAddress(wrong.origin)
        #expect(
            await fetch(FetchRequest(url: url, proxy: bare), certificates: nginx.authority).failure
                == CheckFailure(
                    .proxyRefused, "\(bare.origin) requires a user name and password, and its URL has none"))
    }

    @Test("407 is the proxy's refusal where it reads the request itself, and the page's own inside of a tunnel")
    func status407() async throws {
        let server = try RawServer { request, connection in
            connection.answer(request.method == "CONNECT" ? "200 OK" : "407 Proxy Authentication Required")
        }
        defer { server.stop() }
        let request = FetchRequest(url: "http://127.0.0.1:1/", proxy: try ProxyAddress(server.url()))
        #expect(await fetch(request, .any).failure?.code == .proxyRefused)
        #expect(try await fetch(request, Self.loopback()).get().status == 407)
    }

    @Test("a dead proxy fails as a proxy, and does not blame the page's host")
    func deadProxies() async throws {
        let closed = try ClosedPort()
        let port = closed.port
        let silent = try RawServer { _, connection in
            connection.waitForClient()
            return false
        }
        let rude = try RawServer { _, _ in false }
        let strict = try RawServer { _, connection in connection.answer("403 Forbidden") }
        defer {
            for server in [silent, rude, strict] { server.stop() }
            closed.stop()
        }
        let cases: [(String, String?)] = [
            ("http://127.0.0.1:\(port)", "refused the connection"),
            ("socks5h://127.0.0.1:\(port)", "refused the connection"),
            ("http://no-such-name.invalid:3128", "could not be resolved by its host name"),
            ("http://127.0.0.1:\(silent.port)", "did not connect to the page's server in time"),
            ("http://127.0.0.1:\(rude.port)", "closed the connection"),
            (
                "http://127.0.0.1:\(strict.port)",
                "does not allow a tunnel (CONNECT) to the page's address and port (status 403)"
            ),
            (
                "https://127.0.0.1:\(try Nginx.shared.get().httpPort)",
                "did not complete a secure connection (certificate or TLS error)"
            ),
            ("socks5://127.0.0.1:\(rude.port)", nil),
        ]
        for (address, what) in cases {
            let request = FetchRequest(url: "https://127.0.0.1:\(port)/", proxy: try ProxyAddress(address))
            let failure = await fetch(request) { $0.curl.connectTimeout = .seconds(1) }.failure
            #expect(failure?.code == .proxyFailed, "\(address)")
            if let what { #expect(failure?.message == "The proxy \(address) \(what)") }
            #expect(failure?.blamesHost == false)
        }
    }

    @Test("a proxy whose certificate is not good is not spoken to, however little the page's server has to prove")
    func proxyCertificate() async throws {
        let proxies = try await RealProxies.shared.value
        let nginx = try Nginx.shared.get()
        let proxy = try Kind.https.address(proxies)
        let request = FetchRequest(
            url: "https://localhost:\(nginx.selfSignedPort)/5k", proxy: proxy, trust: .selfSigned)
        #expect(
            await fetch(request).failure
                == CheckFailure(
                    .proxyFailed, "\(proxy.origin) did not complete a secure connection (certificate or TLS error)"))
        #expect(try await fetch(request, certificates: nginx.authority).get().status == 200)
    }

    @Test("credentials stay between us and the proxy, and the page's headers between us and the page")
    func whatEachSees() async throws {
        // Plays the proxy, and behind it the page.
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let proxy = try ProxyAddress("http://ann:secret@127.0.0.1:\(server.port)")
        let request = FetchRequest(
            url: "http://inside.test:8080/x",
            headers: ["Authorization": "Bearer me", "Cookie": "a=b", "Proxy-Authorization": "no"], proxy: proxy)
        _ = try await fetch(request, Self.loopback(), pinned: ["inside.test:8080:127.0.0.1"]).get()
        let (tunnel, page) = try (#require(server.requests.first), #require(server.requests.last))
        #expect(server.requests.count == 2)
        #expect(tunnel.lines.first == "CONNECT 127.0.0.1:8080 HTTP/1.1")
        #expect(tunnel.values("Proxy-Authorization") == ["Basic YW5uOnNlY3JldA=="])
        #expect(tunnel.value("Authorization") == nil && tunnel.value("Cookie") == nil)
        #expect(page.lines.first == "GET /x HTTP/1.1")
        #expect(page.value("Host") == "inside.test:8080")
        #expect(page.value("Proxy-Authorization") == nil)
        #expect(page.value("Authorization") == "Bearer me")
    }

    @Test("nothing that prints a request, a proxy or a failure shows the password")
    func noPassword() async throws {
        let closed = try ClosedPort()
        defer { closed.stop() }
        let proxy = try ProxyAddress("http://ann:open-sesame@127.0.0.1:\(closed.port)")
        let request = FetchRequest(url: "http://127.0.0.1/", proxy: proxy)
        let failure = try #require(await fetch(request).failure)
        var dumped = ""
        dump(request, to: &dumped)
        dump(CurlProxy(proxy), to: &dumped)
        dump(try NamedProxy(name: "home", address: proxy), to: &dumped)
        for text in [
            "\(request)", String(reflecting: request), dumped, "\(failure)", failure.message, "\(CurlProxy(proxy))",
            "\(CurlClients.Way(proxy: proxy, trust: .system))", String(reflecting: CurlProxy(proxy)),
        ] {
            #expect(!text.contains("sesame"), "\(text)")
        }
        #expect(proxy.description.contains("ann:***@"))
    }

    @Test("neither a proxy of the environment nor its exceptions count")
    func environment() async {
        await #expect(processExitsWith: .success) {
            let dead = "http://127.0.0.1:1"
            for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] { setenv(name, dead, 1) }
            setenv("no_proxy", "*", 1)
            setenv("NO_PROXY", "*", 1)
            let server = try RawServer { request, connection in
                connection.answer("200 OK", body: Array(request.path.utf8))
            }
            let url = "http://localhost:\(server.port)/"
            let straight = try await fetch(FetchRequest(url: url)).get().text
            let proxied = try await fetch(FetchRequest(url: url, proxy: ProxyAddress(server.url()))).get().text
            unsetenv("no_proxy")
            unsetenv("NO_PROXY")
            let again = try await fetch(FetchRequest(url: url)).get().text
            precondition(straight == "/" && again == "/" && proxied == url)
        }
    }
}
