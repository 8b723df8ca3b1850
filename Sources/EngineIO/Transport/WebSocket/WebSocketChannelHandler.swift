import NIOCore

/// Carries one WebSocket's bytes: frames in become inputs of its connection, shared frames go out as they are.
///
///     open ──close frame, violation, `close()`──► closing ──peer's close frame or closeTimeout──► closed
///
/// It is the only handler of its channel once the upgrade is done, so that an idle client costs little, and it lives
/// on its connection's event loop unless the socket could not be moved there.
final class WebSocketChannelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case open, closing, closed
    }

    /// How long a closing client may take to send its own close frame.
    private static let closeTimeout = TimeAmount.seconds(5)

    let id: LinkID
    private let scope: LoopScope
    private let owner: LoopBox<Connection>
    private let maxQueuedBytes: Int
    private let maxUnsentBytes: Int?
    private let deflation: MessageDeflation?
    private var reader: WebSocketReader
    private var state = State.open
    private var context: ChannelHandlerContext?
    private var needsFlush = false
    private var isPaused = false
    /// How long after the upgrade's answer the session may speak; nothing is read before that.
    private let silence: TimeAmount?

    /// What is written before any frame: the answer to the upgrade request, when that was not yet sent.
    private var greeting: ByteBuffer?

    init(
        id: LinkID, owner: LoopBox<Connection>, scope: LoopScope, settings: SessionSettings,
        deflation: MessageDeflation?, silence: TimeAmount?, greeting: ByteBuffer?
    ) {
        self.silence = silence
        self.greeting = greeting
        self.id = id
        self.owner = owner
        self.scope = scope
        maxQueuedBytes = settings.maxQueuedBytes
        maxUnsentBytes = settings.maxUnsentBytes
        self.deflation = deflation
        reader = WebSocketReader(maxPayload: settings.maxPayload, allowsCompression: deflation != nil)
    }

    /// TCP_NOTSENT_LOWAT, which not every libc's headers have.
    private static let unsentMark = NIOBSDSocket.Option(rawValue: 25)

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let maxUnsentBytes else { return }
        // Where it is no TCP there is no such mark.
        try? context.channel.syncOptions?.setOption(.tcpOption(Self.unsentMark), value: maxUnsentBytes)
    }

    func channelActive(context: ChannelHandlerContext) {
        if let greeting {
            context.writeAndFlush(wrapOutboundOut(greeting), promise: nil)
            self.greeting = nil
            announce()
        }
        context.fireChannelActive()
    }

    /// Tells the connection that this WebSocket is ready, after its silence.
    func announce() {
        guard let context else { return }
        guard let silence else {
            announceNow()
            return
        }
        pause()
        let box = LoopBox(self, loop: context.eventLoop)
        context.eventLoop.scheduleTask(in: silence) {
            box.value.resume()
            box.value.announceNow()
        }
    }

    private func announceNow() {
        guard let context, state == .open else {
            tell(.socketOpened(id))
            tell(.socketClosed(id, failed: true))
            return
        }
        let box = LoopBox(self, loop: context.eventLoop)
        let announcement =
            { [owner, id] in
                owner.value.attach(SocketLink(box, id: id, connectionLoop: owner.loop))
                owner.value.handle(.socketOpened(id))
            } as @Sendable () -> Void
        if owner.loop.inEventLoop { announcement() } else { owner.loop.execute(announcement) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Queues one frame; it leaves with all others of this turn of the event loop in one flush.
    func write(_ packet: EncodedPacket) {
        guard state == .open, let context else { return }
        let frame = if let deflation { scope.frame(of: packet, deflation) } else { packet.frame }
        context.write(wrapOutboundOut(frame), promise: nil)
        scope.packetsSent += 1
        scope.bytesSent += packet.size
        requestFlush()
        if !context.channel.isWritable { checkQueue(context, besides: frame.readableBytes) }
    }

    /// Queues finished frames of `count` packets at once; false when they have to be written one by one, to be
    /// compressed.
    func write(_ frames: ByteBuffer, count: Int) -> Bool {
        guard deflation == nil else { return false }
        guard state == .open, let context else { return true }
        context.write(wrapOutboundOut(frames), promise: nil)
        scope.packetsSent += count
        scope.bytesSent += frames.readableBytes
        requestFlush()
        if !context.channel.isWritable { checkQueue(context, besides: frames.readableBytes) }
        return true
    }

    /// How many bytes were written and not yet taken by the system.
    var waitingBytes: Int {
        guard state == .open, let context else { return 0 }
        return (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Whether a volatile message would go out at once.
    var isWritable: Bool {
        guard state == .open, let context else { return false }
        return context.channel.isWritable
    }

    /// Sends a close frame, with `code` if there is one, and closes when the client has answered it.
    func close(code: UInt16? = nil) {
        guard state == .open, let context else { return }
        state = .closing
        resume()
        var frame = context.channel.allocator.buffer(capacity: 4)
        frame.writeInteger(0x80 | WebSocketOpcode.close.rawValue)
        frame.writeInteger(UInt8(code == nil ? 0 : 2))
        if let code { frame.writeInteger(code) }
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        let channel = context.channel
        let timeout = context.eventLoop.scheduleTask(in: Self.closeTimeout) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timeout.cancel() }
    }

    /// Stops reading from the client until `resume`: its events come faster than they are handled.
    func pause() {
        guard state == .open, !isPaused, let context else { return }
        isPaused = true
        setAutoRead(false, context)
    }

    func resume() {
        guard isPaused, let context else { return }
        isPaused = false
        setAutoRead(true, context)
    }

    private func setAutoRead(_ on: Bool, _ context: ChannelHandlerContext) {
        if let options = context.channel.syncOptions {
            try? options.setOption(.autoRead, value: on)
        } else {
            context.channel.setOption(.autoRead, value: on).whenFailure { _ in }
        }
    }

    /// Sends what was written since the last flush.
    func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    private func requestFlush() {
        guard !needsFlush else { return }
        needsFlush = true
        scope.flushLater(.socket(self))
    }

    /// Ends the session of a client that lets more than the limit pile up, besides the frame of `newest` bytes that was
    /// just written.
    ///
    /// What the system takes at once was never waiting, so it is offered first: a large message is no reason to let go
    /// of a client that reads.
    private func checkQueue(_ context: ChannelHandlerContext, besides newest: Int) {
        guard waitingBytes > maxQueuedBytes else { return }
        context.flush()
        guard state == .open, waitingBytes - newest > maxQueuedBytes else { return }
        state = .closed
        scope.slowClients += 1
        scope.reportLater()
        tell(.overflowed)
        context.close(promise: nil)
    }

    private func tell(_ input: Session.Input) {
        if owner.loop.inEventLoop {
            owner.value.handle(input)
        } else {
            owner.loop.execute { [owner] in owner.value.handle(input) }
        }
    }
}

// MARK: what the channel says

extension WebSocketChannelHandler {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .closed else { return }
        let bytes = unwrapInboundIn(data)
        scope.bytesReceived += bytes.readableBytes
        scope.reportLater()
        reader.feed(bytes)
        do throws(WebSocketReader.Violation) {
            while state != .closed, let event = try reader.next() { take(event, context) }
        } catch {
            violated(error, context)
        }
    }

    private func take(_ event: WebSocketReader.Event, _ context: ChannelHandlerContext) {
        switch (event, state) {
        case (.close, .closing):
            state = .closed
            context.close(promise: nil)
        case (.close(let code), _):
            close(code: code)
            state = .closed
            tell(.socketClosed(id, failed: false))
            context.close(promise: nil)
        case (_, .closing), (_, .closed), (.pong, _): break
        case (.text(let text), _): tell(.socketText(id, text))
        case (.binary(let bytes), _): tell(.socketBinary(id, bytes))
        case (.ping(let payload), _):
            var frame = context.channel.allocator.buffer(capacity: 2 + payload.readableBytes)
            frame.writeInteger(0x80 | WebSocketOpcode.pong.rawValue)
            frame.writeInteger(UInt8(payload.readableBytes))
            frame.writeImmutableBuffer(payload)
            context.write(wrapOutboundOut(frame), promise: nil)
            requestFlush()
            if !context.channel.isWritable { checkQueue(context, besides: frame.readableBytes) }
        }
    }

    private func violated(_ violation: WebSocketReader.Violation, _ context: ChannelHandlerContext) {
        if state == .open {
            close(code: violation.rawValue)
            tell(.socketClosed(id, failed: true))
        }
        state = .closed
        // What the client still sends is not read as frames any more, so its close frame would not be seen either.
        context.close(mode: .output, promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            if owner.loop.inEventLoop {
                owner.value.roomChanged()
            } else {
                owner.loop.execute { [owner] in owner.value.roomChanged() }
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if state == .open { tell(.socketClosed(id, failed: false)) }
        state = .closed
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if state == .open { tell(.socketClosed(id, failed: true)) }
        state = .closed
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
