import NIOCore

/// Ends a connection whose client does not take its answers.
///
/// It sits in front of everything. After each flush it sees how much the system has not taken, which is how much the
/// client has not read besides what fits into the sockets' own buffers; while there is any, it looks again every few
/// seconds whether enough of it has gone.
final class UnreadAnswers: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    static let interval = TimeAmount.seconds(5)

    /// The connection's place, which is known as soon as this is in its pipeline.
    var seat: Seat?
    /// All bytes that were ever written, and those of them that were gone when there was enough progress last.
    private var written = 0
    private var goneAtProgress = 0
    private var progressAt = NIODeadline.uptimeNanoseconds(0)
    private var left = 0
    private var timer: Scheduled<Void>?

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        look(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        look(context)
        context.fireChannelWritabilityChanged()
    }

    private func look(_ context: ChannelHandlerContext) {
        let before = left
        left = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        guard left > 0 || before > 0 else { return }
        let now = context.eventLoop.now
        if before == 0 { progress(now) }
        if left == 0 {
            timer?.cancel()
            timer = nil
        } else if timer == nil {
            wait(context)
        }
        if left != before { tell() }
    }

    private func tell() {
        if let seat { seat.connections.unread(left, since: progressAt, by: seat) }
    }

    private func progress(_ now: NIODeadline) {
        goneAtProgress = written - left
        progressAt = now
    }

    private func wait(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: Self.interval) {
            bound.value.handler.timer = nil
            bound.value.handler.lookAgain(bound.value.context)
        }
    }

    private func lookAgain(_ context: ChannelHandlerContext) {
        look(context)
        guard left > 0, let limits = seat?.connections.limits else { return }
        let now = context.eventLoop.now
        let gone = written - left - goneAtProgress
        let seconds = Double((now - progressAt).nanoseconds) / 1e9
        if gone > 0, Double(gone) >= Double(limits.leastBytesPerSecond) * seconds {
            progress(now)
            tell()
        } else if now - progressAt >= TimeAmount(limits.unreadTimeout) {
            return context.close(promise: nil)
        }
        if timer == nil { wait(context) }
    }
}
