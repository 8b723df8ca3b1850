import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis

/// Who listens to which exchange over one link to RabbitMQ, and what waits to be sent over it.
///
/// What it holds is confined to its event loop; it may be called from anywhere.
final class RabbitConnection: Sendable {
    private final class Held {
        var link: Link<RabbitSession>?
        var listeners: [String: [UInt64: @Sendable (ByteBuffer) -> Void]] = [:]
        var outbox: CircularBuffer<(message: ByteBuffer, exchange: String)> = []
        var outboxBytes = 0
    }

    let loop: any EventLoop
    let status: BrokerStatus
    private let limits: BrokerLimits
    private let links = LinkStatus()
    private let held: NIOLoopBoundBox<Held>
    private let lastID = NIOLockedValueBox<UInt64>(0)

    /// Begins to connect at once.
    init(_ url: RabbitURL, on loop: any EventLoop, limits: BrokerLimits, logger: Logger) {
        self.loop = loop
        self.limits = limits
        status = BrokerStatus(logger)
        held = NIOLoopBoundBox.makeBoxSendingValue(Held(), eventLoop: loop)
        loop.execute { [self] in
            let link = Link(
                to: url.endpoint, on: loop, limits: limits.link, session: { RabbitSession(url, limits: limits) },
                ears: .init(
                    changed: { [self] in changed($0, $1) }, heard: { [self] in heard($0) },
                    writable: { [self] in pump() }))
            held.value.link = link
            link.start()
        }
    }

    // MARK: orders

    func publish(_ message: ByteBuffer, on exchange: String) {
        loop.execute { [self] in
            guard held.value.link != nil else { return }
            held.value.outbox.append((message, exchange))
            held.value.outboxBytes += message.readableBytes + exchange.utf8.count
            while held.value.outboxBytes > limits.maxQueuedBytes, takeOldest() != nil {
                status.noteDrop("the broker takes less than is sent")
            }
            pump()
        }
    }

    private func takeOldest() -> (message: ByteBuffer, exchange: String)? {
        guard let oldest = held.value.outbox.popFirst() else { return nil }
        held.value.outboxBytes -= oldest.message.readableBytes + oldest.exchange.utf8.count
        return oldest
    }

    private func pump() {
        guard let link = held.value.link else { return }
        while link.isWritable, let next = takeOldest() {
            link.perform { $0.publish(next.message, on: next.exchange, &$1) }
        }
    }

    func subscribe(to exchange: String, _ heard: @escaping @Sendable (ByteBuffer) -> Void) -> BrokerSubscription {
        let id = lastID.withLockedValue { id in
            id += 1
            return id
        }
        loop.execute { [self] in
            guard let link = held.value.link else { return }
            let isFirst = held.value.listeners[exchange] == nil
            held.value.listeners[exchange, default: [:]][id] = heard
            if isFirst { link.perform { $0.subscribe(to: exchange, &$1) } }
        }
        return BrokerSubscription { [self] in
            loop.execute { [self] in
                guard held.value.listeners[exchange]?.removeValue(forKey: id) != nil else { return }
                guard held.value.listeners[exchange]?.isEmpty == true else { return }
                held.value.listeners[exchange] = nil
                held.value.link?.perform { $0.unsubscribe(from: exchange, &$1) }
            }
        }
    }

    /// Returns when RabbitMQ is there and has confirmed every subscription asked for before.
    func connected() async throws(BrokerFailure) {
        switch await links.wait(on: loop, until: { [self] in isSettled }) {
        case .connected: return
        case .closed: throw .closed
        case .cancelled: throw .away
        }
    }

    private var isSettled: Bool {
        held.value.link?.phase == .ready && held.value.link?.session.isSettled == true
    }

    func close() async {
        try? await loop.submit { [self] in end() }.get()
    }

    /// Closes when there is time: for an owner that goes without having closed.
    func forgotten() {
        loop.execute { [self] in end() }
    }

    private func end() {
        pump()
        held.value.link?.close()
        held.value.link = nil
        held.value.listeners = [:]
        held.value.outbox = []
    }

    // MARK: from the link

    private func heard(_ news: RabbitSession.News) {
        switch news {
        case .message(let message, let exchange):
            for listener in (held.value.listeners[exchange] ?? [:]).values { listener(message) }
        case .settled: links.settled()
        }
    }

    private func changed(_ phase: LinkPhase, _ failure: LinkFailure?) {
        if phase == .ready {
            for exchange in held.value.listeners.keys {
                held.value.link?.perform { $0.subscribe(to: exchange, &$1) }
            }
        }
        links.change(to: phase, failure)
        status.set(BrokerState(links.state))
        if phase == .ready { pump() }
        if isSettled { links.settled() }
    }
}
