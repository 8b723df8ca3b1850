import EngineIO
import Hummingbird
import NIOCore
import NIOPosix
import ServiceLifecycle
import SocketIO
import SocketIOHummingbird
import SocketTestKit
import Testing

@Suite("A Socket.IO server on the port of a Hummingbird application", .timeLimit(.minutes(1)))
struct SharedPortTests {
    private static let polling = "/socket.io/?EIO=4&transport=polling"

    /// Runs an application with one route and one handler of events while `body` talks to its port; then stops both, in
    /// this order.
    private func whileServing(_ body: (Int) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = SocketServer(group: group)
        server.namespace().on("hello") { (_: Socket, name: String) in "Hello, \(name)" }
        let router = Router()
        router.get("/hello/:name") { _, context in try "Hello, " + context.parameters.require("name") }
        let ports = Mailbox<Int>()
        let application = Application(
            router: router, server: .http1(sharedWith: server.engine),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { ports.put($0.localAddress?.port ?? 0) }, eventLoopGroupProvider: .shared(group))
        let services = ServiceGroup(services: [application], logger: application.logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await services.run() }
            try await body(try await ports.next())
            await server.shutdown(grace: .milliseconds(50))
            await services.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("pages, polls and a WebSocket come over one connection, in any order")
    func oneConnection() async throws {
        try await whileServing { port in
            let client = try await RawClient.connect(port)
            #expect(try await client.get("/hello/Ann").body == "Hello, Ann")
            #expect(try await client.get(Self.polling).body.hasPrefix(#"0{"sid""#))
            #expect(try await client.get("/nothing").status == 404)
            #expect(try await client.get("/hello/Bob").body == "Hello, Bob")
            #expect(try await client.upgrade("/socket.io/?EIO=4&transport=websocket").status == 101)
            #expect(try await client.frame().text.hasPrefix("0{"))
            try await client.sendText("40")
            #expect(try await client.frame().text.hasPrefix("40{"))
            try await client.sendText(#"421["hello","Ann"]"#)
            #expect(try await client.frame().text == #"431["Hello, Ann"]"#)
        }
    }

    @Test("a malformed request harms neither the process nor other connections", arguments: [true, false])
    func malformed(isFirst: Bool) async throws {
        try await whileServing { port in
            let client = try await RawClient.connect(port)
            if !isFirst { #expect(try await client.get("/hello/Ann").status == 200) }
            try await client.send("GET / HTTP/1.1\r\nHost: example.org\r\nContent-Length: x\r\n\r\n")
            #expect(try await client.answer().status == 400)
            let other = try await RawClient.connect(port)
            #expect(try await other.get("/hello/Bob").body == "Hello, Bob")
        }
    }
}
