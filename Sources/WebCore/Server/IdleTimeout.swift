import NIOCore
import NIOHTTP1

/// Ends a connection on which nothing comes for too long, from its first moment on.
///
///     quiet ──head──► receiving ──end──► answering ──end of the answer──► quiet
///       └─75 s─► closed  └─75 s without a byte, or 2 s of stopping─► closed
///
/// It sits right behind the HTTP codec, so it sees the socket's requests as well as the pages', and before NIO's
/// pipelining handler, which keeps the word of a stop to itself while a request is under way. An answer may take any
/// time: a long poll is no silence. A WebSocket leaves for a channel of its own, or this leaves its pipeline.
final class IdleTimeout: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long nothing may come where something is waited for.
    static let limit: TimeAmount = .seconds(75)
    /// How long a request that is under way may go on once the program stops: running checks need the rest of the time.
    static let limitWhenStopping: TimeAmount = .seconds(2)

    private var isReceiving = false
    /// Requests without an answer; more than one when a client sends ahead.
    private var unanswered = 0
    private var lastSign = NIODeadline.uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?
    private var isStopping = false
    /// The timer is that of stopping.
    private var isHurried = false
    /// The answer switches protocols: what comes afterwards is not HTTP.
    private var isOver = false

    func handlerAdded(context: ChannelHandlerContext) {
        lastSign = context.eventLoop.now
        wait(Self.limit, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return context.fireChannelRead(data) }
        switch unwrapInboundIn(data) {
        case .head:
            isReceiving = true
            unanswered += 1
        case .body: break
        case .end: isReceiving = false
        }
        lastSign = context.eventLoop.now
        if isStopping, isReceiving { hurry(context) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(let head): isOver = head.status == .switchingProtocols
        case .body: break
        case .end:
            unanswered = max(0, unanswered - 1)
            lastSign = context.eventLoop.now
        }
        if isOver { leave(context) }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !isStopping {
            isStopping = true
            if isReceiving { hurry(context) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// In a turn of its own, because a flush of what is being written must still pass.
    private func leave(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        let bound = context.loopBound
        context.eventLoop.execute {
            bound.value.pipeline.syncOperations.removeHandler(context: bound.value, promise: nil)
        }
    }

    // MARK: waiting

    /// Closes the connection soon if its request is still not whole then.
    private func hurry(_ context: ChannelHandlerContext) {
        guard !isHurried else { return }
        isHurried = true
        timer?.cancel()
        wait(Self.limitWhenStopping, context)
    }

    private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: time) {
            bound.value.handler.look(bound.value.context)
        }
    }

    /// One timer looks again and again, instead of one that is set anew with each request.
    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        if isHurried, isReceiving { return context.close(promise: nil) }
        // A request that was sent ahead is not read on before the earlier one is answered.
        let isWaiting = unanswered == 0 || (isReceiving && unanswered == 1)
        let left = lastSign + Self.limit - context.eventLoop.now
        if isWaiting, left <= .nanoseconds(0) { return context.close(promise: nil) }
        wait(isWaiting ? left : Self.limit, context)
    }
}
