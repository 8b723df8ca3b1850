import NIOCore
import NIOHTTP1

/// Looks at each request before anybody else does: whom it is for, and whether there is room for it.
///
///     open ──head──► judged ──passes──► open
///                      ├──asks whether we live──► answered ──the rest of the request──► open
///                      └──refused──► answered ──the rest of the request──► closed
///
/// `/healthz` is answered here, before anything that waits for others: whoever starts the program anew when it does not
/// answer (a container's probe) is not to do so because many people look at lists. What the router says of it is the
/// same.
///
/// It sits behind NIO's pipelining handler, so there is one request at a time. What is behind it sees only requests in
/// origin form whose `Host` is who they are for (RFC 9112 3.2.2).
final class FrontDoor: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How much of a refused request is read before its connection is closed, so that the answer is not lost with it.
    private static let mostDiscarded = 65_536

    private let rules: FrontDoorRules
    private let seat: Seat?
    private var isRefused = false
    /// The rest of the request is of no interest.
    private var isPassedOver = false
    private var isAnswered = false
    private var isWhole = false
    private var discarded = 0
    /// False once an answer switches protocols: what comes then are bytes of something else.
    private var isHTTP = true

    /// `seat` is the connection's place among all.
    init(_ rules: FrontDoorRules, seat: Seat? = nil) {
        self.rules = rules
        self.seat = seat
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isHTTP else { return context.fireChannelRead(data) }
        guard !isRefused else { return discard(unwrapInboundIn(data), context) }
        guard case .head(let head) = unwrapInboundIn(data) else {
            if !isPassedOver { context.fireChannelRead(data) }
            return
        }
        isPassedOver = false
        switch rules.judge(head, isExtra: seat?.isExtra ?? false) {
        case .passes(let head): context.fireChannelRead(wrapInboundOut(.head(head)))
        case .asksForLife: sayAlive(head, context)
        case .refused(let refusal): refuse(head, refusal, context)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isHTTP, case .head(let head) = unwrapOutboundIn(data) { isHTTP = head.status != .switchingProtocols }
        context.write(data, promise: promise)
    }

    private func sayAlive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        isPassedOver = true
        let body = ByteBuffer(staticString: "ok\n")
        let headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)",
            "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
        ]
        var answer = HTTPResponseHead(version: head.version, status: .ok, headers: headers)
        if !head.isKeepAlive { answer.headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        if head.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        if !head.isKeepAlive {
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func refuse(_ head: HTTPRequestHead, _ refusal: RequestRefusal, _ context: ChannelHandlerContext) {
        isRefused = true
        let answer = rules.answer(refusal, to: head)
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((door: self, context: context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            bound.value.door.isAnswered = true
            bound.value.door.closeWhenDone(bound.value.context)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func discard(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head: break
        case .body(let bytes): discarded += bytes.readableBytes
        case .end: isWhole = true
        }
        closeWhenDone(context)
    }

    private func closeWhenDone(_ context: ChannelHandlerContext) {
        guard isAnswered, isWhole || discarded > Self.mostDiscarded else { return }
        context.close(promise: nil)
    }
}
