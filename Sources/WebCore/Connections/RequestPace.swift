import Hummingbird
import NIOCore
import NIOHTTP1

/// Keeps a connection's place, and ends requests that come too slowly or are too much together with all others'.
///
///     idle ──head──► receiving ──end──► answering ──end of the answer──► idle
///                       └─too slow: 408, too much: 503─► refused ─► closed
///
/// Long because everything that may happen to one request until it is answered is decided here. It sits right behind
/// the HTTP codec, before NIO's pipelining handler, so it may answer whatever those behind do;
/// `Arrivals` counts the bytes in front of the codec.
final class RequestPace: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What those behind see instead of the rest of a request.
    struct Refused: HTTPResponseError {
        let status: HTTPResponse.Status

        func response(from request: Request, context: some RequestContext) throws -> Response {
            Response(status: status)
        }
    }

    /// Over how long the pace of a body is measured; a small form has to be whole in that time.
    static let window = TimeAmount.seconds(10)
    /// How long an extra may take in all.
    static let extraPatience = TimeAmount.seconds(5)
    /// How long a refused client has to read why.
    private static let farewell = TimeAmount.seconds(1)
    /// How much of a refused request is still read, so that the answer is not lost with the connection.
    private static let mostDiscarded = 262_144

    private let seat: Seat
    private let rules: FrontDoorRules
    private var context: ChannelHandlerContext?
    private var head: HTTPRequestHead?
    private var isReceiving = false
    private var unanswered = 0
    /// An answer has begun and is not over.
    private var isAnswering = false
    private var hasBody = false
    private var bytesInWindow = 0
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    private var isRefused = false
    private var discarded = 0
    /// The answer switches protocols: what comes afterwards is not HTTP.
    private var isOver = false

    init(_ seat: Seat, _ rules: FrontDoorRules) {
        self.seat = seat
        self.rules = rules
    }

    private var limits: ServerLimits { seat.connections.limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if seat.isExtra { wait(Self.extraPatience, context) { $0.context?.close(promise: nil) } }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        self.context = nil
        seat.connections.leave(seat)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        seat.connections.leave(seat)
        context.fireChannelInactive()
    }

    // MARK: requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return context.fireChannelRead(data) }
        let part = unwrapInboundIn(data)
        guard !isRefused else { return discard(part, context) }
        switch part {
        case .head(let head): begin(head, context)
        case .body(let bytes):
            hasBody = true
            bytesInWindow += bytes.readableBytes
        case .end:
            isReceiving = false
            if !seat.isExtra {
                timer?.cancel()
                timer = nil
            }
            if !hasBody { seat.connections.released(seat) }
        }
        context.fireChannelRead(data)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        isReceiving = true
        hasBody = false
        bytesInWindow = 0
        unanswered += 1
        deadline = context.eventLoop.now + TimeAmount(limits.bodyTimeout)
        seat.isBusy = true
        seat.connections.note(seat, isIdle: false)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests are whole at once and need no timer.
        if isReceiving, !isRefused, timer == nil { watch(context) }
        context.fireChannelReadComplete()
    }

    private func watch(_ context: ChannelHandlerContext) {
        let left = deadline - context.eventLoop.now
        wait(min(left, Self.window), context) { pace in
            guard let context = pace.context, pace.isReceiving, !pace.isRefused else { return }
            let least = pace.limits.leastBytesPerSecond * Int(Self.window.nanoseconds / 1_000_000_000)
            guard context.eventLoop.now < pace.deadline, pace.bytesInWindow >= least else {
                return pace.refuse(.tooSlow, .requestTimeout, context)
            }
            pace.bytesInWindow = 0
            pace.watch(context)
        }
    }

    private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext, _ body: @escaping (RequestPace) -> Void) {
        timer?.cancel()
        let bound = NIOLoopBound((pace: self, body: body), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: time) {
            bound.value.pace.timer = nil
            bound.value.body(bound.value.pace)
        }
    }

    /// Bytes have come that are too many together with those of all others.
    fileprivate func overflow() {
        guard let context, !isRefused, !isOver, isReceiving || unanswered == 0 else { return }
        refuse(.busy("Too many requests are being received."), .serviceUnavailable, context)
    }

    // MARK: answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else { return context.write(data, promise: promise) }
        guard !isRefused else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            isOver = head.status == .switchingProtocols
            isAnswering = head.status.code >= 200
        case .body: break
        case .end where answered():
            let written = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
            return context.write(data, promise: written)
        case .end: break
        }
        if isOver {
            timer?.cancel()
            timer = nil
            seat.connections.released(seat)
        }
        context.write(data, promise: promise)
    }

    /// An answer is over; true when the connection is to end with it.
    private func answered() -> Bool {
        isAnswering = false
        unanswered -= 1
        guard unanswered <= 0, !isReceiving else { return false }
        seat.connections.released(seat)
        seat.isBusy = false
        seat.connections.note(seat, isIdle: true)
        return seat.isExtra || seat.isLeaving
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is Seat.CrowdedOut, !isRefused, !isOver {
            refuse(.busy("There are as many connections as this server takes."), .serviceUnavailable, context)
            // Nothing was asked, so nothing is lost with the connection, and its descriptor is needed.
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func refuse(_ refusal: RequestRefusal, _ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        isRefused = true
        timer?.cancel()
        timer = nil
        // Those behind let go of what they have of the request, and of its answer.
        defer { context.fireErrorCaught(Refused(status: status)) }
        seat.connections.released(seat)
        guard !isAnswering else { return context.close(promise: nil) }
        let asked = head ?? HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        let answer = rules.answer(refusal, to: asked)
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if asked.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(mode: .output, promise: nil)
        wait(Self.farewell, context) { $0.context?.close(promise: nil) }
    }

    /// The rest of a refused request.
    private func discard(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        if case .end = part { return context.close(promise: nil) }
        if case .body(let bytes) = part { discarded += bytes.readableBytes }
        if discarded > Self.mostDiscarded { context.close(promise: nil) }
    }

    /// Counts bytes in front of the codec; stays where it is when a connection becomes something else, and costs
    /// nothing there.
    final class Arrivals: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let pace: RequestPace

        init(_ pace: RequestPace) {
            self.pace = pace
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !pace.isOver, !pace.isRefused else { return context.fireChannelRead(data) }
            let fits = pace.seat.connections.received(unwrapInboundIn(data).readableBytes, by: pace.seat)
            context.fireChannelRead(data)
            if !fits { pace.overflow() }
        }
    }
}
