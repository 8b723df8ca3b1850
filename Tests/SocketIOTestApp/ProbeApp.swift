import EngineIO
import NIOCore
import SocketIO

/// An application with one event for everything that a server does, and a log of what it saw.
enum ProbeApp {
    enum Variant: String {
        case plain, full, recovery
    }

    static func run(_ variant: Variant, port: Int, group: any EventLoopGroup) async throws -> any Channel {
        let log = ProbeLog()
        let server = SocketServer(group: group, configuration: configuration(variant, log))
        for name in ["/", "/custom", "/guard"] { setUp(server.namespace(name), log) }
        server.namespaces(matching: "/dyn-{digits}") { setUp($0, log) }
        server.namespace("/guard").use { socket in
            let auth: [String: String]? = try? socket.handshake.decodeAuth()
            guard auth?["token"] == "ok" else { throw try ConnectionRefused("not authorized", data: ["code": 7]) }
        }
        return try await TestListener.bind([server.engine], log: log, port: port, group: group)
    }

    private static func configuration(_ variant: Variant, _ log: ProbeLog) -> SocketConfiguration {
        var configuration = SocketConfiguration()
        configuration.connectTimeout = .milliseconds(1200)
        configuration.engine.session.pingInterval = .milliseconds(1500)
        configuration.engine.session.pingTimeout = .milliseconds(1000)
        configuration.engine.session.maxPayload = 100_000
        configuration.engine.origins = .any
        configuration.engine.allowsJSONP = true
        configuration.engine.onConnectionError = { error in
            log.add("connection_error", [.init(error.code), .init(error.message), .init(error.context)])
        }
        switch variant {
        case .plain: break
        case .full:
            var cors = CORS()
            cors.fixedOrigin = "http://a.example"
            cors.allowsCredentials = true
            cors.methods = ["GET", "POST"]
            configuration.engine.cors = cors
            configuration.engine.cookie = SessionCookie()
            configuration.engine.allowsVersion3 = true
        case .recovery:
            var recovery = ConnectionRecovery()
            recovery.maxDisconnection = .seconds(5)
            configuration.recovery = recovery
        }
        return configuration
    }

    private static func setUp(_ namespace: Namespace, _ log: ProbeLog) {
        watch(namespace, log)
        namespace.onRaw("echo") { socket, event in
            try socket.emit("echo", event.arguments)
            return nil
        }
        namespace.onRaw("ack") { _, event in try Acknowledgement(event.arguments) }
        namespace.onRaw("noack") { _, _ in nil }
        namespace.onRaw("kick") { socket, _ in
            socket.disconnect()
            return nil
        }
        namespace.onRaw("kickall") { socket, _ in
            socket.disconnect(close: true)
            return nil
        }
        namespace.onRaw("big") { socket, event in
            try socket.emit("big", String(repeating: "x", count: event.arguments.decode(Int.self, at: 0)))
            return nil
        }
        namespace.onRaw("join") { socket, event in
            socket.join(try event.arguments.decode(String.self, at: 0))
            return nil
        }
        namespace.onRaw("cast") { socket, event in
            let room: String? = try event.arguments.decode(at: 0)
            let target = room.map { socket.namespace.to($0) } ?? socket.namespace.everyone
            try target.emit("cast", event.arguments.dropFirst())
            return nil
        }
        namespace.onRaw("vol") { socket, _ in
            try socket.volatile.emit("vol", 1)
            return nil
        }
        namespace.onRaw("ask") { socket, event in
            // Beside the socket's other events, which must not wait for the client's answer.
            Task { try socket.emit("answered", try await socket.ask("q", forwarding: event.arguments)) }
            return nil
        }
        namespace.onRaw("two") { socket, _ in
            try socket.emit("a", 1)
            try socket.emit("b", ByteBuffer(bytes: [1, 2]).data)
            try socket.emit("c", 3)
            return nil
        }
    }

    private static func watch(_ namespace: Namespace, _ log: ProbeLog) {
        namespace.onConnection { socket in
            let auth = socket.handshake.auth.map { String(buffer: $0) } ?? "{}"
            log.add("connect", [.init(socket.namespace.name), .init(socket.isRecovered), .init(json: auth)])
        }
        namespace.onDisconnecting { _, reason, rooms in
            // How many there still are; the socket's own room counts, as it does in the Node server.
            log.add("disconnecting", [.init(reason.description), .init(rooms.count + 1)])
        }
        namespace.onDisconnect { _, reason, _ in log.add("disconnect", [.init(reason.description), .init(0)]) }
        namespace.onError { _, error in log.add("error", [.init("\(error)")]) }
    }
}
