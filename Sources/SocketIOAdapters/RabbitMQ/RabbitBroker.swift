public import Logging
public import NIOCore

/// RabbitMQ's fan-out exchanges, as Kombu and aio-pika use them for python-socketio, over one connection.
public final class RabbitBroker: Broker {
    private let core: RabbitConnection

    /// Begins to connect at once, on one event loop of `group`.
    public init(
        _ url: RabbitURL, group: any EventLoopGroup, limits: BrokerLimits = .init(),
        logger: Logger = Logger(label: "socketio.rabbitmq")
    ) {
        core = RabbitConnection(url, on: group.any(), limits: limits, logger: logger)
    }

    deinit {
        core.forgotten()
    }

    public var eventLoop: any EventLoop { core.loop }
    public var state: BrokerState { core.status.state }
    public var droppedMessages: Int { core.status.dropped }

    /// Is told how it stands, unless that is still open, and of each change, in order, on the broker's event loop;
    /// must not block. One observer at a time.
    public func onStateChange(_ observer: @escaping @Sendable (BrokerState) -> Void) {
        core.status.observe(on: core.loop, observer)
    }

    public func publish(_ message: ByteBuffer, on channel: String) {
        core.publish(message, on: channel)
    }

    public func subscribe(
        to channel: String, _ heard: @escaping @Sendable (ByteBuffer) -> Void
    ) -> BrokerSubscription {
        core.subscribe(to: channel, heard)
    }

    public func connected() async throws(BrokerFailure) {
        try await core.connected()
    }

    public func close() async {
        await core.close()
    }
}
