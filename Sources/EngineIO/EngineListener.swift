import NIOConcurrencyHelpers
public import NIOCore
import NIOHTTP1
public import NIOPosix

/// An engine on a port of its own, without any web framework; every request that is not the engine's is answered 404.
public struct EngineListener: Sendable {
    private let channel: any Channel
    private let children: Children

    /// The address it listens on; with the real port when port 0 was asked for.
    public var localAddress: SocketAddress? { channel.localAddress }

    /// Starts listening.
    public static func bind(
        _ engine: Engine, host: String = "127.0.0.1", port: Int = 0,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) async throws -> EngineListener {
        let children = Children()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { child in
                children.add(child)
                return child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: false)
                    let handler = EngineHTTPHandler(engine: engine, transportIsPlain: true) { context in
                        try context.pipeline.syncOperations.addHandler(NotFoundResponder())
                    }
                    try child.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: host, port: port).get()
        return EngineListener(channel: channel, children: children)
    }

    /// Returns when it no longer listens.
    public func closed() async throws {
        try await channel.closeFuture.get()
    }

    /// Stops taking connections and closes those that carry HTTP as soon as their request is answered; WebSockets go
    /// on.
    public func close() async throws {
        try await channel.close()
        for child in children.all { child.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }
}

/// The connections that came in through a listener and are still open.
private final class Children: Sendable {
    private let channels = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    var all: [any Channel] { channels.withLockedValue { Array($0.values) } }

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLockedValue { $0[id] = channel }
        channel.closeFuture.whenComplete { [self] _ in channels.withLockedValue { $0[id] = nil } }
    }
}

/// Answers every request with 404.
private final class NotFoundResponder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .notFound, headers: ["Content-Length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
