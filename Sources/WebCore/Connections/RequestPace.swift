import Hummingbird
import NIOCore
import NIOHTTP1

/// Keeps a connection's place, and ends requests that come too slowly or are too much together with all others'.
///
///     idle ──head──► receiving ──end──► answering ──end of the answer──► idle: nothing is counted any more
///                     │  │  └──end of the answer, 413 for example──► draining ──end──► idle
///                     │  │                                              └─too slow─► closed without a word
///                     │  └─too slow: 408, too much: 503─► refused ─► closed
///                     └─an earlier request is not answered yet: ahead ──end of its answer──► receiving
///
/// In each state the connection may die, which gives back its place and its bytes. A request that was sent *ahead* is
/// not read on before it is its turn, so its time begins then; and nothing may be said that its client would take for
/// the answer to the earlier one.
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
    /// For each request that is not answered, in their order, the bytes of its body that have come.
    private var unanswered = CircularBuffer<Int>()
    /// An answer has begun and is not over.
    private var isAnswering = false
    /// The end of an answer that was over before its request.
    private var earlyAnswer: EventLoopFuture<Void>?
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    /// The rest of a request is known to all as waited for.
    private var isWaitedFor = false {
        didSet { if isWaitedFor != oldValue { seat.connections.note(seat, isWaitedFor: isWaitedFor) } }
    }
    private var isRefused = false
    private var discarded = 0
    /// The answer switches protocols: what comes afterwards is not HTTP.
    private var isOver = false

    init(_ seat: Seat, _ rules: FrontDoorRules) {
        self.seat = seat
        self.rules = rules
    }

    private var limits: ServerLimits { seat.connections.limits }

    /// What comes is the rest of a request that is answered; nobody keeps it.
    private var isDraining: Bool { isReceiving && unanswered.isEmpty }

    /// What comes is waited for: no earlier request stands before it.
    private var isAwaited: Bool { isReceiving && unanswered.count <= 1 }

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
        case .body(let bytes): come(bytes.readableBytes)
        case .end:
            let isLast = end()
            context.fireChannelRead(data)
            if isLast { close(after: earlyAnswer, context) }
            return
        }
        context.fireChannelRead(data)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        isReceiving = true
        unanswered.append(0)
        seat.isBusy = true
        seat.connections.note(seat, isIdle: false)
        if isAwaited { measure(from: context.eventLoop.now) }
    }

    private func measure(from now: NIODeadline) {
        deadline = now + TimeAmount(limits.bodyTimeout)
        seat.pace.begin(at: now)
    }

    /// `count` bytes of a body have come.
    private func come(_ count: Int) {
        seat.pace.add(count)
        guard !unanswered.isEmpty else { return }
        unanswered[unanswered.index(before: unanswered.endIndex)] += count
        // What came in one go with the end of an earlier request was let go of with that one.
        let uncounted = unanswered.reduce(0, +) - seat.requestBytes
        if uncounted > 0 { _ = seat.connections.received(uncounted, by: seat) }
    }

    /// The request is whole; true when the connection is to end with that.
    private func end() -> Bool {
        let wasDraining = isDraining
        isReceiving = false
        isWaitedFor = false
        if !seat.isExtra {
            timer?.cancel()
            timer = nil
        }
        settle()
        return wasDraining && rest()
    }

    private func close(after answer: EventLoopFuture<Void>?, _ context: ChannelHandlerContext) {
        let channel = context.channel
        guard let answer else { return channel.close(promise: nil) }
        answer.whenComplete { _ in channel.close(promise: nil) }
    }

    /// Only the bodies of requests without answer are counted.
    private func settle() {
        seat.connections.released(seat, keeping: unanswered.reduce(0, +))
    }

    /// Nothing is in hand any more; true when the connection is to end with that.
    private func rest() -> Bool {
        head = nil
        seat.isBusy = false
        seat.connections.note(seat, isIdle: true)
        return seat.isExtra || seat.isLeaving
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests are whole at once and need no timer.
        if isAwaited, !isRefused, timer == nil { watch(context) }
        context.fireChannelReadComplete()
    }

    private func watch(_ context: ChannelHandlerContext) {
        isWaitedFor = true
        wait(min(deadline - context.eventLoop.now, Self.window), context) { pace in
            guard let context = pace.context, pace.isAwaited, !pace.isRefused else { return }
            let now = context.eventLoop.now
            guard now < pace.deadline, !pace.seat.pace.isSlow(now, least: pace.limits.leastBytesPerSecond) else {
                return pace.refuse(.tooSlow, .requestTimeout, context)
            }
            pace.seat.pace.begin(at: now)
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
        guard let context, !isRefused, !isOver, isReceiving || unanswered.isEmpty else { return }
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
        case .end: return end(answer: data, promise, context)
        }
        if isOver {
            timer?.cancel()
            timer = nil
            isWaitedFor = false
            seat.connections.released(seat, keeping: 0)
        }
        context.write(data, promise: promise)
    }

    /// An answer is over, and with it perhaps the connection, as soon as it is written.
    private func end(answer data: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        isAnswering = false
        _ = unanswered.popFirst()
        settle()
        let isLast = unanswered.isEmpty && !isReceiving && rest()
        guard isLast || isDraining else {
            context.write(data, promise: promise)
            return goOn(context)
        }
        let written = promise ?? context.eventLoop.makePromise()
        earlyAnswer = written.futureResult
        if isLast { close(after: earlyAnswer, context) }
        context.write(data, promise: written)
    }

    /// It is the turn of the request that was sent ahead, if there is one.
    private func goOn(_ context: ChannelHandlerContext) {
        guard isAwaited else { return }
        measure(from: context.eventLoop.now)
        if timer == nil { watch(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !isRefused, !isOver {
            // In both cases nothing is lost with the connection, and its descriptor is needed.
            if event is Seat.CrowdedOut {
                refuse(.busy("There are as many connections as this server takes."), .serviceUnavailable, context)
                context.close(promise: nil)
            } else if event is Seat.GivenUp, isStalling(context) {
                refuse(.tooSlow, .requestTimeout, context)
                context.close(promise: nil)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Still: the word that its place is needed comes from another event loop.
    private func isStalling(_ context: ChannelHandlerContext) -> Bool {
        isAwaited && seat.pace.isStalling(context.eventLoop.now, least: limits.leastBytesPerSecond)
    }

    private func refuse(_ refusal: RequestRefusal, _ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        isRefused = true
        timer?.cancel()
        timer = nil
        // Those behind let go of what they have of the request, and of its answer.
        defer { context.fireErrorCaught(Refused(status: status)) }
        seat.connections.released(seat, keeping: 0)
        isWaitedFor = false
        // An answer that has begun, is over, or is due to an earlier request is not followed or overtaken by another.
        let isUnsaid = unanswered.count == 1 || (unanswered.isEmpty && !isReceiving)
        guard isUnsaid, !isAnswering else { return context.close(promise: nil) }
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
            guard !pace.isOver, !pace.isRefused, !pace.isDraining else { return context.fireChannelRead(data) }
            let fits = pace.seat.connections.received(unwrapInboundIn(data).readableBytes, by: pace.seat)
            context.fireChannelRead(data)
            if !fits { pace.overflow() }
        }
    }
}
