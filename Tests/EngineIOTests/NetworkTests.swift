import EngineIO
import Foundation
import NIOCore
import SocketTestKit
import Testing

@Suite("Over real connections", .timeLimit(.minutes(1)))
struct NetworkTests {
    static let polling = "/socket.io/?EIO=4&transport=polling"

    struct Refused: Sendable, CustomStringConvertible {
        var description: String { request }
        let request: String
        var status = 400
        let body: String

        init(_ request: String, _ code: Int, _ message: String, status: Int = 400) {
            self.request = request
            self.status = status
            body = #"{"code":\#(code),"message":"\#(message)"}"#
        }
    }

    static let refused: [Refused] = [
        .init("GET /socket.io/", 0, "Transport unknown"),
        .init("GET /socket.io/?EIO=4&transport=abc", 0, "Transport unknown"),
        .init("GET /socket.io/?EIO=4&transport=webtransport", 0, "Transport unknown"),
        .init("GET /socket.io/unknown.js", 0, "Transport unknown"),
        .init("GET /socket.io/?EIO=4&transport=polling&sid=nope", 1, "Session ID unknown"),
        .init("GET /socket.io/?EIO=4&transport=polling&sid=__proto__", 1, "Session ID unknown"),
        .init("POST /socket.io/?EIO=4&transport=polling&sid=", 1, "Session ID unknown"),
        .init("POST \(polling)", 2, "Bad handshake method"),
        .init("PUT \(polling)", 2, "Bad handshake method"),
        .init("OPTIONS \(polling)", 2, "Bad handshake method"),
        .init("GET /socket.io/?EIO=4&transport=websocket", 3, "Bad request"),
        .init("GET /socket.io/?transport=polling", 5, "Unsupported protocol version"),
        .init("GET /socket.io/?EIO=3&transport=polling", 5, "Unsupported protocol version"),
        .init("GET /socket.io/?EIO=abc&transport=polling", 5, "Unsupported protocol version"),
    ]

    @Test("refused requests say why, and the connection lives on", arguments: refused)
    func errors(_ refused: Refused) async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let parts = refused.request.split(separator: " ").map(String.init)
        for _ in 0..<2 {
            let answer = try await client.request(parts[0], parts[1], body: parts[0] == "GET" ? nil : "4x")
            #expect(answer.status == refused.status)
            #expect(answer.body == refused.body)
            #expect(answer.headers["content-type"] == "application/json")
        }
        #expect(server.engine.sessionCount == 0)
    }

    @Test("polling: handshake, message, echo, and the headers of each answer")
    func pollingEcho() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let handshake = try await client.get(Self.polling)
        #expect(handshake.status == 200)
        #expect(handshake.headers["content-type"] == "text/plain; charset=UTF-8")
        #expect(handshake.headers["cache-control"] == "no-store")
        #expect(handshake.headers["set-cookie"] == nil)
        #expect(handshake.headers["access-control-allow-origin"] == nil)
        let sid = String(handshake.body.dropFirst(9).prefix(20))
        let posted = try await client.post(Self.polling + "&sid=" + sid, "4hello\u{1e}bAQI=")
        #expect(posted.status == 200 && posted.body == "ok")
        #expect(posted.headers["content-type"] == "text/html")
        let polled = try await client.get(Self.polling + "&sid=" + sid)
        #expect(polled.body == "4hello\u{1e}bAQI=")
    }

    @Test("a request on another event loop finds its session", arguments: 1...6)
    func otherLoops(index: Int) async throws {
        let server = try await TestServer()
        var clients: [RawClient] = []
        for _ in 0..<index { clients.append(try await server.client()) }
        let sid = try await server.session(clients[0])
        let last = clients[index - 1]
        #expect(try await last.post(Self.polling + "&sid=" + sid, "4x").body == "ok")
        #expect(try await clients[index / 2].get(Self.polling + "&sid=" + sid).body == "4x")
    }

    @Test(
        "a keep-alive connection that has served pages and polls becomes a WebSocket", arguments: [true, false])
    func upgradeLater(isPlain: Bool) async throws {
        let server = try await TestServer(isPlain: isPlain)
        let client = try await server.client()
        #expect(try await client.get("/page").body == "GET /page ")
        let sid = try await server.session(client)
        #expect(try await client.post("/form", "a=1").body == "POST /form a=1")
        let answer = try await client.upgrade("/socket.io/?EIO=4&transport=websocket&sid=" + sid)
        #expect(answer.status == 101)
        #expect(answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        try await client.sendText("2probe")
        #expect(try await client.frame().text == "3probe")
        try await client.sendText("5")
        try await client.sendText("4hello")
        #expect(try await client.frame().text == "4hello")
        try await client.sendFrame(2, [1, 2, 3])
        #expect(try await client.frame() == .init(opcode: 2, payload: [1, 2, 3]))
        try await client.sendFrame(9, [7])
        #expect(try await client.frame() == .init(opcode: 10, payload: [7]))
        #expect(server.engine.clients == (0, 1))
    }

    @Test("a WebSocket that arrives on another event loop serves its session", arguments: [true, false], 1...4)
    func upgradeElsewhere(isPlain: Bool, index: Int) async throws {
        let server = try await TestServer(isPlain: isPlain)
        var clients: [RawClient] = []
        for _ in 0...index { clients.append(try await server.client()) }
        let sid = try await server.session(clients[0])
        let socket = clients[index]
        #expect(try await socket.upgrade("/socket.io/?EIO=4&transport=websocket&sid=" + sid).status == 101)
        try await clients[0].send(RawClient.text("GET", Self.polling + "&sid=" + sid))
        try await socket.sendText("2probe")
        #expect(try await socket.frame().text == "3probe")
        #expect(try await clients[0].answer().body == "6")
        try await socket.sendText("5")
        for number in 0..<20 {
            try await socket.sendText("4\(number)")
            #expect(try await socket.frame().text == "4\(number)")
        }
        let late = try await clients[0].get(Self.polling + "&sid=" + sid)
        #expect(late.body == #"{"code":3,"message":"Bad request"}"#)
        try await socket.close()
        #expect(try await server.ending() == .transportClose)
        #expect(server.engine.sessionCount == 0)
    }

    @Test("a session may begin on a WebSocket", arguments: [true, false])
    func webSocketOnly(isPlain: Bool) async throws {
        let server = try await TestServer(isPlain: isPlain)
        let client = try await server.client()
        #expect(try await client.upgrade("/socket.io/?EIO=4&transport=websocket").status == 101)
        #expect(try await client.frame().text.hasPrefix("0{\"sid\":"))
        try await client.sendText("4a")
        #expect(try await client.frame().text == "4a")
        try await client.sendFrame(8, [])
        #expect(try await client.frame().opcode == 8)
        try await client.closed()
        #expect(try await server.ending() == .transportClose)
    }

    @Test(
        "a refused WebSocket gets plain words before any 101",
        arguments: [
            ("/socket.io/?EIO=3&transport=websocket", "Unsupported protocol version"),
            ("/socket.io/?EIO=4&transport=websocket&sid=nope", "Session ID unknown"),
            ("/socket.io/?EIO=4&transport=polling", "Bad request"),
            ("/socket.io/?EIO=4&transport=abc", "Transport unknown"),
        ])
    func refusedUpgrade(path: String, message: String) async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let answer = try await client.upgrade(path)
        #expect(answer.status == 400)
        #expect(answer.body == message)
        #expect(answer.headers["connection"] == "close")
        try await client.closed()
    }

    @Test("a second WebSocket for a session is closed and the first stays")
    func secondSocket() async throws {
        let server = try await TestServer()
        let first = try await server.client()
        let second = try await server.client()
        let sid = try await server.session(second)
        let path = "/socket.io/?EIO=4&transport=websocket&sid=" + sid
        #expect(try await first.upgrade(path).status == 101)
        try await first.sendText("2probe")
        #expect(try await first.frame().text == "3probe")
        try await first.sendText("5")
        #expect(try await second.upgrade(path).status == 101)
        #expect(try await second.frame().opcode == 8)
        try await first.sendText("4still here")
        #expect(try await first.frame().text == "4still here")
    }

    @Test("pipelined requests are answered in order, ours and others'")
    func pipelining() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let sid = try await server.session(client)
        let path = Self.polling + "&sid=" + sid
        try await client.send(
            RawClient.text("GET", "/one") + RawClient.text("POST", path, body: "4x") + RawClient.text("GET", path)
                + RawClient.text("GET", "/two") + RawClient.text("POST", path, body: "4y"))
        #expect(try await client.answer().body == "GET /one ")
        #expect(try await client.answer().body == "ok")
        #expect(try await client.answer().body == "4x")
        #expect(try await client.answer().body == "GET /two ")
        #expect(try await client.answer().body == "ok")
    }

    static let malformed = [
        "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /socket.io/ HTTP/1.1\r\nBad Header\r\n\r\n",
        "\u{0}\u{1}\u{2}",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ]

    @Test("a malformed request is answered 400 and the connection closed", arguments: malformed, [0, 1, 2])
    func malformedRequests(text: String, goodBefore: Int) async throws {
        let server = try await TestServer()
        let client = try await server.client()
        if goodBefore > 0 { _ = try await server.session(client) }
        if goodBefore > 1 { #expect(try await client.get("/page").status == 200) }
        try await client.send(text)
        #expect(try await client.answer().status == 400)
        try await client.closed()
    }

    @Test("garbage behind a hanging poll ends that connection")
    func garbageBehindPoll() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let other = try await server.client()
        let sid = try await server.session(client)
        try await client.send(RawClient.text("GET", Self.polling + "&sid=" + sid) + "GARBAGE\r\n\r\n")
        let posted = try? await other.post(Self.polling + "&sid=" + sid, "4x")
        if posted?.status == 200 { _ = try? await client.answer() }
        try await client.closed()
    }

    @Test("a body over the limit is answered 413 and the session goes on", arguments: [true, false])
    func tooLarge(isChunked: Bool) async throws {
        let server = try await TestServer { $0.session.maxPayload = 1000 }
        let client = try await server.client()
        let path = Self.polling + "&sid=" + (try await server.session(client))
        let large = "4" + String(repeating: "x", count: 1000)
        if isChunked {
            let head = RawClient.text("POST", path, headers: ["Transfer-Encoding: chunked"])
            try await client.send(head + "1f4\r\n" + String(repeating: "4", count: 500) + "\r\n")
            try await client.send("1f5\r\n" + String(repeating: "x", count: 501) + "\r\n0\r\n\r\n")
            #expect(try await client.answer().status == 413)
        } else {
            #expect(try await client.post(path, large).status == 413)
        }
        #expect(try await client.post(path, "4" + String(repeating: "x", count: 999)).status == 200)
        #expect(try await client.get(path).body.utf8.count == 1000)
    }

    @Test("an octet-stream body is refused and ends the session")
    func octetStream() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let path = Self.polling + "&sid=" + (try await server.session(client))
        let answer = try await client.post(path, "4x", headers: ["Content-Type: application/octet-stream"])
        #expect(answer.status == 400 && answer.body.isEmpty)
        #expect(try await server.ending() == .transportError)
    }

    @Test("a client that goes away while its poll hangs ends the session", arguments: [true, false])
    func dropped(halfOnly: Bool) async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let other = try await server.client()
        let path = Self.polling + "&sid=" + (try await server.session(client))
        try await client.send(RawClient.text("GET", path))
        if halfOnly { try await client.closeOutput() } else { try await client.close() }
        #expect(try await server.ending() == .transportError)
        #expect(try await other.get(path).body == #"{"code":1,"message":"Session ID unknown"}"#)
    }

    @Test("two polls at a time end the session")
    func twoPolls() async throws {
        let server = try await TestServer()
        let clients = [try await server.client(), try await server.client()]
        let path = Self.polling + "&sid=" + (try await server.session(clients[0]))
        for client in clients { try await client.send(RawClient.text("GET", path)) }
        let answers = [try await clients[0].answer(), try await clients[1].answer()]
        #expect(Set(answers.map(\.status)) == [200, 400])
        #expect(Set(answers.map(\.body)) == ["1", ""])
        #expect(try await server.ending() == .transportError)
    }

    @Test("a WebSocket message over the limit is closed with 1009")
    func largeFrame() async throws {
        let server = try await TestServer { $0.session.maxPayload = 1000 }
        let client = try await server.client()
        _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket")
        _ = try await client.frame()
        try await client.sendFrame(2, Array(repeating: 0, count: 1001))
        #expect(try await client.frame() == .init(opcode: 8, payload: [0x03, 0xF1]))
        #expect(try await server.ending() == .transportError)
        try await client.closed()
    }

    @Test("a WebSocket client that does not read is let go, with its memory", arguments: [true, false])
    func slowClient(isPlain: Bool) async throws {
        let server = try await TestServer(isPlain: isPlain) { $0.session.maxQueuedBytes = 100_000 }
        let client = try await server.client(reads: false)
        try await client.send(
            RawClient.text(
                "GET", "/socket.io/?EIO=4&transport=websocket",
                headers: [
                    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                ]))
        let connection = try #require(await server.connection())
        let packet = EncodedPacket(text: String(repeating: "x", count: 10_000))
        connection.eventLoop.execute { Self.flood(connection, packet) }
        #expect(try await server.ending() == .slowClient)
        #expect(server.engine.sessionCount == 0)
    }

    /// Sends until the session has ended, one message per turn of the event loop.
    private static func flood(_ connection: NIOLoopBound<Connection>, _ packet: EncodedPacket) {
        guard !connection.value.isEnded else { return }
        connection.value.send(Outgoing(packet))
        connection.eventLoop.execute { flood(connection, packet) }
    }

    @Test("someone else's upgrade request is answered and the connection closed, since nothing more can be read")
    func foreignUpgrade() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let answer = try await client.get("/page", headers: ["Connection: Upgrade", "Upgrade: h2c"])
        #expect(answer.body == "GET /page ")
        #expect(answer.headers["connection"] == "close")
        try await client.closed()
    }

    @Test("shutting down ends every session and refuses new ones")
    func shutdown() async throws {
        let server = try await TestServer()
        let clients = [try await server.client(), try await server.client(), try await server.client()]
        _ = try await clients[0].upgrade("/socket.io/?EIO=4&transport=websocket")
        _ = try await clients[0].frame()
        let path = Self.polling + "&sid=" + (try await server.session(clients[1]))
        try await clients[1].send(RawClient.text("GET", path))
        _ = try await server.session(clients[2])
        await server.engine.shutdown(grace: .milliseconds(50))
        #expect(server.engine.sessionCount == 0)
        #expect(server.engine.clients == (0, 0))
        #expect(try await clients[0].frame().opcode == 8)
        for _ in 0..<3 {
            let reason = try await server.ending()
            #expect(reason == .shuttingDown)
        }
        let late = try await clients[2].get(Self.polling)
        #expect(late.status == 503 && late.headers["connection"] == "close")
        try await clients[2].closed()
    }
}
