import NIOCore
import NIOHTTP1

/// Answers each request in the version of HTTP that it was asked in, and tells who asks first whether to send a body
/// that it may.
///
/// A client of HTTP/1.0 knows no chunks: to it, an answer of unknown length ends with the connection (RFC 9112, 6.3). A
/// client that sends `Expect: 100-continue` holds its body back until it is told to go on (RFC 9110, 10.1.1).
///
/// It sits behind NIO's pipelining handler, so there is one request at a time and nothing of an earlier answer is still
/// to come.
final class AnswersInKind: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The request in hand is one of HTTP/1.0.
    private var isOld = false
    /// Its client wants the connection kept.
    private var isKept = false
    /// The end of its answer is the end of the connection.
    private var closes = false
    /// The answer switches protocols: what comes afterwards is not HTTP.
    private var isOver = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isOver, case .head(let head) = unwrapInboundIn(data) {
            isOld = head.version.major <= 1 && head.version.minor < 1
            isKept = head.isKeepAlive
            closes = false
            if !isOld, Self.waitsForLeave(head) {
                let leave = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(leave)), promise: nil)
            }
        }
        context.fireChannelRead(data)
    }

    private static func waitsForLeave(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status == .switchingProtocols:
            isOver = true
            context.write(data, promise: promise)
            leave(context)
        case .head(let head) where isOld:
            context.write(wrapOutboundOut(.head(older(head))), promise: promise)
        case .end where closes:
            let written = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
            context.write(data, promise: written)
        case .head, .body, .end: context.write(data, promise: promise)
        }
    }

    /// The same answer for a client of HTTP/1.0.
    private func older(_ head: HTTPResponseHead) -> HTTPResponseHead {
        var head = head
        head.version = .http1_0
        head.headers.remove(name: "Transfer-Encoding")
        let hasEnd = head.headers.contains(name: "Content-Length") || !head.status.mayHaveResponseBody
        closes = !isKept || !hasEnd || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
        head.headers.replaceOrAdd(name: "Connection", value: closes ? "close" : "keep-alive")
        return head
    }

    /// In a turn of its own, because a flush of what is being written must still pass.
    private func leave(_ context: ChannelHandlerContext) {
        let bound = context.loopBound
        context.eventLoop.execute {
            bound.value.pipeline.syncOperations.removeHandler(context: bound.value, promise: nil)
        }
    }
}
