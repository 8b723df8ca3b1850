import EngineIO
import NIOCore
import SocketIO

/// What the protocol suites expect of a server.
enum SuiteApp {
    static func run(port: Int, group: any EventLoopGroup) async throws -> any Channel {
        var configuration = SocketConfiguration()
        configuration.connectTimeout = .seconds(1)
        configuration.engine.session.pingInterval = .milliseconds(300)
        configuration.engine.session.pingTimeout = .milliseconds(200)
        configuration.engine.session.maxPayload = 1_000_000
        configuration.engine.origins = .any
        configuration.engine.allowsJSONP = true
        let server = SocketServer(group: group, configuration: configuration)
        for name in ["/", "/custom"] {
            server.namespace(name).onConnection { socket in
                socket.emit("auth", rawJSON: socket.handshake.auth ?? ByteBuffer(string: "{}"))
            }
        }
        let root = server.namespace()
        root.onRaw("message") { socket, event in
            try socket.emit("message-back", event.arguments)
            return nil
        }
        root.onRaw("message-with-ack") { _, event in try Acknowledgement(event.arguments) }
        var echo = configuration.engine
        echo.path = "/engine.io/"
        echo.allowsVersion3 = true
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
