package import NIOCore
import NIOPosix
import NIOSSL

/// Keeps one connection to a server: connects again with growing waits, watches over its silence, carries bytes.
///
///     connecting ──ready──► ready ──lost──► waiting ──time──► connecting
///         └──failed, too slow──► waiting          any ──close──► closed
///
/// What is said to it in one turn of the event loop goes out in one write. Confined to its event loop.
package final class Link<Session: LinkSession> {
    /// What its owner is told, on the event loop; must not block.
    package struct Ears {
        /// The phase has changed; a failure says why it is `waiting`.
        var changed: (LinkPhase, LinkFailure?) -> Void
        var heard: (Session.News) -> Void
        /// The connection takes more again.
        var writable: () -> Void

        package init(
            changed: @escaping (LinkPhase, LinkFailure?) -> Void, heard: @escaping (Session.News) -> Void,
            writable: @escaping () -> Void
        ) {
            self.changed = changed
            self.heard = heard
            self.writable = writable
        }
    }

    /// As much is written at once without waiting for the end of the turn, so that `isWritable` tells the truth.
    private static var flushSize: Int { 65_536 }

    private let endpoint: Endpoint
    private let loop: any EventLoop
    private let limits: LinkLimits
    private let makeSession: @Sendable () -> Session
    private let ears: Ears

    package private(set) var phase = LinkPhase.connecting
    package private(set) var session: Session
    private var channel: (any Channel)?
    /// Counts attempts, so that the last words of an earlier connection are not taken for this one's.
    private var attempt = 0
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()
    private var isFlushDue = false
    private var backoff: Backoff
    private var timer: Scheduled<Void>?
    private var heartbeat: RepeatedTask?
    private var failure: LinkFailure?

    package init(
        to endpoint: Endpoint, on loop: any EventLoop, limits: LinkLimits, session: @escaping @Sendable () -> Session,
        ears: Ears
    ) {
        self.endpoint = endpoint
        self.loop = loop
        self.limits = limits
        makeSession = session
        self.session = session()
        self.ears = ears
        backoff = Backoff(from: limits.minBackoff, upTo: limits.maxBackoff)
    }

    // MARK: orders

    /// Whether the server is there and takes more.
    package var isWritable: Bool { phase == .ready && channel?.isWritable == true }

    /// Lets `order` speak to a session that is ready; does nothing when there is none.
    package func perform(_ order: (inout Session, inout ByteBuffer) -> Void) {
        guard phase == .ready else { return }
        order(&session, &outgoing)
        if outgoing.readableBytes >= Self.flushSize { flush() } else { flushSoon() }
    }

    /// Ends a connection of which its owner knows that it is no good; the next follows after a wait.
    package func abandon(_ failure: LinkFailure) {
        lost(failure)
    }

    private func flushSoon() {
        guard !isFlushDue, outgoing.readableBytes > 0 else { return }
        isFlushDue = true
        let link = NIOLoopBound(self, eventLoop: loop)
        loop.execute { link.value.flush() }
    }

    private func flush() {
        isFlushDue = false
        guard outgoing.readableBytes > 0 else { return }
        let bytes = outgoing
        outgoing = ByteBuffer()
        channel?.writeAndFlush(bytes, promise: nil)
    }

    // MARK: connecting

    package func start() {
        guard phase != .closed else { return }
        phase = .connecting
        failure = nil
        attempt += 1
        let attempt = attempt
        let link = NIOLoopBound(self, eventLoop: loop)
        let handler: NIOLoopBound<NIOSSLClientHandler?>
        do {
            handler = NIOLoopBound(try endpoint.makeTLSHandler(), eventLoop: loop)
        } catch {
            lost(error)
            return
        }
        timer = loop.scheduleTask(in: limits.connectTimeout) { link.value.lost(.unreachable("no login in time")) }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limits.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = handler.value { try channel.pipeline.syncOperations.addHandler(tls) }
                    try channel.pipeline.syncOperations.addHandler(LinkPipe(link.value, attempt))
                }
            }
        endpoint.connect(bootstrap).whenFailure { error in
            if link.value.attempt == attempt { link.value.lost(.unreachable("\(error)")) }
        }
    }

    func opened(_ channel: any Channel, _ attempt: Int) {
        guard phase == .connecting, attempt == self.attempt else {
            channel.close(promise: nil)
            return
        }
        self.channel = channel
        session.opened(&outgoing)
        flush()
    }

    private func ready() {
        timer?.cancel()
        backoff.reset()
        phase = .ready
        let link = NIOLoopBound(self, eventLoop: loop)
        heartbeat = loop.scheduleRepeatedTask(initialDelay: limits.heartbeat, delay: limits.heartbeat) { _ in
            link.value.beat()
        }
        ears.changed(.ready, nil)
    }

    private func beat() {
        do throws(LinkFailure) {
            try session.beat(&outgoing)
            flush()
        } catch {
            lost(error)
        }
    }

    // MARK: from the channel

    func received(_ bytes: ByteBuffer, from channel: any Channel) {
        guard channel === self.channel else { return }
        if incoming.readableBytes == 0 { incoming = bytes } else { incoming.writeImmutableBuffer(bytes) }
        var news: [Session.News] = []
        var failure: LinkFailure?
        do throws(LinkFailure) {
            try session.received(&incoming, &outgoing, &news)
            if incoming.readableBytes > limits.maxIncompleteBytes { failure = .malformed("a message is too large") }
            incoming.discardReadBytes()
        } catch {
            failure = error
        }
        if failure == nil, phase == .connecting, session.isReady { ready() }
        for each in news { ears.heard(each) }
        flush()
        if let failure, channel === self.channel { lost(failure) }
    }

    func writabilityChanged(_ channel: any Channel) {
        if channel === self.channel, isWritable { ears.writable() }
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
    private func lost(_ failure: LinkFailure) {
        guard phase == .connecting || phase == .ready else { return }
        attempt += 1
        phase = .waiting
        endConnection()
        session = makeSession()
        var generator = SystemRandomNumberGenerator()
        let link = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(in: backoff.next(using: &generator)) { link.value.start() }
        ears.changed(.waiting, failure)
    }

    /// Ends everything; what was said goes out first as far as the connection takes it.
    package func close() {
        guard phase != .closed else { return }
        if phase == .ready { session.closing(&outgoing) }
        flush()
        phase = .closed
        attempt += 1
        endConnection()
        ears.changed(.closed, nil)
    }

    private func endConnection() {
        timer?.cancel()
        heartbeat?.cancel()
        heartbeat = nil
        let ended = channel
        channel = nil
        incoming = ByteBuffer()
        outgoing = ByteBuffer()
        ended?.close(promise: nil)
    }
}

/// Where a link is on its way.
package enum LinkPhase: Sendable {
    case connecting
    case ready
    case waiting
    case closed
}
