public import Logging
public import NIOCore

/// RabbitMQ's fan-out exchanges, as Kombu and aio-pika use them for python-socketio, over one connection.
public final class RabbitBroker: Broker {
    private let core: BrokerCore<RabbitSession>

    /// Begins to connect at once, on one event loop of `group`.
    public init(
        _ url: RabbitURL, group: any EventLoopGroup, limits: BrokerLimits = .init(),
        logger: Logger = Logger(label: "socketio.rabbitmq")
    ) {
        let address = BrokerAddress(
            host: url.host, port: url.port, usesTLS: url.usesTLS, trustRoots: url.trustRoots)
        core = BrokerCore(
            to: address, on: group.any(), limits: limits, logger: logger,
            sessions: [{ RabbitSession(url, limits: limits) }])
    }

    deinit {
        core.forgotten()
    }

    public var eventLoop: any EventLoop { core.loop }
    public var state: BrokerState { core.state }
    public var droppedMessages: Int { core.dropped }

    /// Is told how it stands, unless that is still open, and of each change, in order, on the broker's event loop; must not
    /// block. One observer at a time.
    public func onStateChange(_ observer: @escaping @Sendable (BrokerState) -> Void) {
        core.observe(observer)
    }

    public func publish(_ message: ByteBuffer, on channel: String) {
        core.publish(message, on: channel)
    }

    public func subscribe(
        to channel: String, _ heard: @escaping @Sendable (ByteBuffer) -> Void
    ) -> BrokerSubscription {
        core.subscribe(to: .channel(channel)) { _, message in heard(message) }
    }

    public func connected() async throws(BrokerFailure) {
        try await core.connected()
    }

    public func close() async {
        await core.close()
    }
}
