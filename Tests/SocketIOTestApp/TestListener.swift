import EngineIO
import NIOCore
import NIOHTTP1
import NIOPosix

/// Several engines on one port, and the application's log at `/log`.
enum TestListener {
    static func bind(
        _ engines: [Engine], log: ProbeLog? = nil, port: Int, group: any EventLoopGroup
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    let pipeline = child.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: false)
                    for engine in engines {
                        try pipeline.addHandler(EngineHTTPHandler(engine: engine, transportIsPlain: true))
                    }
                    try pipeline.addHandler(LogPage(log))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    /// Answers `/log`, and everything else with 404.
    private final class LogPage: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: ProbeLog?
        private var path = ""

        init(_ log: ProbeLog?) {
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): path = head.uri
            case .body: break
            case .end:
                let body = path == "/log" ? log?.take() : nil
                let bytes = ByteBuffer(string: body ?? "")
                let headers: HTTPHeaders = [
                    "Content-Type": "application/json", "Content-Length": "\(bytes.readableBytes)",
                ]
                let head = HTTPResponseHead(
                    version: .http1_1, status: body == nil ? .notFound : .ok, headers: headers)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
