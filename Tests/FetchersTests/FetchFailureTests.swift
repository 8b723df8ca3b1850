import Curl
import Domain
import FetchFixtures
import Fetchers
import Testing

@Suite("Fetches that fail")
struct FetchFailureTests {
    /// Answers with these bytes and closes.
    private func failure(answering bytes: [UInt8]) async throws -> CheckFailure? {
        let server = try RawServer { _, connection in
            connection.send(bytes)
            return false
        }
        defer { server.stop() }
        return await fetch(FetchRequest(url: server.url())).failure
    }

    /// What a server sends before it closes, and how that is told.
    private static let brokenAnswers: [(String, CheckFailure.Code)] = [
        ("", .connectionReset),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", .connectionReset),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", .connectionReset),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", .connectionReset),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhello", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello12", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 7\r\ncontent-length: 5\r\n\r\nhello12", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\nhello12", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5 7\r\n\r\nhello12", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nhello", .tooLarge),
        ("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nhello", .badResponse),
        ("<html>HTTP/0.9 has no headers</html>\r\n", .badResponse),
        ("SSH-2.0-OpenSSH_9.2\r\n", .badResponse),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nnot zip", .badEncoding),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 5\r\n\r\n\u{7F}\u{7F}abc", .badEncoding),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 5\r\n\r\nabcde", .badEncoding),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: made-up\r\nContent-Length: 5\r\n\r\nabcde", .badEncoding),
        ("HTTP/1.1 304 Not Modified\r\n\r\n", .badResponse),
        (head([String(repeating: "x", count: 200_000)]), .badResponse),
        (head(Array(repeating: "y", count: 501)), .badResponse),
        (head(Array(repeating: String(repeating: "z", count: 5_000), count: 60)), .badResponse),
    ]

    private static func head(_ values: [String]) -> String {
        "HTTP/1.1 200 OK\r\n" + values.map { "X: \($0)\r\n" }.joined() + "\r\n"
    }

    @Test("an answer that is not whole or not HTTP is no page", arguments: brokenAnswers)
    func broken(_ answer: String, _ code: CheckFailure.Code) async throws {
        #expect(try await failure(answering: Array(answer.utf8))?.code == code)
    }

    @Test(
        "one length that is said twice is one length, and pieces need none",
        arguments: [
            "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "Content-Length: 5, 5\r\n\r\nhello",
            "Content-Length: 05\r\n\r\nhello",
            "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ])
    func sameLengths(_ rest: String) async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n" + rest)
            return false
        }
        defer { server.stop() }
        #expect(try await fetch(FetchRequest(url: server.url())).get().text == "hello")
    }

    @Test("an answer with two lengths is told with both")
    func twoLengths() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello12"
        let failure = try await failure(answering: Array(answer.utf8))
        #expect(failure?.message == "The server's response is not valid HTTP: it gives two lengths, 5 and 7")
    }

    @Test("a port where nothing listens refuses the connection")
    func refused() async throws {
        let port = try RawServer.unusedPort()
        let failure = await fetch(FetchRequest(url: "http://127.0.0.1:\(port)/")).failure
        #expect(failure == CheckFailure(.connectionRefused, "127.0.0.1"))
    }

    @Test("a name that does not exist is said so")
    func unknownName() async {
        #expect(
            await fetch(FetchRequest(url: "http://no-such-name.invalid/")).failure
                == CheckFailure(.dnsFailed, "no-such-name.invalid"))
    }

    @Test("a connection reset in the middle of the page is no page")
    func reset() async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin")
            connection.reset()
            return false
        }
        defer { server.stop() }
        #expect(await fetch(FetchRequest(url: server.url())).failure?.code == .connectionReset)
    }

    @Test(
        "a server that does not answer, or not with whole headers, is given up",
        arguments: ["", "HTTP/1.1 200 OK\r\nX: 1\r\n"])
    func slowHeaders(_ begin: String) async throws {
        let server = try RawServer { _, connection in
            connection.send(begin)
            connection.waitForClient()
            return false
        }
        defer { server.stop() }
        let failure = await fetch(FetchRequest(url: server.url())) { $0.curl.answerTimeout = .seconds(1) }
            .failure
        #expect(failure == CheckFailure(.timeout, "1"))
    }

    @Test("a page that does not end in time is given up")
    func slowBody() async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin")
            connection.waitForClient()
            return false
        }
        defer { server.stop() }
        let failure = await fetch(FetchRequest(url: server.url())) { $0.timeout = .seconds(1) }.failure
        #expect(failure == CheckFailure(.tooSlow, "1"))
    }

    @Test("the time is for the whole chain of redirects, so that a circle ends by it")
    func slowChain() async throws {
        let server = try RawServer { _, connection in connection.answer("302 Found", ["Location: /"]) }
        defer { server.stop() }
        let failure = await fetch(FetchRequest(url: server.url())) {
            $0.timeout = .milliseconds(500)
            $0.redirectLimit = 1_000_000
        }.failure
        // Whether the last hop was still waiting for its answer, is chance.
        #expect([.tooSlow, .timeout, .connectTimeout].contains(failure?.code))
    }

    @Test("a page that trickles below the least speed is given up before its time")
    func trickle() async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin")
            connection.waitForClient()
            return false
        }
        defer { server.stop() }
        let failure = await fetch(FetchRequest(url: server.url())) {
            $0.curl.slowestBytesPerSecond = 100
            $0.curl.slowestFor = .seconds(1)
        }.failure
        #expect(failure?.code == .tooSlow)
        #expect(failure?.detail != "60")
    }

    @Test("a host that takes a connection and no handshake could not be reached in time")
    func slowHandshake() async throws {
        let server = try RawServer { _, _ in false }
        defer { server.stop() }
        let url = "https://127.0.0.1:\(server.port)/"
        let failure = await fetch(FetchRequest(url: url)) { $0.curl.connectTimeout = .milliseconds(500) }.failure
        #expect(failure == CheckFailure(.connectTimeout, "127.0.0.1"))
    }

    @Test("a page without end stops at the limit")
    func endless() async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            while connection.send([UInt8](repeating: 0x61, count: 65_536)) {}
            return false
        }
        defer { server.stop() }
        let failure = await fetch(FetchRequest(url: server.url())) { $0.bodyLimit = 1_000_000 }.failure
        #expect(failure == CheckFailure(.tooLarge, "1000000"))
    }

    @Test("a page that is announced as too long is not read at all")
    func announced() async throws {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx".utf8)
        #expect(try await failure(answering: head) == CheckFailure(.tooLarge, "16777216"))
    }

    @Test("the limit is on the page as decoded, so a bomb of zeros stops at it", arguments: ["gzip", "zstd"])
    func bomb(_ encoding: String) async throws {
        let server = try RawServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: \(encoding)\r\n\r\n")
            if encoding == "zstd" {
                connection.send(Compressed.zstdBomb(blocks: 8_000))
            } else {
                let (head, piece) = Compressed.endlessGzip
                connection.send(head)
                while connection.send((0..<1000).flatMap { _ in piece }) {}
            }
            return false
        }
        defer { server.stop() }
        #expect(await fetch(FetchRequest(url: server.url())).failure == CheckFailure(.tooLarge, "16777216"))
    }

    @Test("a page of exactly the limit is taken, one byte more is not")
    func limit() async throws {
        let server = try RawServer { request, connection in
            connection.answer("200 OK", body: [UInt8](repeating: 0x61, count: request.path == "/10" ? 10 : 11))
        }
        defer { server.stop() }
        #expect(try await fetch(FetchRequest(url: server.url("/10"))) { $0.bodyLimit = 10 }.get().body.count == 10)
        #expect(await fetch(FetchRequest(url: server.url("/11"))) { $0.bodyLimit = 10 }.failure?.code == .tooLarge)
    }

    @Test(
        "a header that would begin another one is not sent",
        arguments: [
            ("X", "a\r\nEvil: 1"), ("X", "a\nEvil: 1"), ("X", "a\u{0}b"), ("X\r\nEvil", "1"), ("X Y", "1"), ("", "1"),
            ("X:", "1"),
        ])
    func injection(_ name: String, _ value: String) async throws {
        let server = try RawServer { _, connection in connection.answer("200 OK") }
        defer { server.stop() }
        #expect(await fetch(FetchRequest(url: server.url(), headers: [name: value])).failure?.code == .badRequest)
        #expect(
            await fetch(FetchRequest(url: server.url(), method: "GET / HTTP/1.1\r\nX:")).failure?.code == .badRequest)
        #expect(server.connectionCount == 0)
    }

    @Test("a certificate that is not good is no page: who, until when and for whom are all checked")
    func certificates() async throws {
        let nginx = try Nginx.shared.get()
        let trusted = nginx.authority
        func failure(_ port: Int, _ certificates: String?) async -> CheckFailure? {
            await fetch(FetchRequest(url: "https://localhost:\(port)/5k"), certificates: certificates).failure
        }
        #expect(await failure(nginx.httpsPort, trusted) == nil)
        #expect(await failure(nginx.httpsPort, nil)?.code == .tlsFailed)
        #expect(await failure(nginx.selfSignedPort, trusted)?.code == .tlsFailed)
        #expect(await failure(nginx.wrongHostPort, trusted)?.code == .tlsFailed)
        let expired = await failure(nginx.expiredPort, trusted)
        #expect(expired?.code == .tlsFailed)
        #expect(expired?.detail?.contains("expired") == true)
    }

    @Test("TLS towards a server that speaks none fails as TLS")
    func noTLS() async throws {
        let nginx = try Nginx.shared.get()
        #expect(await fetch(FetchRequest(url: "https://localhost:\(nginx.httpPort)/")).failure?.code == .tlsFailed)
    }
}
