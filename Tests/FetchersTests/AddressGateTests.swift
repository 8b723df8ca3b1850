import Curl
import Domain
import FetchFixtures
import Fetchers
import Testing

@Suite("Addresses that may be fetched")
struct AddressGateTests {
    @Test(
        "an address that names a private machine is refused before anything is connected to",
        arguments: [
            "http://127.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://017700000001/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://0/",
            "http://[::]/",
            "http://user@127.0.0.1/", "http://127%2e0.0.1/", "http://①②⑦.0.0.1/", "http://127。0。0。1/",
        ])
    func literals(_ text: String) {
        let failure = #expect(throws: CheckFailure.self) { try FetchAddress.read(text, .publicOnly) }
        #expect(failure?.code == .privateAddress)
        #expect(FetchAddress.problem(text, .any) == nil)
    }

    @Test("a public address and any name pass; the name's address is asked about when it is connected to")
    func passes() throws {
        #expect(try FetchAddress.read("http://8.8.8.8/", .publicOnly).host == "8.8.8.8")
        #expect(try FetchAddress.read("https://localhost/", .publicOnly).host == "localhost")
    }

    @Test("what is wrong is a sentence, without the password")
    func sentences() throws {
        #expect(FetchAddress.problem("ftp://a/", .any) == "Only http and https URLs can be fetched, not ftp")
        let problem = try #require(FetchAddress.problem("http://me:secret@a b/", .any))
        #expect(problem.hasPrefix("The URL is not valid: "))
        #expect(!problem.contains("secret"))
    }

    @Test(
        "the key for limits per host is host and port",
        arguments: [
            ("https://Example.com/a", "example.com:443"), ("http://a:8080", "a:8080"), ("http://[::1]/", "[::1]:80"),
            ("http://[::ffff:127.50.4.1]:8080/", "127.50.4.1:8080"), ("http://0x7f.1/", "127.0.0.1:80"),
            ("nonsense", ""),
            ("http://u:p@A/", "a:80"), ("ftp://a/", ""),
        ])
    func hosts(_ url: String, _ host: String) {
        #expect(FetchAddress.host(of: url) == host)
    }

    @Test("a name that leads to a private machine is refused when it is connected to, whatever it led to before")
    func rebinding() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let pinned = ["inside.test:\(server.port):127.0.0.1"]
        let request = FetchRequest(url: "http://inside.test:\(server.port)/")
        let failure = await fetch(request, .publicOnly, pinned: pinned).failure
        #expect(failure == CheckFailure(.privateAddress, "inside.test (127.0.0.1)"))
        #expect(server.connectionCount == 0)
        #expect(try await fetch(request, .any, pinned: pinned).get().status == 200)
    }

    @Test("a name with IPv4 and IPv6 addresses is refused for both")
    func bothFamilies() async {
        let failure = await fetch(
            FetchRequest(url: "http://both.test/"), .publicOnly, pinned: ["both.test:80:127.0.0.1,[::1],[fe80::1]"]
        ).failure
        #expect(failure?.code == .privateAddress)
    }

    @Test("an IPv6 address is read whole: the one that is allowed is connected to, its neighbour is not")
    func wholeIPv6Address() async throws {
        let port = try RawServer.unusedPort()
        let allowed = try #require(IPAddress("::1"))
        func code(_ address: String) async -> CheckFailure.Code? {
            let pinned = ["six.test:\(port):[\(address)]"]
            return await fetch(
                FetchRequest(url: "http://six.test:\(port)/"), .publicAnd([allowed]), pinned: pinned
            ).failure?.code
        }
        // Nothing listens there, and a machine without IPv6 has no way there.
        #expect([.connectionRefused, .hostUnreachable].contains(await code("::1")))
        #expect(await code("::2") == .privateAddress)
    }

    @Test("localhost itself is refused when it is connected to")
    func localhost() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        #expect(
            await fetch(FetchRequest(url: "http://localhost:\(server.port)/"), .publicOnly).failure?.code
                == .privateAddress)
        #expect(server.connectionCount == 0)
    }

    @Test("a connection opened under a generous policy does not serve a strict one")
    func reusedConnection() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let pinned = ["inside.test:\(server.port):127.0.0.1"]
        let request = FetchRequest(url: "http://inside.test:\(server.port)/")
        let generous = try CurlFetcher(.init(CurlOptions(addresses: .any, pinnedNames: pinned)))
        let strict = try CurlFetcher(.init(CurlOptions(addresses: .publicOnly, pinnedNames: pinned)))
        #expect(try await generous.fetch(request).status == 200)
        let failure = await #expect(throws: CheckFailure.self) { try await strict.fetch(request) }
        #expect(failure?.code == .privateAddress)
        #expect(try await generous.fetch(request).status == 200)
        #expect(server.connectionCount == 1)
    }

    @Test("a redirect to a private machine is refused, by number and by name", arguments: ["127.0.0.2", "inside.test"])
    func redirect(_ host: String) async throws {
        let inside = try RawServer { _, connection in connection.answer("200 OK") }
        let outside = try RawServer { _, connection in
            connection.answer("302 Found", ["Location: http://\(host):\(inside.port)/"])
        }
        defer {
            inside.stop()
            outside.stop()
        }
        let loopback = try #require(IPAddress("127.0.0.1"))
        let failure = await fetch(
            FetchRequest(url: outside.url()), .publicAnd([loopback]), pinned: ["inside.test:\(inside.port):127.0.0.2"]
        ).failure
        #expect(failure?.code == .privateAddress)
        #expect(outside.requests.count == 1)
        #expect(inside.connectionCount == 0)
    }
}
