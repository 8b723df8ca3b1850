import NIOCore
import SocketTestKit
import Testing

@testable import EngineIO

@Suite("Clients that take their time", .timeLimit(.minutes(1)))
struct SlowClientTests {
    @Test("a connection without a request is closed in time, at its beginning and between requests", arguments: [0, 1])
    func idle(requests: Int) async throws {
        let server = try await TestServer { $0.idleTimeout = .milliseconds(20) }
        let client = try await server.client()
        // On a busy machine the time may be over before the answer is there.
        for _ in 0..<requests { _ = try? await client.get("/socket.io/?EIO=4") }
        try await client.closed()
    }

    @Test("half a head, which never becomes a request, is no reason to wait")
    func head() async throws {
        let server = try await TestServer { $0.idleTimeout = .milliseconds(20) }
        let client = try await server.client()
        // On a busy machine the time may be over before it is sent.
        try? await client.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: exam")
        try await client.closed()
    }

    @Test("a body that does not come ends the request and its session")
    func body() async throws {
        let server = try await TestServer { $0.requestTimeout = .milliseconds(20) }
        let client = try await server.client()
        let path = NetworkTests.polling + "&sid=" + (try await server.session(client))
        try await client.send("POST \(path) HTTP/1.1\r\nHost: example.org\r\nContent-Length: 100\r\n\r\n4a")
        try await client.closed()
        #expect(try await server.ending() == .transportError)
    }

    @Test("a poll that hangs is not held against its client")
    func poll() async throws {
        let server = try await TestServer {
            $0.requestTimeout = .milliseconds(5)
            $0.idleTimeout = .seconds(5)
            $0.session.pingInterval = .milliseconds(100)
        }
        let client = try await server.client()
        let path = NetworkTests.polling + "&sid=" + (try await server.session(client))
        #expect(try await client.get(path).body == "2")
    }

    @Test("a message may come byte by byte")
    func bytes() async throws {
        let server = try await TestServer()
        let client = try await server.client()
        _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket")
        _ = try await client.frame()
        for byte in ClientFrame.encode(0x81, Array("4slowly".utf8)).readableBytesView {
            try await client.send(.init(bytes: [byte]))
        }
        #expect(try await client.frame().text == "4slowly")
    }

    @Test("a WebSocket that comes while its session is paused is not read before the session goes on")
    func pausedUpgrade() async throws {
        let server = try await TestServer()
        let polling = try await server.client()
        let id = try await server.session(polling)
        let connection = try #require(await server.connection())
        try await connection.eventLoop.submit { connection.value.pause() }.get()
        let socket = try await server.client()
        _ = try await socket.upgrade("/socket.io/?EIO=4&transport=websocket&sid=" + id)
        try await socket.sendText("2probe")
        try await socket.sendText("5")
        // Two turns of every loop: whatever has arrived is read in them, if it is read at all.
        for _ in 0..<2 { try await server.settle() }
        #expect(server.engine.clients.websocket == 0)
        try await connection.eventLoop.submit { connection.value.resume() }.get()
        #expect(try await socket.frame().text == "3probe")
        try await server.settle()
        #expect(server.engine.clients.websocket == 1)
    }
}
