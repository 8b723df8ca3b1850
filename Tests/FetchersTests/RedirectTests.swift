import Curl
import Domain
import FetchFixtures
import Fetchers
import Testing

@Suite("Redirects")
struct RedirectTests {
    /// Sends `/` to `location` with `status` and answers everything else.
    private func server(
        _ location: @escaping @Sendable () -> String, _ status: String = "302 Found", _ headers: [String] = []
    ) throws -> RawServer {
        try RawServer { request, connection in
            if request.path == "/" { return connection.answer(status, ["Location: \(location())"] + headers) }
            return connection.answer("200 OK", body: Array(request.path.utf8))
        }
    }

    @Test(
        "each Location leads where a browser would go",
        arguments: [
            ("/x", "/x"), ("x?y", "/x?y"), ("./x", "/x"), ("?y", "/?y"), ("/a b", "/a%20b"), ("/x#f", "/x"),
        ])
    func targets(_ location: String, _ path: String) async throws {
        let server = try server { location }
        defer { server.stop() }
        let page = try await fetch(FetchRequest(url: server.url())).get()
        #expect(page.text == path)
        #expect(page.finalURL == server.url(path))
    }

    @Test("a circle ends at the limit")
    func circle() async throws {
        let server = try server { "/" }
        defer { server.stop() }
        #expect(
            await fetch(FetchRequest(url: server.url())) { $0.redirectLimit = 3 }.failure
                == CheckFailure(.tooManyRedirects, "3"))
        #expect(server.requests.count == 4)
    }

    @Test(
        "a redirect to what is not the web is refused",
        arguments: ["ftp://a/", "file:///etc/passwd", "javascript:1", "http://", "http://a\\b/"])
    func elsewhere(_ location: String) async throws {
        let server = try server { location }
        defer { server.stop() }
        #expect(await fetch(FetchRequest(url: server.url())).failure?.code == .badRedirect)
    }

    @Test("a redirect status without a Location is a page, and so is 300")
    func noLocation() async throws {
        let server = try RawServer { request, connection in
            request.path == "/300"
                ? connection.answer("300 Multiple Choices", ["Location: /x"]) : connection.answer("302 Found")
        }
        defer { server.stop() }
        #expect(try await fetch(FetchRequest(url: server.url())).get().status == 302)
        #expect(try await fetch(FetchRequest(url: server.url("/300"))).get().status == 300)
    }

    @Test(
        "301, 302 and 303 go on with GET and without body, 307 and 308 repeat the request",
        arguments: [
            ("301 x", "POST", "GET", ""), ("302 x", "POST", "GET", ""), ("303 x", "PUT", "GET", ""),
            ("307 x", "POST", "POST", "body"),
            ("308 x", "PATCH", "PATCH", "body"), ("303 x", "HEAD", "HEAD", ""), ("302 x", "GET", "GET", "body"),
        ])
    func methods(_ status: String, _ method: String, _ next: String, _ body: String) async throws {
        let server = try server({ "/x" }, status)
        defer { server.stop() }
        let sent = method == "HEAD" ? nil : Array("body".utf8)
        let request = FetchRequest(url: server.url(), method: method, headers: ["Content-Type": "text/x"], body: sent)
        #expect(try await fetch(request).get().status == 200)
        try #require(server.requests.count == 2)
        let second = server.requests[1]
        #expect(second.method == next)
        #expect(String(decoding: second.body, as: UTF8.self) == body)
        #expect(server.requests[0].value("Content-Type") == "text/x")
        #expect((second.value("Content-Type") == nil) == (body.isEmpty && method != "HEAD"))
    }

    @Test("what may be a credential is not carried to another origin, not even on the way back")
    func credentials() async throws {
        let ports = PortBox()
        let home = try RawServer { request, connection in
            switch request.path {
            case "/": connection.answer("302 Found", ["Location: /again"])
            case "/again": connection.answer("307 x", ["Location: http://127.0.0.1:\(ports.other)/away"])
            default: connection.answer("200 OK")
            }
        }
        let other = try RawServer { _, connection in
            connection.answer("307 x", ["Location: http://127.0.0.1:\(ports.home)/back"])
        }
        defer {
            home.stop()
            other.stop()
        }
        ports.set(home: home.port, other: other.port)
        let secrets = [
            "Authorization": "Bearer x", "Cookie": "session=1", "X-Api-Key": "k", "PRIVATE-TOKEN": "t",
            "Referer": "http://a/?key",
        ]
        let harmless = ["User-Agent": "Mine/1", "Accept-Language": "tlh"]
        let request = FetchRequest(url: home.url(), headers: secrets.merging(harmless) { $1 })
        #expect(try await fetch(request).get().finalURL == home.url("/back"))
        for (name, value) in secrets {
            #expect(home.requests.map { $0.value(name) } == [value, value, nil], "\(name)")
            #expect(other.requests.map { $0.value(name) } == [nil], "\(name)")
        }
        for (name, value) in harmless {
            #expect((home.requests + other.requests).allSatisfy { $0.values(name) == [value] }, "\(name)")
        }
    }

    @Test("name and password of the address stay with its origin and are not in the final address")
    func userInfo() async throws {
        let other = try RawServer { _, connection in connection.answer("200 OK") }
        let home = try RawServer { request, connection in
            switch request.path {
            case "/": connection.answer("302 Found", ["Location: rel"])
            case "/rel": connection.answer("302 Found", ["Location: http://\(request.value("Host") ?? "")/abs"])
            default: connection.answer("302 Found", ["Location: \(other.url())"])
            }
        }
        defer {
            home.stop()
            other.stop()
        }
        let page = try await fetch(FetchRequest(url: "http://me:pw@127.0.0.1:\(home.port)/")).get()
        #expect(home.requests.map { $0.value("Authorization") } == Array(repeating: "Basic bWU6cHc=", count: 3))
        #expect(other.requests.map { $0.value("Authorization") } == [nil])
        #expect(page.finalURL == other.url())
        let direct = try await fetch(FetchRequest(url: "http://me:pw@127.0.0.1:\(other.port)/")).get()
        #expect(direct.finalURL == other.url())
    }

    @Test("cookies live within one chain, by their domains, and no longer")
    func cookies() async throws {
        let server = try RawServer { request, connection in
            switch request.path {
            case "/":
                connection.answer(
                    "302 Found",
                    [
                        "Set-Cookie: a=1", "Set-Cookie: deep=1; Path=/deep", "Set-Cookie: safe=1; Secure",
                        "Location: /two",
                    ])
            case "/two":
                connection.answer(
                    "302 Found",
                    ["Set-Cookie: b=2", "Location: http://two.test:\(request.value("X-Port") ?? "")/three"])
            default: connection.answer("200 OK")
            }
        }
        defer { server.stop() }
        let pinned = ["one.test", "two.test"].map { "\($0):\(server.port):127.0.0.1" }
        let fetcher = try CurlFetcher(.init(CurlOptions(addresses: .any, pinnedNames: pinned)))
        let request = FetchRequest(
            url: "http://one.test:\(server.port)/", headers: ["Cookie": "mine=0", "X-Port": "\(server.port)"])
        for _ in 0..<2 { #expect(try await fetcher.fetch(request).status == 200) }
        let sent = server.requests.map { request in
            (request.value("Cookie") ?? "").split(separator: "; ").sorted().joined(separator: ";")
        }
        #expect(sent == ["mine=0", "a=1;mine=0", "", "mine=0", "a=1;mine=0", ""])
    }
}
