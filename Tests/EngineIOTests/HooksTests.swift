import EngineIO
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import SocketTestKit
import Testing

@Suite("What an application may add to requests and answers", .timeLimit(.minutes(1)))
struct HooksTests {
    static let polling = NetworkTests.polling
    static let socket = "/socket.io/?EIO=4&transport=websocket"

    private struct Refused: Error {}

    private func middleware(_ seen: NIOLockedValueBox<[String]>) -> @Sendable (HTTPRequestHead) async throws -> Void {
        { head in
            seen.withLockedValue { $0.append(head.method.rawValue) }
            if head.headers.contains(name: "x-bad") { throw Refused() }
        }
    }

    @Test("a middleware sees every request and may refuse it as bad")
    func middlewares() async throws {
        let seen = NIOLockedValueBox<[String]>([])
        let errors = NIOLockedValueBox<[ConnectionError]>([])
        let server = try await TestServer {
            $0.middlewares = [middleware(seen)]
            $0.onConnectionError = { error in errors.withLockedValue { $0.append(error) } }
        }
        let client = try await server.client()
        let path = Self.polling + "&sid=" + (try await server.session(client))
        #expect(try await client.post(path, "4hello").body == "ok")
        #expect(try await client.get(path).body == "4hello")
        let large = String(repeating: "x", count: 300_000)
        #expect(try await client.post(path, "4" + large).body == "ok")
        #expect(try await client.get(path).body == "4" + large)
        let bad = try await client.post(path, "4no", headers: ["X-Bad: 1"])
        #expect(bad.status == 400)
        #expect(bad.body == #"{"code":3,"message":"Bad request"}"#)
        #expect(try await client.upgrade(Self.socket, headers: ["X-Bad: 1"]).status == 400)
        #expect(try await server.client().upgrade(Self.socket).status == 101)
        #expect(seen.withLockedValue { $0 } == ["GET", "POST", "GET", "POST", "GET", "POST", "GET", "GET"])
        let names = errors.withLockedValue { $0.map { $0.context["name"] ?? "" } }
        #expect(names == ["MIDDLEWARE_FAILURE", "MIDDLEWARE_FAILURE"])
    }

    @Test("a body over the limit is refused also while a middleware is still looking")
    func middlewareAndLimit() async throws {
        let server = try await TestServer {
            $0.session.maxPayload = 1000
            $0.middlewares = [{ _ in await Task.yield() }]
        }
        let client = try await server.client()
        let path = Self.polling + "&sid=" + (try await server.session(client))
        let chunk = String(repeating: "x", count: 2000)
        try await client.send(
            "POST \(path) HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n\(chunk)\r\n0\r\n\r\n"
        )
        #expect(try await client.answer().status == 413)
        #expect(try await client.post(path, "4still here").body == "ok")
    }

    @Test("every answer's headers may be changed, also those of a refusal and of an upgrade")
    func headers() async throws {
        let server = try await TestServer {
            $0.headers = { headers, head in headers.add(name: "X-Method", value: head.method.rawValue) }
            $0.initialHeaders = { _, _ in ["X-First": "1"] }
        }
        let client = try await server.client()
        let first = try await client.get(Self.polling)
        #expect(first.headers["x-method"] == "GET")
        #expect(first.headers["x-first"] == "1")
        let bad = try await client.post(Self.polling, "")
        #expect(bad.headers["x-method"] == "POST")
        #expect(bad.headers["x-first"] == nil)
        let upgraded = try await client.upgrade(Self.socket)
        #expect(upgraded.headers["x-method"] == "GET")
        #expect(upgraded.headers["x-first"] == "1")
    }

    @Test(
        "the application hears why requests are refused",
        arguments: [
            ("/socket.io/?EIO=4", 0, [:]), ("/socket.io/?EIO=4&transport=abc", 0, ["transport": "abc"]),
            ("/socket.io/?EIO=4&transport=polling&sid=__proto__", 1, ["sid": "__proto__"]),
            ("/socket.io/?EIO=4&transport=websocket", 3, ["name": "TRANSPORT_HANDSHAKE_ERROR"]),
            ("/socket.io/?EIO=7&transport=polling", 5, ["protocol": "7"]),
        ] as [(String, Int, [String: String])])
    func errors(path: String, code: Int, context: [String: String]) async throws {
        let errors = NIOLockedValueBox<[ConnectionError]>([])
        let server = try await TestServer {
            $0.onConnectionError = { error in errors.withLockedValue { $0.append(error) } }
        }
        let answer = try await server.client().get(path)
        #expect(answer.status == 400)
        let heard = errors.withLockedValue { $0 }
        #expect(heard.count == 1)
        #expect(heard.first?.code == code)
        #expect(heard.first?.context == context)
    }

    @Test("a fixed origin is named to everyone, on errors and preflights too")
    func fixedOrigin() async throws {
        let server = try await TestServer {
            $0.origins = .any
            $0.cors = CORS()
            $0.cors?.fixedOrigin = "http://a.example"
            $0.cors?.allowsCredentials = true
        }
        let client = try await server.client()
        for (method, path) in [("GET", Self.polling), ("GET", "/socket.io/?EIO=4"), ("OPTIONS", Self.polling)] {
            let answer = try await client.request(method, path, headers: ["Origin: http://b.example"])
            #expect(answer.headers["access-control-allow-origin"] == "http://a.example")
            #expect(answer.headers["access-control-allow-credentials"] == "true")
            #expect(answer.headers["vary"] == "Origin")
            if method == "OPTIONS" { #expect(answer.status == 204) }
        }
    }

    @Test("a path without a slash at its end is the engine's too, but not one that only begins like it")
    func noSlash() async throws {
        let server = try await TestServer { $0.path = "/socket.io" }
        let client = try await server.client()
        #expect(try await client.get("/socket.io?EIO=4&transport=polling").body.hasPrefix("0{"))
        #expect(try await client.get("/socket.io/?EIO=4&transport=polling").body.hasPrefix("0{"))
        #expect(try await client.get("/socket.iox").body == "GET /socket.iox ")
    }

    @Test("browsers that look for scripts everywhere are told not to")
    func oldBrowsers() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        let old = try await client.get(Self.polling, headers: ["User-Agent: Mozilla/5.0 (Trident/7.0; rv:11.0)"])
        #expect(old.headers["x-xss-protection"] == "0")
        #expect(try await client.get(Self.polling).headers["x-xss-protection"] == nil)
    }
}
