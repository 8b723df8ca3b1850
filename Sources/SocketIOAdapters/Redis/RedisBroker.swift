public import Logging
public import NIOCore

/// Redis's publish and subscribe, over one connection that listens and one that publishes.
public final class RedisBroker: Broker {
    private let core: BrokerCore<RedisSession>

    /// Begins to connect at once, on one event loop of `group`.
    public init(
        _ url: RedisURL, group: any EventLoopGroup, limits: BrokerLimits = .init(),
        logger: Logger = Logger(label: "socketio.redis")
    ) {
        let address = BrokerAddress(
            host: url.host, port: url.port, usesTLS: url.usesTLS, trustRoots: url.trustRoots)
        let session = { @Sendable in RedisSession(url, maxMessageBytes: limits.maxMessageBytes) }
        core = BrokerCore(
            to: address, on: group.any(), limits: limits, logger: logger, sessions: [session, session])
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

    /// Listens to every channel whose name begins with `prefix`; `heard` is given the channel too.
    public func subscribe(
        toPrefix prefix: String, _ heard: @escaping @Sendable (_ channel: String, ByteBuffer) -> Void
    ) -> BrokerSubscription {
        core.subscribe(to: .pattern(Self.pattern(prefix)), heard)
    }

    /// A pattern of Redis's for every name that begins so; characters that mean something in patterns are escaped.
    static func pattern(_ prefix: String) -> String {
        var pattern = ""
        for character in prefix {
            if "*?[]\\^".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "*"
    }

    /// How many connections listen to `channel`, in all processes.
    public func listeners(to channel: String) async throws(BrokerFailure) -> Int {
        try await core.count(channel)
    }

    public func connected() async throws(BrokerFailure) {
        try await core.connected()
    }

    public func close() async {
        await core.close()
    }
}
