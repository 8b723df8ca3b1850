import EngineIO
import Foundation
import SocketTestKit
import Testing

@testable import SocketIO

/// Where the foreign clients are; the project's test command sets these variables.
enum ForeignClients {
    /// A Python that can import python-socketio 5.
    static let python = ProcessInfo.processInfo.environment["TURNSTONE_PYTHON"]
    /// A Python that can import python-socketio 4, which speaks Engine.IO 3.
    static let pythonEIO3 = ProcessInfo.processInfo.environment["TURNSTONE_PYTHON_EIO3"]
    /// The official browser client's bundle, `socket.io.min.js`.
    static let bundle = ProcessInfo.processInfo.environment["TURNSTONE_SOCKETIO_JS"]
    /// Debian's package `node-ws`, which stands in for the browser's WebSocket.
    static let webSocketPackage = "/usr/share/nodejs/ws"

    static let transports = ["polling", "websocket", "polling,websocket"]
}

@Suite("Foreign clients", .serialized, .timeLimit(.minutes(2)))
struct ForeignClientTests {
    private func setUp(_ server: SocketServer) {
        let root = server.namespace("/")
        root.onConnection { socket in
            let auth: [String: String]? = try? socket.handshake.decodeAuth()
            try? socket.emit("auth", auth)
        }
        root.onRaw("echo") { socket, event in
            try socket.emit("echo", event.arguments)
            return .empty
        }
        root.onRaw("ack") { _, event in try Acknowledgement(event.arguments) }
        root.on("join") { (socket: Socket, room: String) in socket.join(room) }
        root.on("leave") { (socket: Socket, room: String) in socket.leave(room) }
        root.on("cast") { (_: Socket, room: String, text: String) in try root.to(room).emit("cast", text) }
        root.on("ask") { (socket: Socket, value: Int) in
            let answer = try await socket.ask("question", value)
            try socket.emit("answered", answer.decode(Int.self, at: 0), answer.decode(Data.self, at: 1))
        }
        server.namespace("/admin").on("whoami") { (socket: Socket) in socket.namespace.name }
    }

    /// What every client must have seen over a transport.
    private func expected(_ transport: String) -> [(String, String)] {
        let auth = #"["auth",{"token":"1"}]"#
        return [
            ("transport", transport == "polling" ? #""polling""# : #""websocket""#), ("auth", auth),
            ("echo", #"["echo",1,"zwei ☃",{"three":[true,null,0.5]}]"#),
            ("binary", #"["echo",{"bytes":[[0,255],[]]},[120,121,122]]"#), ("ack", #"["a",1]"#),
            ("binary ack", "[5,6]"), ("no argument", "null"), ("namespace", #""/admin""#),
            ("asked", #"["answered",42,[1,2]]"#), ("cast", #"["cast","hello"]"#),
            ("after leaving", #"["echo","after"]"#), ("large", "true"), ("in order", "true"),
            ("ready for the restart", "true"), ("auth again", auth), ("back", #"["echo","back"]"#), ("bye", "true"),
        ]
    }

    @Test(
        "python-socketio: events, acknowledgements, bytes, rooms, a second namespace, a restart of the server",
        .enabled(if: ForeignClients.python != nil, "TURNSTONE_PYTHON names no Python with python-socketio"),
        arguments: ForeignClients.transports)
    func python(transports: String) async throws {
        let script = try #require(
            Bundle.module.url(forResource: "client", withExtension: "py", subdirectory: "Clients"))
        try await play(
            try #require(ForeignClients.python), { [script.path, "\($0)", transports] }, expected(transports))
    }

    @Test(
        "the official client 4.8.1: the same",
        .enabled(if: ForeignClients.bundle != nil, "TURNSTONE_SOCKETIO_JS names no bundle of the official client"),
        arguments: ForeignClients.transports)
    func official(transports: String) async throws {
        let script = try #require(
            Bundle.module.url(forResource: "client", withExtension: "mjs", subdirectory: "Clients"))
        let bundle = try #require(ForeignClients.bundle)
        try await play(
            "/usr/bin/env",
            { ["node", script.path, "\($0)", transports, bundle, ForeignClients.webSocketPackage] },
            expected(transports))
    }

    @Test(
        "python-socketio 4, over Engine.IO 3",
        .enabled(if: ForeignClients.pythonEIO3 != nil, "TURNSTONE_PYTHON_EIO3 names no Python with python-socketio 4"),
        arguments: ForeignClients.transports)
    func pythonEIO3(transports: String) async throws {
        let script = try #require(
            Bundle.module.url(forResource: "client3", withExtension: "py", subdirectory: "Clients"))
        var configuration = SocketConfiguration()
        configuration.engine.allowsVersion3 = true
        let expected = [
            ("transport", transports == "polling" ? #""polling""# : #""websocket""#),
            ("echo", #"[1,"zwei ☃ 😀",{"three":[true,null,0.5]}]"#),
            ("binary", #"[{"bytes":[[0,255],[1]]},[120,121,122]]"#), ("ack", #"["a",1]"#), ("binary ack", "[5,6]"),
            ("namespace", #""/admin""#), ("asked", "[42,[1,2]]"), ("cast", #"["hello"]"#), ("large", "true"),
            ("complete", "true"), ("bye", "true"),
        ]
        try await play(
            try #require(ForeignClients.pythonEIO3), { [script.path, "\($0)", transports] }, expected, configuration)
    }

    @Test(
        "the official client comes back to what it had, and hears what it missed",
        .enabled(if: ForeignClients.bundle != nil, "TURNSTONE_SOCKETIO_JS names no bundle of the official client"),
        arguments: ForeignClients.transports)
    func recovery(transports: String) async throws {
        let script = try #require(
            Bundle.module.url(forResource: "recovery", withExtension: "mjs", subdirectory: "Clients"))
        let bundle = try #require(ForeignClients.bundle)
        var configuration = SocketConfiguration()
        configuration.recovery = ConnectionRecovery()
        let expected = [
            ("first", #"["connected",false]"#), ("heard", #"["heard",1]"#),
            ("again", #"[["missed",1],["missed",2],["connected",true]]"#), ("same identifier", "true"),
            ("answered", "true"),
        ]
        try await play(
            "/usr/bin/env",
            { ["node", script.path, "\($0)", transports, bundle, ForeignClients.webSocketPackage] }, expected,
            configuration
        ) { (server: SocketServer) in
            let root = server.namespace("/")
            root.on("join") { (socket: Socket, room: String) in
                socket.join(room)
                try root.to(room).emit("heard", 1)
            }
            root.on("late") { (_: Socket) in }
            root.onDisconnect { _, _, _ in
                try? root.to("room").emit("missed", 1)
                try? root.to("room").emit("missed", 2)
            }
        }
    }

    /// Runs a client against a server that is restarted when the client says that it is ready for it.
    private func play(
        _ program: String, _ arguments: (Int) -> [String], _ expected: [(String, String)],
        _ configuration: SocketConfiguration = .init(), _ set: ((SocketServer) -> Void)? = nil
    ) async throws {
        var live = try await LiveServer(configuration: configuration, set ?? setUp)
        let client = try RealProgram(program, arguments(live.port), grace: 5)
        var rest = expected[...]
        while let line = try await client.lineOrEnd() {
            let (scene, value) = rest.popFirst() ?? ("nothing more", "")
            let (seen, wanted) = (try compact(line), try compact(#"["\#(scene)",\#(value)]"#))
            #expect(seen == wanted)
            if scene == "ready for the restart" {
                try await live.stop()
                live = try await LiveServer(port: live.port, setUp)
                try client.send("")
            }
        }
        #expect(rest.isEmpty, "the client ended early")
        let status = try await client.end()
        #expect(status == 0)
        try await live.stop()
    }

    /// One way of writing each JSON text, so that texts can be compared.
    private func compact(_ json: String) throws -> String {
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
        return String(
            decoding: try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]), as: UTF8.self)
    }
}
