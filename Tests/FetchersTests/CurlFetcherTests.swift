import Curl
import Domain
import FetchFixtures
import Fetchers
import Foundation
import TestSupport
import Testing

@Suite("Fetching by curl")
struct CurlFetcherTests {
    @Test("a page comes with what its headers say")
    func page() async throws {
        let server = try RawServer { _, connection in
            connection.answer(
                "200 OK",
                [
                    "content-type: text/html; charset=utf-8", "ETag: \"v1\"",
                    "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", "Server: Raw",
                ],
                body: Array("hello".utf8))
        }
        defer { server.stop() }
        let page = try await fetch(FetchRequest(url: server.url("/x"))).get()
        #expect(
            page
                == FetchedPage(
                    status: 200, finalURL: server.url("/x"), contentType: "text/html; charset=utf-8",
                    body: Array("hello".utf8),
                    etag: "\"v1\"", lastModified: "Sun, 06 Nov 1994 08:49:37 GMT", server: "Raw"))
    }

    @Test("a body counts until nobody has its page any more, and beyond the bound a large one is put off")
    func bodies() async throws {
        let body = [UInt8](repeating: 0x61, count: 3 << 20)
        let server = try RawServer { request, connection in
            connection.answer("200 OK", ["Content-Type: text/plain"], body: request.path == "/small" ? [0x61] : body)
        }
        defer { server.stop() }
        let allowance = BodyAllowance(5 << 20)
        let options = CurlFetcher.Options(CurlOptions(addresses: .any, bodies: allowance))
        let fetcher = try CurlFetcher(options)
        defer { fetcher.close() }
        func ask(_ path: String) async throws -> FetchedPage {
            try await fetcher.fetch(FetchRequest(url: server.url(path)))
        }
        var first: FetchedPage? = try await ask("/large")
        #expect(allowance.taken == 3 << 20)
        #expect(try await ask("/small").body == [0x61])
        await #expect(throws: CheckFailure(.noRoom)) { try await ask("/large") }
        #expect(first?.body.count == 3 << 20 && allowance.taken == 3 << 20)
        first = nil
        #expect(allowance.taken == 0)
        #expect(try await ask("/large").body.count == 3 << 20)
    }

    @Test("every compression that is asked for is undone", arguments: ["gzip", "br", "zstd", "identity"])
    func compression(_ encoding: String) async throws {
        let server = try RawServer { request, connection in
            let bodies = ["gzip": Compressed.gzipHello, "br": Compressed.brotliHello, "zstd": Compressed.zstdHello]
            let accepted = (request.value("Accept-Encoding") ?? "").contains(encoding) || encoding == "identity"
            return connection.answer(
                accepted ? "200 OK" : "406 x", ["Content-Encoding: \(encoding)"],
                body: bodies[encoding] ?? Array("hello".utf8))
        }
        defer { server.stop() }
        let page = try await fetch(FetchRequest(url: server.url())).get()
        #expect(page.status == 200)
        #expect(page.text == "hello")
    }

    @Test("nginx's compressed page is the page")
    func compressedByNginx() async throws {
        let nginx = try Nginx.shared.get()
        let page = try await fetch(FetchRequest(url: "http://127.0.0.1:\(nginx.httpPort)/gzip/page")).get()
        #expect(page.body == Array(Nginx.page(50_000)))
    }

    @Test("a page is the same however it is cut on its way", arguments: 1...12 as ClosedRange<UInt64>)
    func cuts(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let page = Array((0..<400).map { "<p class='€'>Zeile \($0): 日本 &amp; 12,50 €</p>\r\n" }.joined().utf8)
        var pieces: [[UInt8]] = []
        var at = 0
        while at < page.count {
            // Through the middle of characters, tags and line ends.
            let end = min(page.count, at + Int.random(in: 1...(seed < 7 ? 40 : 4000), using: &random))
            pieces.append(Array("\(String(end - at, radix: 16))\r\n".utf8) + page[at..<end] + Array("\r\n".utf8))
            at = end
        }
        let server = try RawServer { [pieces] _, connection in
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in pieces { connection.send(piece) }
            return connection.send("0\r\n\r\n")
        }
        defer { server.stop() }
        #expect(try await fetch(FetchRequest(url: server.url())).get().body == page, "seed \(seed)")
    }

    @Test("an empty page is a page")
    func empty() async throws {
        let nginx = try Nginx.shared.get()
        let page = try await fetch(FetchRequest(url: "http://127.0.0.1:\(nginx.httpPort)/empty")).get()
        #expect(page.status == 200)
        #expect(page.body.isEmpty)
    }

    @Test(
        "a page without length and one with less than was sent are what they are",
        arguments: ["", "Content-Length: 5\r\n"])
    func lengths(_ header: String) async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n\(header)\r\nhello" + (header.isEmpty ? "" : " and more"))
            return false
        }
        defer { server.stop() }
        #expect(try await fetch(FetchRequest(url: server.url())).get().text == "hello")
    }

    @Test("what is known of the page is asked back, and 304 is a page without body")
    func notModified() async throws {
        let nginx = try Nginx.shared.get()
        let url = "http://127.0.0.1:\(nginx.httpPort)/5k"
        let first = try await fetch(FetchRequest(url: url)).get()
        #expect(first.etag != nil)
        let again = try await fetch(FetchRequest(url: url, etag: first.etag, lastModified: first.lastModified)).get()
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        let stale = try await fetch(FetchRequest(url: url, etag: "\"other\"")).get()
        #expect(stale.status == 200)
    }

    @Test("a tag follows a redirect, a date does not, and neither is sent when it could begin another header")
    func conditions() async throws {
        let server = try RawServer { request, connection in
            request.path == "/" ? connection.answer("302 Found", ["Location: /x"]) : connection.answer("200 OK")
        }
        defer { server.stop() }
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        _ = try await fetch(FetchRequest(url: server.url(), etag: "\"v\"", lastModified: date)).get()
        _ = try await fetch(FetchRequest(url: server.url("/y"), etag: "\"v\"\r\nEvil: 1", lastModified: "\n")).get()
        _ = try await fetch(FetchRequest(url: server.url("/z"), headers: ["if-none-match": "mine"], etag: "\"v\""))
            .get()
        #expect(server.requests.map { $0.value("If-None-Match") } == ["\"v\"", "\"v\"", nil, "mine"])
        #expect(server.requests.map { $0.value("If-Modified-Since") } == [date, nil, nil, nil])
        #expect(server.requests.allSatisfy { $0.value("Evil") == nil })
    }

    @Test("429 and 503 are pages that say until when", arguments: ["429 Too Many Requests", "503 Service Unavailable"])
    func retryAfter(_ status: String) async throws {
        let server = try RawServer { _, connection in connection.answer(status, ["Retry-After: 120"]) }
        defer { server.stop() }
        let before = Date()
        let page = try await fetch(FetchRequest(url: server.url())).get()
        let moment = try #require(page.retryAfter)
        #expect(String(page.status) == status.prefix(3))
        #expect(moment >= before.addingTimeInterval(120))
        #expect(moment <= Date().addingTimeInterval(120))
    }

    @Test("a person's headers take the place of ours, and those between two machines are left out")
    func headers() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let given = [
            "accept": "x/y", "USER-AGENT": "Mine/1", "X-Empty": "", "Connection": "close", "Content-Length": "99",
            "Transfer-Encoding": "chunked",
            ":authority": "evil.test", "Host": "named.test", "Expect": "100-continue",
        ]
        _ = try await fetch(FetchRequest(url: server.url(), headers: given)).get()
        let request = try #require(server.requests.first)
        #expect(request.values("Accept") == ["x/y"])
        #expect(request.values("User-Agent") == ["Mine/1"])
        #expect(request.values("Host") == ["named.test"])
        #expect(request.lines.contains { $0.hasPrefix("X-Empty:") })
        for name in ["Connection", "Content-Length", "Transfer-Encoding", "Expect"] {
            #expect(request.values(name).isEmpty, "\(name)")
        }
        #expect(!request.lines.contains { $0.contains("evil.test") })
        #expect(request.value("Accept-Language") != nil)
    }

    @Test("a body is sent with every method that has one", arguments: ["POST", "PUT", "PATCH", "DELETE", "GET"])
    func bodies(_ method: String) async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let body = [UInt8](repeating: 0x7A, count: 2_000_000)
        for body in [body, [], nil] {
            #expect(try await fetch(FetchRequest(url: server.url(), method: method, body: body)).get().status == 200)
        }
        #expect(server.requests.map(\.method) == [method, method, method])
        #expect(server.requests.map(\.body.count) == [2_000_000, 0, 0])
        #expect(server.requests[1].value("Content-Length") == "0")
    }

    @Test("a name in another script is asked for in its ASCII form")
    func international() async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        let pinned = ["xn--bcher-kva.test:\(server.port):127.0.0.1"]
        let page = try await fetch(FetchRequest(url: "http://BÜCHER.test:\(server.port)/"), pinned: pinned).get()
        #expect(page.finalURL == "http://xn--bcher-kva.test:\(server.port)/")
        #expect(server.requests.first?.value("Host") == "xn--bcher-kva.test:\(server.port)")
    }

    @Test("a fetch of a cancelled task ends as cancelled, and so does one of a closed fetcher")
    func cancellation() async throws {
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { _, connection in
            step.yield()
            connection.waitForClient()
            return false
        }
        defer { server.stop() }
        let fetcher = try CurlFetcher(.init(CurlOptions(addresses: .any)))
        let request = FetchRequest(url: server.url())
        var seen = steps.makeAsyncIterator()
        let first = Task { try await fetcher.fetch(request) }
        await seen.next()
        first.cancel()
        await #expect(throws: CheckFailure(.cancelled)) { try await first.value }
        let second = Task { try await fetcher.fetch(request) }
        await seen.next()
        fetcher.close()
        await #expect(throws: CheckFailure(.cancelled)) { try await second.value }
    }
}
