import Logging
import Metrics
import NIOCore
import NIOPosix
import NIOSSL

/// Keeps one connection to a broker: connects again with growing waits, subscribes anew, sends what waited.
///
///     connecting ──ready──► ready ──lost──► waiting ──time──► connecting
///         └──failed, too slow──► waiting          any ──close──► closed
///
/// Confined to its event loop.
final class BrokerLink<Session: BrokerSession> {
    enum Phase {
        case connecting
        case ready
        case waiting
        case closed
    }

    private let address: BrokerAddress
    private let loop: any EventLoop
    private let limits: BrokerLimits
    private let logger: Logger
    private let makeSession: @Sendable () -> Session
    private let changed: (Phase, BrokerFailure?) -> Void
    private let heard: (BrokerNews) -> Void
    private let drops = Counter(label: "socketio_broker_drops")

    private(set) var phase = Phase.connecting
    private var session: Session?
    private var channel: (any Channel)?
    /// Counts attempts, so that the last words of an earlier connection are not taken for this one's.
    private var attempt = 0
    private var incoming = ByteBuffer()
    private var backoff: Backoff
    private var timer: Scheduled<Void>?
    private var heartbeat: RepeatedTask?
    private var failure: BrokerFailure?
    private var topics: Set<Topic> = []
    private var queue: CircularBuffer<(message: ByteBuffer, channel: String)> = []
    private var queuedBytes = 0
    private var isFlushDue = false
    private(set) var dropped = 0

    /// Whether the broker is there and knows every topic.
    var isSettled: Bool { phase == .ready && session?.isSettled == true }

    /// `changed` is called at each change of phase and whenever subscriptions may have been confirmed.
    init(
        to address: BrokerAddress, on loop: any EventLoop, limits: BrokerLimits, logger: Logger,
        session: @escaping @Sendable () -> Session, changed: @escaping (Phase, BrokerFailure?) -> Void,
        heard: @escaping (BrokerNews) -> Void
    ) {
        self.address = address
        self.loop = loop
        self.limits = limits
        self.logger = logger
        makeSession = session
        self.changed = changed
        self.heard = heard
        backoff = Backoff(from: limits.minBackoff, upTo: limits.maxBackoff)
    }

    // MARK: orders

    func subscribe(_ topic: Topic) {
        guard topics.insert(topic).inserted, phase == .ready else { return }
        perform(.subscribe(topic))
    }

    func unsubscribe(_ topic: Topic) {
        guard topics.remove(topic) != nil, phase == .ready else { return }
        perform(.unsubscribe(topic))
    }

    func publish(_ message: ByteBuffer, on channel: String) {
        guard phase != .closed else { return }
        queue.append((message, channel))
        queuedBytes += message.readableBytes + channel.utf8.count
        while queuedBytes > limits.maxQueuedBytes, let oldest = queue.popFirst() {
            queuedBytes -= oldest.message.readableBytes + oldest.channel.utf8.count
            noteDrop()
        }
        flushSoon()
    }

    /// False when there is nobody to ask.
    func count(_ channel: String, id: UInt64) -> Bool {
        guard phase == .ready else { return false }
        perform(.count(channel: channel, id: id))
        return true
    }

    private func perform(_ command: BrokerCommand) {
        var out = ByteBuffer()
        session?.perform(command, &out)
        write(out)
    }

    private func noteDrop() {
        dropped += 1
        drops.increment()
        if dropped.nonzeroBitCount == 1 {
            logger.warning("The broker takes less than is sent: messages are dropped", metadata: ["all": "\(dropped)"])
        }
    }

    /// One write for all that is published in one turn of the loop.
    private func flushSoon() {
        guard !isFlushDue, phase == .ready else { return }
        isFlushDue = true
        let link = NIOLoopBound(self, eventLoop: loop)
        loop.execute { link.value.flush() }
    }

    private func flush() {
        isFlushDue = false
        while phase == .ready, let channel, channel.isWritable, !queue.isEmpty {
            var out = ByteBuffer()
            while out.readableBytes < 65_536, let next = queue.popFirst() {
                queuedBytes -= next.message.readableBytes + next.channel.utf8.count
                session?.perform(.publish(next.message, channel: next.channel), &out)
            }
            write(out)
        }
    }

    private func write(_ out: ByteBuffer) {
        if out.readableBytes > 0 { channel?.writeAndFlush(out, promise: nil) }
    }

    // MARK: connecting

    func start() {
        guard phase != .closed else { return }
        phase = .connecting
        failure = nil
        attempt += 1
        let attempt = attempt
        let link = NIOLoopBound(self, eventLoop: loop)
        let handler: NIOLoopBound<NIOSSLClientHandler?>
        do {
            handler = NIOLoopBound(try address.makeTLSHandler(), eventLoop: loop)
        } catch {
            lost(error)
            return
        }
        timer = loop.scheduleTask(in: limits.connectTimeout) { link.value.lost(.unreachable("no login in time")) }
        ClientBootstrap(group: loop)
            .connectTimeout(limits.connectTimeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = handler.value { try channel.pipeline.syncOperations.addHandler(tls) }
                    try channel.pipeline.syncOperations.addHandler(BrokerLinkHandler(link.value, attempt))
                }
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { error in
                if link.value.attempt == attempt { link.value.lost(.unreachable("\(error)")) }
            }
    }

    func opened(_ channel: any Channel, _ attempt: Int) {
        guard phase == .connecting, attempt == self.attempt else {
            channel.close(promise: nil)
            return
        }
        self.channel = channel
        incoming.clear()
        var session = makeSession()
        var out = ByteBuffer()
        session.opened(&out)
        self.session = session
        write(out)
    }

    private func ready() {
        timer?.cancel()
        backoff.reset()
        phase = .ready
        let link = NIOLoopBound(self, eventLoop: loop)
        heartbeat = loop.scheduleRepeatedTask(initialDelay: limits.heartbeat, delay: limits.heartbeat) { _ in
            link.value.beat()
        }
        for topic in topics { perform(.subscribe(topic)) }
        changed(.ready, nil)
        flushSoon()
    }

    private func beat() {
        var out = ByteBuffer()
        do {
            try session?.beat(&out)
            write(out)
        } catch {
            lost(error)
        }
    }

    // MARK: from the channel

    func received(_ bytes: ByteBuffer, from channel: any Channel) {
        guard channel === self.channel else { return }
        incoming.writeImmutableBuffer(bytes)
        var out = ByteBuffer()
        do throws(BrokerFailure) {
            let news = try session?.received(&incoming, &out) ?? []
            guard incoming.readableBytes <= limits.maxMessageBytes else { throw .malformed("a message is too large") }
            incoming.discardReadBytes()
            write(out)
            for each in news {
                if each == .ready { ready() } else { heard(each) }
            }
            if isSettled { changed(.ready, nil) }
        } catch {
            lost(error)
        }
    }

    func writable(_ channel: any Channel) {
        if channel === self.channel, channel.isWritable { flushSoon() }
    }

    func failed(_ error: any Error, _ channel: any Channel, _ attempt: Int) {
        if attempt == self.attempt, failure == nil { failure = .unreachable("\(error)") }
        channel.close(promise: nil)
    }

    func closed(_ attempt: Int) {
        guard attempt == self.attempt else { return }
        lost(failure ?? .unreachable("connection closed"))
    }

    /// Ends this connection; the next follows after a wait.
    private func lost(_ failure: BrokerFailure) {
        guard phase == .connecting || phase == .ready else { return }
        attempt += 1
        channel?.close(promise: nil)
        channel = nil
        timer?.cancel()
        heartbeat?.cancel()
        session = nil
        phase = .waiting
        var generator = SystemRandomNumberGenerator()
        let wait = backoff.next(using: &generator)
        let link = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(in: wait) { link.value.start() }
        changed(.waiting, failure)
    }

    /// Ends everything; what waits to be sent is sent if the broker is there.
    func close() {
        guard phase != .closed else { return }
        flush()
        var out = ByteBuffer()
        session?.closing(&out)
        write(out)
        phase = .closed
        timer?.cancel()
        heartbeat?.cancel()
        session = nil
        topics = []
        queue = []
        queuedBytes = 0
        let channel = channel
        self.channel = nil
        channel?.close(promise: nil)
        changed(.closed, nil)
    }
}
