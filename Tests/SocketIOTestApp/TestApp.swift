import EngineIO
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import SocketIO

/// A server that foreign protocol suites and load generators drive: `--port N --app suite|bench`.
@main
struct TestApp {
    static func main() async throws {
        let options = Options(CommandLine.arguments)
        let group = MultiThreadedEventLoopGroup.singleton
        let listener =
            switch options.app {
            case "suite": try await Suite.run(port: options.port, group: group)
            default: try await Bench.run(port: options.port, group: group)
            }
        print("listening on \(options.port)")
        try await listener.closeFuture.get()
    }
}

/// The command line.
struct Options {
    var port = 3000
    var app = "suite"

    init(_ arguments: [String]) {
        for (name, value) in zip(arguments, arguments.dropFirst()) {
            if name == "--port" { port = Int(value) ?? port }
            if name == "--app" { app = value }
        }
    }
}

/// What the protocol suites expect of a server.
enum Suite {
    static func run(port: Int, group: any EventLoopGroup) async throws -> any Channel {
        var configuration = SocketConfiguration()
        configuration.connectTimeout = .seconds(1)
        configuration.engine.session.pingInterval = .milliseconds(300)
        configuration.engine.session.pingTimeout = .milliseconds(200)
        let server = SocketServer(group: group, configuration: configuration)
        for name in ["/", "/custom"] {
            let namespace = server.namespace(name)
            namespace.onConnection { socket in
                socket.emit("auth", rawJSON: socket.handshake.auth ?? ByteBuffer(string: "{}"))
            }
            namespace.onRaw("message") { socket, event in
                try socket.emit("message-back", event.arguments)
                return .empty
            }
            namespace.onRaw("message-with-ack") { _, event in try Acknowledgement(event.arguments) }
        }
        var echo = configuration.engine
        echo.path = "/engine.io/"
        let engine = Engine(configuration: echo) { Echo($0) }
        return try await TestListener.bind([server.engine, engine], port: port, group: group)
    }
}

/// Sends every message back.
final class Echo: ConnectionReceiver {
    private let connection: Connection

    init(_ connection: Connection) {
        self.connection = connection
    }

    func received(_ message: Message) {
        switch message {
        case .text(let text): connection.send(Outgoing(EncodedPacket(.message) { $0.writeImmutableBuffer(text) }))
        case .binary(let bytes): connection.send(Outgoing(EncodedPacket(binary: bytes)))
        }
    }

    func upgraded() {}

    func ended(_ reason: CloseReason) {}
}

/// What load generators and foreign clients drive.
enum Bench {
    static func run(port: Int, group: any EventLoopGroup) async throws -> any Channel {
        let server = SocketServer(group: group)
        let namespace = server.namespace()
        namespace.onRaw("echo") { socket, event in
            try socket.emit("echo", event.arguments)
            return .empty
        }
        namespace.onRaw("ack") { _, event in try Acknowledgement(event.arguments) }
        namespace.on("join") { (socket: Socket, room: String) in
            socket.join(room)
            return "ok"
        }
        namespace.onRaw("broadcast") { _, event in
            let room: String = try event.arguments.decode(at: 0)
            let audience = room.isEmpty ? namespace.everyone : namespace.to(room)
            let payload = try event.arguments.rawJSON(at: 2)
            for _ in 0..<(try event.arguments.decode(Int.self, at: 1)) { audience.emit("msg", rawJSON: payload) }
            return try Acknowledgement("ok")
        }
        return try await TestListener.bind([server.engine], port: port, group: group)
    }
}

/// Several engines on one port.
enum TestListener {
    static func bind(_ engines: [Engine], port: Int, group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: false)
                    for engine in engines {
                        let handler = EngineHTTPHandler(engine: engine, transportIsPlain: true)
                        try child.pipeline.syncOperations.addHandler(handler)
                    }
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }
}
