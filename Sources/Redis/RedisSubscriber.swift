package import Logging
import NIOConcurrencyHelpers
package import NIOCore

/// One connection to a Redis for subscriptions: connects again after each loss and subscribes anew.
///
/// What is published while it is away is not heard; `onStateChange` tells of such gaps.
package final class RedisSubscriber: Sendable {
    /// Is called with each message, in order, on the subscriber's event loop, and must not block.
    package typealias Listener = @Sendable (_ channel: String, ByteBuffer) -> Void

    package let loop: any EventLoop
    private let subscriptions: NIOLoopBoundBox<Subscriptions>
    private let status = LinkStatus()
    private let lastID = NIOLockedValueBox<UInt64>(0)

    /// Begins to connect at once; without a logger its losses are for `onStateChange` alone.
    package init(_ url: RedisAddress, on loop: any EventLoop, limits: RedisLimits = .init(), logger: Logger? = nil) {
        self.loop = loop
        subscriptions = NIOLoopBoundBox.makeBoxSendingValue(Subscriptions(), eventLoop: loop)
        let answerLimits = limits.answer
        loop.execute { [subscriptions, status] in
            let diary = LinkDiary("\(url)", logger)
            let link = Link(
                to: url.endpoint, on: loop, limits: limits.linkLimits,
                session: { ListeningSession(url, limits: answerLimits) },
                ears: .init(
                    changed: { phase, failure in
                        if phase == .ready { subscriptions.value.subscribeAnew() }
                        status.change(to: phase, failure)
                        diary.note(status.state)
                        if subscriptions.value.isSettled { status.settled() }
                    },
                    heard: { news in
                        switch news {
                        case .message(let message, let channel, let topic):
                            subscriptions.value.tell(message, on: channel, of: topic)
                        case .settled: status.settled()
                        }
                    }, writable: {}))
            subscriptions.value.start(over: link)
        }
    }

    deinit {
        loop.execute { [subscriptions] in subscriptions.value.close() }
    }

    package var state: LinkState { status.state }

    /// Tells how it stands, unless that is still open, and each change, in order, on `loop`; must not block. One
    /// observer at a time.
    package func onStateChange(_ observer: @escaping @Sendable (LinkState) -> Void) {
        status.observe(on: loop, observer)
    }

    /// Listens to `topic` until the subscription is cancelled, over every loss of the connection.
    package func subscribe(to topic: RedisTopic, _ heard: @escaping Listener) -> RedisSubscription {
        let id = lastID.withLockedValue { id in
            id += 1
            return id
        }
        loop.execute { [subscriptions] in subscriptions.value.add(heard, id, topic) }
        return RedisSubscription { [loop, subscriptions] in
            loop.execute { subscriptions.value.remove(id, topic) }
        }
    }

    /// Returns when it is connected and Redis has confirmed every subscription and cancellation asked for before.
    package func connected() async throws(RedisFailure) {
        switch await status.wait(on: loop, until: { [subscriptions] in subscriptions.value.isSettled }) {
        case .connected: return
        case .closed: throw .closed
        case .cancelled: throw .cancelled
        }
    }

    /// Ends it for good.
    package func close() async {
        try? await loop.submit { [subscriptions] in subscriptions.value.close() }.get()
    }
}

/// Listens until it is cancelled.
package struct RedisSubscription: Sendable {
    private let end: @Sendable () -> Void

    init(end: @escaping @Sendable () -> Void) {
        self.end = end
    }

    package func cancel() {
        end()
    }
}
