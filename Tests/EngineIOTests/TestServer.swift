import EngineIO
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import SocketTestKit

/// An engine on a real port that echoes every message and remembers how its sessions ended; requests of others are
/// answered by a small page server behind it.
final class TestServer: Sendable {
    let engine: Engine
    let port: Int
    let endings: AsyncStream<CloseReason>
    let connections: AsyncStream<NIOLoopBound<Connection>>
    private let channel: any Channel

    init(isPlain: Bool = true, _ change: (inout EngineConfiguration) -> Void = { _ in }) async throws {
        var configuration = EngineConfiguration()
        change(&configuration)
        let (endings, endingsInput) = AsyncStream.makeStream(of: CloseReason.self)
        let (connections, connectionsInput) = AsyncStream.makeStream(of: NIOLoopBound<Connection>.self)
        self.endings = endings
        self.connections = connections
        let engine = Engine(configuration: configuration) { connection in
            connectionsInput.yield(NIOLoopBound(connection, eventLoop: connection.loop))
            return Echo(connection) { endingsInput.yield($0) }
        }
        self.engine = engine
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: false)
                    let handler = EngineHTTPHandler(engine: engine, transportIsPlain: isPlain) { context in
                        try context.pipeline.syncOperations.addHandler(PageServer())
                    }
                    try child.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func client(reads: Bool = true) async throws -> RawClient {
        try await RawClient.connect(port, reads: reads)
    }

    /// Opens a polling session; returns its identifier.
    func session(_ client: RawClient) async throws -> String {
        let body = try await client.get("/socket.io/?EIO=4&transport=polling").body
        return String(body.drop { $0 != ":" }.dropFirst(2).prefix { $0 != "\"" })
    }

    /// The reason of the next session that ends, when all event loops have finished what they were at.
    func ending() async throws -> CloseReason? {
        for await reason in endings {
            try await settle()
            return reason
        }
        return nil
    }

    /// Returns when every event loop has finished what it was at.
    func settle() async throws {
        for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try await loop.submit {}.get() }
    }

    func connection() async -> NIOLoopBound<Connection>? {
        for await connection in connections { return connection }
        return nil
    }

    private final class Echo: ConnectionReceiver {
        private let connection: Connection
        private let onEnd: (CloseReason) -> Void

        init(_ connection: Connection, onEnd: @escaping (CloseReason) -> Void) {
            self.connection = connection
            self.onEnd = onEnd
        }

        func received(_ message: Message) {
            switch message {
            case .text(let text): connection.send(Outgoing(EncodedPacket(.message) { $0.writeImmutableBuffer(text) }))
            case .binary(let bytes): connection.send(Outgoing(EncodedPacket(binary: bytes)))
            }
        }

        func upgraded() {}

        func ended(_ reason: CloseReason) { onEnd(reason) }
    }

    /// Answers every request with its own method, path and body.
    private final class PageServer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private var said = ""

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): said = "\(head.method) \(head.uri) "
            case .body(let bytes): said += String(buffer: bytes)
            case .end:
                let body = ByteBuffer(string: said)
                let headers: HTTPHeaders = ["Content-Length": "\(body.readableBytes)"]
                let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
