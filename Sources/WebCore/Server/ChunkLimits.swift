import NIOCore
import NIOHTTP1

/// Refuses a request whose body costs far more bytes on the wire than it has: chunk extensions and trailers without end
/// (RFC 9112, 7.1.1).
///
/// The decoder reads over extensions without keeping them, so one that never ends would keep the connection and its
/// event loop busy for nothing, and is never a sign of life to anybody behind. What is counted are the bytes that
/// arrive between head and end, less those of the body; `Arrivals` counts them before the decoder, this handler right
/// behind it what became of them.
final class ChunkLimits: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The bytes that one request may spend on framing, besides what each chunk needs.
    static let limit = 65_536
    /// A chunk of one byte takes six: its length, two line ends, and itself.
    private static let bytesPerByte = 6

    private var isInBody = false
    private var excess = 0
    private var isRefused = false
    /// The answer switches protocols: what comes afterwards is not HTTP.
    private var isOver = false
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return context.fireChannelRead(data) }
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head:
            isInBody = true
            excess = 0
        case .body(let bytes): excess -= bytes.readableBytes * Self.bytesPerByte
        case .end: isInBody = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if !isOver, case .head(let head) = unwrapOutboundIn(data), head.status == .switchingProtocols {
            isOver = true
            // In a turn of its own, because a flush of what is being written must still pass.
            let bound = context.loopBound
            context.eventLoop.execute {
                bound.value.pipeline.syncOperations.removeHandler(context: bound.value, promise: nil)
            }
        }
        context.write(data, promise: promise)
    }

    /// `count` bytes have come, and the decoder has not seen them yet.
    private func arrived(_ count: Int) {
        if isInBody { excess += count }
    }

    /// The decoder has seen all that came.
    private func decoded() {
        guard isInBody, !isRefused, !isOver, excess > Self.limit else { return }
        isRefused = true
        context?.fireErrorCaught(HTTPParserError.invalidChunkSize)
    }

    /// Counts bytes in front of the decoder; stays where it is when a connection becomes something else, and costs
    /// nothing there.
    final class Arrivals: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let limits: ChunkLimits

        init(_ limits: ChunkLimits) {
            self.limits = limits
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            // What a refused request still sends is not worth reading.
            guard !limits.isRefused else { return }
            limits.arrived(unwrapInboundIn(data).readableBytes)
            context.fireChannelRead(data)
            limits.decoded()
        }
    }
}
