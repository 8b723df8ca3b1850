import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import SocketTestKit
import Testing

@testable import EngineIO

@Suite("Forms of transport that only some clients ask for", .timeLimit(.minutes(1)))
struct TransportTests {
    static let polling = NetworkTests.polling
    static let long = String(repeating: "all work and no play ", count: 200)

    private func session(_ body: String) -> String {
        let key = body.firstRange(of: #"sid":""#) ?? body.firstRange(of: #"sid\":\""#)
        return String(body[(key?.upperBound ?? body.startIndex)...].prefix(20))
    }

    @Test(
        "a close frame is answered with the code that it came with (RFC 6455, 5.5.1)", arguments: [[], [0x0F, 0xA1]])
    func closeCode(code: [UInt8]) async throws {
        let server = try await TestServer()
        let client = try await server.client()
        #expect(try await client.upgrade("/socket.io/?EIO=4&transport=websocket").status == 101)
        #expect(try await client.frame().text.hasPrefix("0{"))
        try await client.sendFrame(8, code.isEmpty ? [] : code + Array("bye".utf8))
        #expect(try await client.frame() == .init(opcode: 8, payload: code))
    }

    // MARK: Engine.IO 3

    @Test("a client of version 3 opens, speaks text and bytes, and hears both in one payload of bytes")
    func versionThree() async throws {
        let server = try await TestServer { $0.allowsVersion3 = true }
        let client = try await server.client()
        let opened = try await client.get("/socket.io/?EIO=3&transport=polling")
        #expect(opened.body.hasPrefix("103:0{") || opened.body.wholeMatch(of: /\d+:0\{"sid":.*\}/) != nil)
        let path = "/socket.io/?EIO=3&transport=polling&sid=" + session(opened.body)
        #expect(try await client.post(path, "3:4😀6:b4AQID").body == "ok")
        let heard = try await client.get(path)
        #expect(heard.headers["content-type"] == "application/octet-stream")
        #expect(heard.bytes == [0, 5, 0xff, 0x34, 0xf0, 0x9f, 0x98, 0x80, 1, 4, 0xff, 4, 1, 2, 3])
    }

    @Test("b64 in the first request, and only there, keeps payloads text")
    func base64() async throws {
        let server = try await TestServer { $0.allowsVersion3 = true }
        let client = try await server.client()
        let id = session(try await client.get("/socket.io/?EIO=3&transport=polling&b64=1").body)
        let path = "/socket.io/?EIO=3&transport=polling&sid=" + id
        _ = try await client.post(path, "6:b4AQID")
        #expect(try await client.get(path).body == "6:b4AQID")
        let other = session(try await client.get("/socket.io/?EIO=3&transport=polling").body)
        let second = "/socket.io/?EIO=3&transport=polling&b64=1&sid=" + other
        _ = try await client.post(second, "6:b4AQID")
        #expect(try await client.get(second).bytes == [1, 4, 0xff, 4, 1, 2, 3])
    }

    @Test("a WebSocket of version 3 echoes bytes with their type in front", arguments: [true, false])
    func versionThreeSocket(isPlain: Bool) async throws {
        let server = try await TestServer(isPlain: isPlain) { $0.allowsVersion3 = true }
        let client = try await server.client()
        #expect(try await client.upgrade("/socket.io/?EIO=3&transport=websocket").status == 101)
        #expect(try await client.frame().text.hasPrefix("0{"))
        try await client.sendFrame(2, [4, 9, 8])
        #expect(try await client.frame() == .init(opcode: 2, payload: [4, 9, 8]))
        try await client.sendText("2")
        #expect(try await client.frame().text == "3")
    }

    @Test(
        "version 3 is refused unless it is allowed, and what is no version always", arguments: ["polling", "websocket"])
    func versions(transport: String) async throws {
        for (allows, version, isTaken) in [
            (false, "EIO=3", false), (true, "EIO=3", true), (true, "EIO=5", false), (true, "EIO=abc", false),
            (true, "EIO", false), (true, "x=4", false),
        ] {
            let server = try await TestServer { $0.allowsVersion3 = allows }
            let client = try await server.client()
            let path = "/socket.io/?\(version)&transport=\(transport)"
            let answer = transport == "polling" ? try await client.get(path) : try await client.upgrade(path)
            #expect((answer.status < 300) == isTaken, "\(version)")
            if !isTaken { #expect(answer.body.contains("Unsupported protocol version")) }
        }
    }

    // MARK: JSONP

    @Test("JSONP: answers are scripts, only digits name the caller, and forms carry newlines", arguments: [3, 4])
    func jsonp(version: Int) async throws {
        let server = try await TestServer {
            $0.allowsVersion3 = true
            $0.allowsJSONP = true
        }
        let client = try await server.client()
        let path = "/socket.io/?EIO=\(version)&transport=polling&j=7);alert(1);("
        let opened = try await client.get(path)
        #expect(opened.body.hasPrefix("___eio[71](\""))
        #expect(opened.body.hasSuffix("\");"))
        #expect(opened.headers["content-type"] == "text/plain; charset=UTF-8")
        let poll = path + "&sid=" + session(opened.body)
        // The message is a, newline, b, backslash, n, and the separator of lines in scripts.
        let message = #"4a\nb\\n%E2%80%A8"#
        let payload = version == 3 ? "7:" + message : message
        #expect(try await client.post(poll, "d=" + payload).body == "ok")
        let said = version == 3 ? #""7:4a\u000ab\\n\u2028""# : #""4a\u000ab\\n\u2028""#
        #expect(try await client.get(poll).body == "___eio[71](\(said));")
    }

    @Test(
        "JSONP is for pages of the same site, since a script needs nobody's permission",
        arguments: [
            (["Sec-Fetch-Site: cross-site"], 403), (["Sec-Fetch-Site: same-site"], 403),
            (["Sec-Fetch-Site: same-origin"], 200), (["Referer: http://evil.example/x"], 403),
            (["Referer: http://example.org/page"], 200), ([], 200),
        ])
    func jsonpOrigins(headers: [String], status: Int) async throws {
        let server = try await TestServer { $0.allowsJSONP = true }
        #expect(try await server.client().get(Self.polling + "&j=0", headers: headers).status == status)
    }

    @Test("without permission the parameter means nothing")
    func jsonpOff() async throws {
        let server = try await TestServer()
        #expect(try await server.client().get(Self.polling + "&j=0").body.hasPrefix("0{"))
    }

    // MARK: compression

    @Test(
        "a long polling answer is compressed as the client asks",
        arguments: [
            ("gzip, deflate", "gzip"), ("deflate", "deflate"), ("br", nil), ("gzip;q=0, deflate;q=0.5", "deflate"),
            ("identity", nil),
        ] as [(String, String?)])
    func compression(accepts: String, coding: String?) async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let path = Self.polling + "&sid=" + (try await server.session(client))
        _ = try await client.post(path, "4" + Self.long)
        let answer = try await client.get(path, headers: ["Accept-Encoding: " + accepts])
        #expect(answer.headers["content-encoding"] == coding)
        guard let coding else {
            #expect(answer.body == "4" + Self.long)
            return
        }
        #expect(answer.bytes.count < 300)
        let packed = ByteBuffer(bytes: answer.bytes.dropFirst(coding == "gzip" ? 10 : 2))
        let text = try Zlib.inflated(packed.readableBytesView, limit: 100_000)
        #expect(String(buffer: text) == "4" + Self.long)
        _ = try await client.post(path, "4short")
        let short = try await client.get(path, headers: ["Accept-Encoding: " + accepts])
        #expect(short.headers["content-encoding"] == nil)
    }

    private let offer = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]

    @Test("permessage-deflate is agreed to when it is on, and messages are compressed both ways")
    func messageCompression() async throws {
        let server = try await TestServer { $0.messageCompression = MessageCompression() }
        let client = try await server.client()
        let answer = try await client.upgrade("/socket.io/?EIO=4&transport=websocket", headers: offer)
        #expect(
            answer.headers["sec-websocket-extensions"]
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        _ = try await client.frame()
        let plain = ByteBuffer(string: "4" + Self.long)
        var packed = try #require(Zlib.deflated(plain.readableBytesView, .raw(windowBits: 15), endsWithFlush: true))
        packed.moveWriterIndex(to: packed.writerIndex - 4)
        try await client.send(ClientFrame.encode(0x80 | 0x40 | 1, Array(packed.readableBytesView)))
        let frame = try await client.frame()
        #expect(frame.payload.count < 300)
        let back = ByteBuffer(bytes: frame.payload + MessageDeflation.tail)
        #expect(try Zlib.inflated(back.readableBytesView, limit: 100_000) == plain)
        // What is short goes out as it is.
        try await client.sendText("4short")
        #expect(try await client.frame().text == "4short")
    }

    @Test("a small message that unpacks to more than the limit is closed with 1009")
    func bomb() async throws {
        let server = try await TestServer {
            $0.messageCompression = MessageCompression()
            $0.session.maxPayload = 100_000
        }
        let client = try await server.client()
        _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket", headers: offer)
        _ = try await client.frame()
        let zeros = ByteBuffer(repeating: 0x34, count: 10_000_000)
        var packed = try #require(Zlib.deflated(zeros.readableBytesView, .raw(windowBits: 15), endsWithFlush: true))
        packed.moveWriterIndex(to: packed.writerIndex - 4)
        #expect(packed.readableBytes < 20_000)
        try await client.send(ClientFrame.encode(0x80 | 0x40 | 1, Array(packed.readableBytesView)))
        #expect(try await client.frame() == .init(opcode: 8, payload: [0x03, 0xf1]))
        #expect(try await server.ending() == .transportError)
    }

    @Test(
        "what cannot be promised is not agreed to",
        arguments: [
            ("permessage-deflate; server_max_window_bits=8", nil), ("permessage-deflate; unknown", nil),
            ("x-webkit-deflate-frame", nil), ("permessage-deflate; server_max_window_bits=10", "10"),
            ("permessage-deflate; server_max_window_bits=8, permessage-deflate", ""),
        ] as [(String, String?)])
    func offers(offer: String, window: String?) async throws {
        let server = try await TestServer { $0.messageCompression = MessageCompression() }
        let answer = try await server.client().upgrade(
            "/socket.io/?EIO=4&transport=websocket", headers: ["Sec-WebSocket-Extensions: " + offer])
        #expect(answer.status == 101)
        let agreed = answer.headers["sec-websocket-extensions"]
        #expect((agreed == nil) == (window == nil))
        if let window { #expect(agreed?.hasSuffix(window.isEmpty ? "takeover" : "=" + window) == true) }
    }

    @Test("a compressed frame that was never agreed to is against the rules")
    func notAgreed() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let answer = try await client.upgrade("/socket.io/?EIO=4&transport=websocket", headers: offer)
        #expect(answer.headers["sec-websocket-extensions"] == nil)
        _ = try await client.frame()
        try await client.send(ClientFrame.encode(0x80 | 0x40 | 1, [1, 2, 3]))
        #expect(try await client.frame() == .init(opcode: 8, payload: [0x03, 0xea]))
    }
}
