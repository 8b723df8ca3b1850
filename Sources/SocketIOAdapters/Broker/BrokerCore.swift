import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore

/// What the brokers have in common: who listens to what, how it stands with the links, who waits for that.
///
/// Its links live on one event loop; it may be called from anywhere.
final class BrokerCore<Session: BrokerSession>: Sendable {
    /// The links of a broker; the first receives, the last sends. Confined to the loop.
    private final class Links {
        var all: [BrokerLink<Session>] = []
        var listeners: [Topic: [UInt64: @Sendable (String, ByteBuffer) -> Void]] = [:]
        var counts: [UInt64: @Sendable (Int?) -> Void] = [:]
    }

    private struct Status {
        var state = BrokerState.connecting
        var dropped = 0
        var nextID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<BrokerFailure?, Never>] = [:]
        var observer: (@Sendable (BrokerState) -> Void)?
    }

    let loop: any EventLoop
    private let logger: Logger
    private let links: NIOLoopBoundBox<Links>
    private let status = NIOLockedValueBox(Status())

    /// Begins to connect at once, with one link for each of `sessions`.
    init(
        to address: BrokerAddress, on loop: any EventLoop, limits: BrokerLimits, logger: Logger,
        sessions: [@Sendable () -> Session]
    ) {
        self.loop = loop
        self.logger = logger
        links = NIOLoopBoundBox.makeBoxSendingValue(Links(), eventLoop: loop)
        loop.execute { [self] in
            links.value.all = sessions.map { session in
                BrokerLink(
                    to: address, on: loop, limits: limits, logger: logger, session: session,
                    changed: { [self] in changed($0, $1) }, heard: { [self] in heard($0) })
            }
            for link in links.value.all { link.start() }
        }
    }

    var state: BrokerState { status.withLockedValue { $0.state } }
    var dropped: Int { status.withLockedValue { $0.dropped } }

    func observe(_ observer: @escaping @Sendable (BrokerState) -> Void) {
        loop.execute { [self] in
            let state = status.withLockedValue { status in
                status.observer = observer
                return status.state
            }
            // What has happened before is not missed.
            if state != .connecting { observer(state) }
        }
    }

    private func makeID() -> UInt64 {
        status.withLockedValue { status in
            status.nextID += 1
            return status.nextID
        }
    }

    // MARK: orders

    func publish(_ message: ByteBuffer, on channel: String) {
        loop.execute { [self] in
            links.value.all.last?.publish(message, on: channel)
            let dropped = links.value.all.reduce(0) { $0 + $1.dropped }
            status.withLockedValue { $0.dropped = dropped }
        }
    }

    func subscribe(
        to topic: Topic, _ heard: @escaping @Sendable (String, ByteBuffer) -> Void
    ) -> BrokerSubscription {
        let id = makeID()
        loop.execute { [self] in
            links.value.listeners[topic, default: [:]][id] = heard
            links.value.all.first?.subscribe(topic)
        }
        return BrokerSubscription { [self] in
            loop.execute { [self] in
                guard links.value.listeners[topic]?.removeValue(forKey: id) != nil else { return }
                guard links.value.listeners[topic]?.isEmpty == true else { return }
                links.value.listeners[topic] = nil
                links.value.all.first?.unsubscribe(topic)
            }
        }
    }

    /// How many listen to a channel, in all processes.
    func count(_ channel: String) async throws(BrokerFailure) -> Int {
        let id = makeID()
        let count = await withCheckedContinuation { (continuation: CheckedContinuation<Int?, Never>) in
            loop.execute { [self] in
                guard state.isConnected, let link = links.value.all.last, link.count(channel, id: id) else {
                    continuation.resume(returning: nil)
                    return
                }
                links.value.counts[id] = { continuation.resume(returning: $0) }
            }
        }
        guard let count else { throw .away }
        return count
    }

    /// Returns when the broker is there and has confirmed every subscription asked for before.
    func connected() async throws(BrokerFailure) {
        let id = makeID()
        // Cancelled before the wait is noted, or after: one of the two sees the other.
        let isCancelled = NIOLockedValueBox(false)
        let failure: BrokerFailure? = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<BrokerFailure?, Never>) in
                loop.execute { [self] in
                    if state == .closed {
                        continuation.resume(returning: .closed)
                    } else if isCancelled.withLockedValue({ $0 }) {
                        continuation.resume(returning: .away)
                    } else if isSettled {
                        continuation.resume(returning: nil)
                    } else {
                        status.withLockedValue { $0.waiting[id] = continuation }
                    }
                }
            }
        } onCancel: {
            isCancelled.withLockedValue { $0 = true }
            loop.execute { [self] in
                status.withLockedValue { $0.waiting.removeValue(forKey: id) }?.resume(returning: .away)
            }
        }
        if let failure { throw failure }
    }

    private var isSettled: Bool { links.value.all.allSatisfy(\.isSettled) }

    func close() async {
        try? await loop.submit { [self] in end() }.get()
    }

    /// Closes when there is time: for an owner that goes without having closed.
    func forgotten() {
        loop.execute { [self] in end() }
    }

    private func end() {
        for link in links.value.all { link.close() }
        links.value.all = []
        links.value.listeners = [:]
    }

    // MARK: from the links

    private func heard(_ news: BrokerNews) {
        switch news {
        case .ready: break
        case .message(let message, let channel, let topic):
            for listener in (links.value.listeners[topic] ?? [:]).values { listener(channel, message) }
        case .count(let count, let id): links.value.counts.removeValue(forKey: id)?(count)
        }
    }

    private func changed(_ phase: BrokerLink<Session>.Phase, _ failure: BrokerFailure?) {
        switch phase {
        case .ready:
            guard links.value.all.allSatisfy({ $0.phase == .ready }) else { return }
            set(.connected)
            guard isSettled else { return }
            let waiting = status.withLockedValue { status in
                defer { status.waiting = [:] }
                return Array(status.waiting.values)
            }
            for each in waiting { each.resume(returning: nil) }
        case .waiting:
            dropCounts()
            let reason = failure?.description ?? "connection closed"
            if case .away(let since, _) = state {
                set(.away(since: since, reason: reason))
            } else {
                set(.away(since: Date(), reason: reason))
            }
        case .closed:
            dropCounts()
            set(.closed)
            let waiting = status.withLockedValue { status in
                defer { status.waiting = [:] }
                return Array(status.waiting.values)
            }
            for each in waiting { each.resume(returning: .closed) }
        case .connecting: break
        }
    }

    /// Whoever waits for an answer of a connection that is gone gets none.
    private func dropCounts() {
        let counts = links.value.counts
        links.value.counts = [:]
        for answer in counts.values { answer(nil) }
    }

    private func set(_ state: BrokerState) {
        let (before, observer) = status.withLockedValue { status in
            let before = status.state
            if before != .closed { status.state = state }
            return (before, status.observer)
        }
        guard before != state, before != .closed else { return }
        switch (before, state) {
        case (.away, .connected): logger.notice("The broker is back")
        case (.connecting, .away(_, let reason)), (.connected, .away(_, let reason)):
            logger.warning("The broker is away", metadata: ["reason": "\(reason)"])
        default: break
        }
        observer?(state)
    }
}
