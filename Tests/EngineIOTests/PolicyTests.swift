import Foundation
import NIOCore
import NIOHTTP1
import SocketTestKit
import Testing

@testable import EngineIO

@Suite("Who may connect, and what is served beside", .timeLimit(.minutes(1)))
struct PolicyTests {
    static let polling = NetworkTests.polling

    @Test(
        "pages of the same origin connect, others do not",
        arguments: [
            (["Origin: http://example.org"], 200), (["Origin: https://example.org"], 200),
            (["Origin: https://example.org:443"], 200), (["Origin: http://EXAMPLE.org"], 200), ([], 200),
            (["Origin: http://evil.example"], 403), (["Origin: http://example.org.evil.example"], 403),
            (["Origin: http://example.org:8080"], 403), (["Origin: null"], 403), (["Origin: "], 403),
            (["Origin: http://public.example", "X-Forwarded-Host: public.example"], 200),
        ])
    func sameOrigin(headers: [String], status: Int) async throws {
        let server = try await TestServer()
        let answer = try await server.client().get(Self.polling, headers: headers)
        #expect(answer.status == status)
        let socket = try await server.client().upgrade("/socket.io/?EIO=4&transport=websocket", headers: headers)
        #expect(socket.status == (status == 200 ? 101 : 403))
    }

    @Test(
        "what asks without an Origin is judged by what else the browser says of it",
        arguments: [
            (["Sec-Fetch-Site: same-origin", "Sec-Fetch-Dest: empty"], true), (["Sec-Fetch-Site: none"], true),
            (["Sec-Fetch-Site: cross-site"], false), (["Sec-Fetch-Site: same-site"], false),
            (["Sec-Fetch-Site: same-origin", "Sec-Fetch-Dest: image"], false),
            (["Sec-Fetch-Site: none", "Sec-Fetch-Dest: document"], true),
            (["Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: document"], false),
            (["Sec-Fetch-Site: same-origin", "Sec-Fetch-Dest: script"], false),
            (["Sec-Fetch-Mode: cors"], true), (["Referer: http://example.org/page"], true),
            (["Referer: http://evil.example/page"], false), (["Referer: about:blank"], false),
            (["Sec-Fetch-Site: same-origin", "Referer: http://evil.example/"], true),
            (["Origin: http://example.org", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: websocket"], true),
            (["Origin: http://listed.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: empty"], true),
            (["Origin: http://listed.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: image"], false),
            (["Referer: http://listed.example/page"], true),
        ])
    func metadata(headers: [String], connects: Bool) async throws {
        let server = try await TestServer { $0.origins = .list(["http://listed.example"]) }
        let client = try await server.client()
        let answer = try await client.get(Self.polling, headers: headers)
        #expect(answer.status == (connects ? 200 : 403))
        let socket = try await server.client().upgrade("/socket.io/?EIO=4&transport=websocket", headers: headers)
        #expect(socket.status == (connects ? 101 : 403))
        #expect(server.engine.sessionCount == (connects ? 2 : 0))
        // The requests of a session that exists are judged like the one that began it.
        let id = try await server.session(client)
        let next = try await client.post(Self.polling + "&sid=" + id, "4x", headers: headers)
        #expect(next.status == (connects ? 200 : 403))

        let open = try await TestServer { $0.checksFetchMetadata = false }
        let isJudged = headers.contains { $0.hasPrefix("Origin: http://listed") }
        #expect(try await open.client().get(Self.polling, headers: headers).status == (isJudged ? 403 : 200))
        let any = try await TestServer { $0.origins = .any }
        #expect(try await any.client().get(Self.polling, headers: headers).status == 200)
    }

    @Test("a listed origin connects, and with CORS is told so")
    func listed() async throws {
        let server = try await TestServer {
            $0.origins = .list(["http://a.example"])
            $0.cors = CORS()
            $0.cors?.allowsCredentials = true
            $0.cors?.maxAge = .seconds(600)
        }
        let client = try await server.client()
        let good = try await client.get(Self.polling, headers: ["Origin: http://a.example"])
        #expect(good.status == 200)
        #expect(good.headers["access-control-allow-origin"] == "http://a.example")
        #expect(good.headers["access-control-allow-credentials"] == "true")
        #expect(good.headers["vary"] == "Origin")
        let bad = try await client.get(Self.polling, headers: ["Origin: http://b.example"])
        #expect(bad.status == 403)
        #expect(bad.headers["access-control-allow-origin"] == nil)
        let asked = try await client.request(
            "OPTIONS", Self.polling,
            headers: ["Origin: http://a.example", "Access-Control-Request-Headers: x-one, x-two"])
        #expect(asked.status == 204)
        #expect(asked.headers["access-control-allow-methods"] == "GET,POST")
        #expect(asked.headers["access-control-allow-headers"] == "x-one, x-two")
        #expect(asked.headers["access-control-max-age"] == "600")
    }

    @Test("control characters in Origin are a bad request")
    func controlCharacters() async throws {
        let server = try await TestServer { $0.origins = .any }
        let answer = try await server.client().get(Self.polling, headers: ["Origin: http://a\u{1}b"])
        #expect(answer.status == 400)
    }

    @Test("the application admits or refuses a handshake", arguments: ["polling", "websocket"])
    func admission(transport: String) async throws {
        let server = try await TestServer {
            $0.admit = { request in
                await Task.yield()
                let token = request.query.first { $0.name == "token" }?.value
                return token == "ok" ? .accept : .refuse(message: "no \"token\"")
            }
        }
        let path = "/socket.io/?EIO=4&transport=" + transport
        let clients = [try await server.client(), try await server.client()]
        if transport == "polling" {
            let refused = try await clients[0].get(path)
            #expect(refused.status == 403)
            #expect(refused.body == #"{"code":4,"message":"no \"token\""}"#)
            #expect(try await clients[1].get(path + "&token=ok").status == 200)
        } else {
            let refused = try await clients[0].upgrade(path)
            #expect(refused.status == 403 && refused.body == "no \"token\"")
            #expect(try await clients[1].upgrade(path + "&token=ok").status == 101)
        }
    }

    @Test("the handshake's answer, and only that, carries the cookie and the application's headers")
    func cookie() async throws {
        let server = try await TestServer {
            $0.cookie = SessionCookie()
            $0.initialHeaders = { _, _ in ["X-Hello": "1"] }
        }
        let client = try await server.client()
        let first = try await client.get(Self.polling)
        let sid = String(first.body.dropFirst(9).prefix(20))
        #expect(first.headers["set-cookie"] == "io=\(sid); Path=/; HttpOnly; SameSite=Lax")
        #expect(first.headers["x-hello"] == "1")
        let second = try await client.post(Self.polling + "&sid=" + sid, "4x")
        #expect(second.headers["set-cookie"] == nil && second.headers["x-hello"] == nil)
    }

    @Test("more sessions than allowed are turned away")
    func full() async throws {
        let server = try await TestServer { $0.maxSessions = 1 }
        let client = try await server.client()
        _ = try await server.session(client)
        let answer = try await client.get(Self.polling)
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "5")
        #expect(try await server.client().upgrade("/socket.io/?EIO=4&transport=websocket").status == 503)
        #expect(server.engine.sessionCount == 1)
    }

    @Test(
        "one address gets its share of sessions and no more, until one of them ends",
        arguments: ["polling", "websocket"])
    func fullForOneAddress(transport: String) async throws {
        let server = try await TestServer { $0.maxSessionsPerAddress = 2 }
        let first = try await server.client()
        let id = try await server.session(first)
        _ = try await server.session(try await server.client())
        let path = "/socket.io/?EIO=4&transport=" + transport
        func ask() async throws -> RawClient.Answer {
            let client = try await server.client()
            return transport == "polling" ? try await client.get(path) : try await client.upgrade(path)
        }
        let refusal = try await ask()
        #expect(refusal.status == 429)
        #expect(refusal.headers["retry-after"] == "5")
        #expect(refusal.body.contains("connections from this address"))
        #expect(server.engine.sessionCount == 2)
        let poll = try await server.client()
        try await poll.send(RawClient.text("GET", Self.polling + "&sid=" + id))
        _ = try await first.post(Self.polling + "&sid=" + id, "1")
        _ = try await poll.answer()
        _ = try await server.ending()
        #expect(try await ask().status < 300)
    }

    @Test(
        "sessions are counted for an IPv4 address, however it is written, and for 64 bits of IPv6",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true), ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false), ("::c000:201", "192.0.2.1", false),
        ])
    func networks(one: String, other: String, areSame: Bool) throws {
        let networks = try [one, other].map { RemoteNetwork(try SocketAddress(ipAddress: $0, port: 1)) }
        #expect((networks[0] == networks[1]) == areSame)
        #expect(networks.allSatisfy { $0 != nil })
        #expect(RemoteNetwork(try SocketAddress(unixDomainSocketPath: "/x")) == nil && RemoteNetwork(nil) == nil)
    }

    @Test("the client's files are served with their version as tag")
    func clientFiles() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "client-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = "/*!\n * Socket.IO v4.8.1\n */\nlet x"
        try text.write(to: folder.appending(path: "socket.io.min.js"), atomically: true, encoding: .utf8)
        try "secret".write(to: folder.appending(path: "other.js"), atomically: true, encoding: .utf8)
        let server = try await TestServer { $0.clientFiles = ClientFiles(folder: folder.path) }
        let client = try await server.client()
        let full = try await client.get("/socket.io/socket.io.min.js")
        #expect(full.status == 200 && full.body == text)
        #expect(full.headers["content-type"] == "application/javascript; charset=utf-8")
        #expect(full.headers["etag"] == "\"4.8.1\"")
        #expect(full.headers["cache-control"] == "public, max-age=0")
        for tag in ["\"4.8.1\"", "W/\"4.8.1\"", "\"1\", \"4.8.1\""] {
            let cached = try await client.get("/socket.io/socket.io.min.js", headers: ["If-None-Match: \(tag)"])
            #expect(cached.status == 304 && cached.body.isEmpty)
        }
        let head = try await client.request("HEAD", "/socket.io/socket.io.min.js")
        #expect(head.status == 200 && head.headers["content-length"] == "\(text.utf8.count)")
        #expect(try await client.get("/socket.io/other.js").status == 400)
        #expect(try await client.get("/socket.io/../other.js").status == 400)
    }
}
