import Testing

@testable import Curl

@Suite("Addresses")
struct CurlURLTests {
    @Test(
        "an address is read to one form",
        arguments: [
            ("http://example.com", "http://example.com/", "example.com", 80),
            ("  https://example.com/a?b=c#d\n", "https://example.com/a?b=c", "example.com", 443),
            ("HTTP://EXAMPLE.com:8080/A", "http://example.com:8080/A", "example.com", 8080),
            ("http://example.com/a b/ü", "http://example.com/a%20b/%c3%bc", "example.com", 80),
            ("http://example.com/a/../b/./c", "http://example.com/b/c", "example.com", 80),
            ("http://bücher.example/", "http://xn--bcher-kva.example/", "xn--bcher-kva.example", 80),
            ("http://under_score.example/", "http://under_score.example/", "under_score.example", 80),
            ("http://127.1/", "http://127.0.0.1/", "127.0.0.1", 80),
            ("http://0x7f.0.0.1/", "http://127.0.0.1/", "127.0.0.1", 80),
            ("http://0177.0.0.1/", "http://127.0.0.1/", "127.0.0.1", 80),
            ("http://2130706433/", "http://127.0.0.1/", "127.0.0.1", 80),
            ("http://127%2e0.0.1/", "http://127.0.0.1/", "127.0.0.1", 80),
            ("http://[::1]:81/", "http://[::1]:81/", "::1", 81),
            ("http://[0:0:0:0:0:ffff:7f00:1]/", "http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", 80),
            ("http://１２７.0.0.1/", "http://127.0.0.1/", "127.0.0.1", 80),
            ("http://①/", "http://0.0.0.1/", "0.0.0.1", 80),
            ("http://example.com?q", "http://example.com/?q", "example.com", 80),
        ])
    func reads(_ text: String, _ whole: String, _ host: String, _ port: Int) throws {
        let url = try CurlURL(text)
        #expect(url.text.lowercased() == whole.lowercased())
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(try CurlURL(url.text) == url)
    }

    @Test(
        "what parsers disagree about is refused",
        arguments: [
            "", " ", "example.com", "example.com:80/x", "//example.com", "/x", "http:", "http:/example.com",
            "http:///example.com",
            "http:example.com", "http://", "http://:80/", "http://exa mple.com/", "http://example.com:0/",
            "http://example.com:65536/",
            "http://example.com:80:80/", "http://example.com:x/", "http://example.com\\@evil.test/", "http://a\\b/",
            "http://example.com/\u{0}", "http://example.com/a\r\nb", "http://example.com/a\tb", "http://<script>/",
            "http://a/<b>",
            "http://[::1", "http://[::1%25lo]/", "http://[fe80::1%25eth0]/", "http://[v1.x]/", "http://a..b/",
            "http://.a/",
            "http://exa%00mple.com/", "http://exa%2Fmple.com/", "http://a|b/", "http://a,b/", "http://a'b/", "http://%",
            "http://" + String(repeating: "a", count: 300) + "/", "http://a/" + String(repeating: "a", count: 9000),
        ])
    func refuses(_ text: String) {
        #expect(throws: CurlError.self) { try CurlURL(text) }
    }

    @Test(
        "other schemes are refused by name",
        arguments: [
            ("ftp://a/", "ftp"), ("file:///etc/passwd", "file"), ("javascript:alert(1)", "javascript"),
            ("data:text/html,x", "data"),
            ("gopher://a/", "gopher"), ("mailto:a@b", "mailto"), ("HTTPX://a/", "httpx"),
        ])
    func refusesSchemes(_ text: String, _ scheme: String) {
        #expect(throws: CurlError.schemeRefused(scheme)) { try CurlURL(text) }
    }

    @Test(
        "a Location is read against the address that sent it",
        arguments: [
            ("/x", "http://h:81/x"), ("x", "http://h:81/a/x"), ("../x", "http://h:81/x"),
            ("../../../x", "http://h:81/x"),
            ("./x?y", "http://h:81/a/x?y"), ("?y=z", "http://h:81/a/b?y=z"), ("//other/x", "http://other/x"),
            ("https://h:81/x", "https://h:81/x"), ("", "http://h:81/a/b?q"), ("#f", "http://h:81/a/b?q"),
            ("x#f", "http://h:81/a/x"),
            ("/a b", "http://h:81/a%20b"), ("/ü", "http://h:81/%c3%bc"), ("//[::1]/", "http://[::1]/"),
        ])
    func relative(_ reference: String, _ expected: String) throws {
        #expect(try CurlURL(reference, relativeTo: CurlURL("http://h:81/a/b?q")).text.lowercased() == expected)
    }

    @Test(
        "a Location to elsewhere than the web is refused",
        arguments: ["ftp://a/", "javascript:x", "http:x", "http:///x", "\\\\a", "/\u{1}"])
    func badRelative(_ reference: String) throws {
        let base = try CurlURL("http://h/")
        #expect(throws: CurlError.self) { try CurlURL(reference, relativeTo: base) }
    }

    @Test("name and password are part of what is sent and of nothing that is shown")
    func credentials() throws {
        let url = try CurlURL("http://me:p%40ss@example.com:81/x")
        #expect(url.text == "http://me:p%40ss@example.com:81/x")
        #expect(url.redacted == "http://example.com:81/x")
        #expect(url.host == "example.com")
        #expect(url.hasCredentials)
        let next = try CurlURL("http://example.com:81/y").withCredentials(of: url)
        #expect(next.text == "http://me:p%40ss@example.com:81/y")
        #expect(next.redacted == "http://example.com:81/y")
    }

    @Test("an origin is scheme, host and port")
    func origins() throws {
        let url = try CurlURL("http://a/x")
        #expect(url.hasOrigin(of: try CurlURL("http://A:80/y")))
        #expect(!url.hasOrigin(of: try CurlURL("https://a/x")))
        #expect(!url.hasOrigin(of: try CurlURL("http://a:81/x")))
        #expect(!url.hasOrigin(of: try CurlURL("http://b/x")))
        #expect(try CurlURL("http://[::1]/").hostAndPort == "[::1]:80")
        #expect(url.hostAndPort == "a:80")
    }

    @Test("any text is read or refused, and what is read reads back the same")
    func anyText() {
        let seed = UInt64.random(in: 1...UInt64.max)
        print("CurlURLTests.anyText: seed \(seed)")
        var random = Xorshift(state: seed)
        let pieces = [
            "http", "https", "ftp", ":", "/", "//", "///", "@", "[", "]", "::1", "%", "%00", "%2e", "%25", ".", "..",
            "a", "Z", "ü", "0x7f", "127", "1",
            "65536", "#", "?", "&", "\\", " ", "\u{0}", "\r\n", "<", "\u{200B}", "。", "①", "xn--", "-", "_", "\u{FFFF}",
            "ß",
        ]
        let base = try? CurlURL("http://u:p@base.test:81/a/b?c")
        for _ in 0..<4_000 {
            let text = (0..<random.next(below: 12)).map { _ in pieces[random.next(below: pieces.count)] }.joined()
            for url in [
                try? CurlURL("http://" + text), try? CurlURL(text), base.flatMap { try? CurlURL(text, relativeTo: $0) },
            ] {
                guard let url else { continue }
                #expect((try? CurlURL(url.text)) == url, "\(text) \(seed)")
                #expect((1...65_535).contains(url.port) && !url.host.isEmpty, "\(text) \(seed)")
                #expect((try? CurlURL(url.redacted))?.hasCredentials == false, "\(text) \(seed)")
            }
        }
    }
}

/// A small reproducible source of numbers.
struct Xorshift {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}
