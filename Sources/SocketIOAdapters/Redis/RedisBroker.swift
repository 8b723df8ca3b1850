public import Logging
import NIOConcurrencyHelpers
public import NIOCore
import Redis

/// Redis's publish and subscribe, over one connection that listens and one that publishes.
public final class RedisBroker: Broker {
    private let connection: RedisConnection
    private let subscriber: RedisSubscriber
    private let status: BrokerStatus

    /// Begins to connect at once, on one event loop of `group`.
    public init(
        _ url: RedisURL, group: any EventLoopGroup, limits: BrokerLimits = .init(),
        logger: Logger = Logger(label: "socketio.redis")
    ) {
        let loop = group.any()
        connection = RedisConnection(url.address, on: loop, limits: limits.redis)
        subscriber = RedisSubscriber(url.address, on: loop, limits: limits.redis)
        status = BrokerStatus(logger)
        let sides = NIOLockedValueBox((commands: LinkState.connecting, news: LinkState.connecting))
        connection.onStateChange { [status] state in
            status.set(
                sides.withLockedValue { sides in
                    sides.commands = state
                    return BrokerState(sides.commands, sides.news)
                })
        }
        subscriber.onStateChange { [status] state in
            status.set(
                sides.withLockedValue { sides in
                    sides.news = state
                    return BrokerState(sides.commands, sides.news)
                })
        }
    }

    public var eventLoop: any EventLoop { subscriber.loop }
    public var state: BrokerState { status.state }
    public var droppedMessages: Int { status.dropped }

    /// Is told how it stands, unless that is still open, and of each change, in order, on the broker's event loop;
    /// must not block. One observer at a time.
    public func onStateChange(_ observer: @escaping @Sendable (BrokerState) -> Void) {
        status.observe(on: eventLoop, observer)
    }

    public func publish(_ message: ByteBuffer, on channel: String) {
        connection.send(RedisCommand("PUBLISH", .text(channel), .bytes(message))) { [status] result in
            switch result {
            case .failure(.queueFull): status.noteDrop("the broker takes less than is sent")
            case .failure(.server(let error)): status.noteDrop("the broker refused: \(error)")
            case .success, .failure: break
            }
        }
    }

    public func subscribe(
        to channel: String, _ heard: @escaping @Sendable (ByteBuffer) -> Void
    ) -> BrokerSubscription {
        let subscription = subscriber.subscribe(to: .channel(channel)) { _, message in heard(message) }
        return BrokerSubscription { subscription.cancel() }
    }

    /// Listens to every channel whose name begins with `prefix`; `heard` is given the channel too.
    public func subscribe(
        toPrefix prefix: String, _ heard: @escaping @Sendable (_ channel: String, ByteBuffer) -> Void
    ) -> BrokerSubscription {
        let subscription = subscriber.subscribe(to: .prefix(prefix), heard)
        return BrokerSubscription { subscription.cancel() }
    }

    /// How many connections listen to `channel`, in all processes.
    public func listeners(to channel: String) async throws(BrokerFailure) -> Int {
        guard state.isConnected else { throw .away }
        do throws(RedisFailure) {
            let answer = try await connection.command("PUBSUB", "NUMSUB", .text(channel))
            guard let count = answer.list?.last?.number else { throw .unexpectedAnswer(to: "PUBSUB") }
            return count
        } catch {
            throw BrokerFailure(error)
        }
    }

    public func connected() async throws(BrokerFailure) {
        repeat {
            do throws(RedisFailure) {
                try await connection.connected()
                try await subscriber.connected()
            } catch {
                throw BrokerFailure(error)
            }
            // The one may have gone while the other was waited for.
        } while !state.isConnected
    }

    public func close() async {
        await connection.close()
        await subscriber.close()
    }
}

extension BrokerState {
    /// How it stands with a broker that needs both connections.
    fileprivate init(_ one: LinkState, _ other: LinkState) {
        switch (one, other) {
        case (.closed, _), (_, .closed): self = .closed
        case (.away(let since, _), .away(let before, _)): self = BrokerState(since < before ? one : other)
        case (.away, _): self = BrokerState(one)
        case (_, .away): self = BrokerState(other)
        case (.connected, .connected): self = .connected
        case (.connecting, _), (_, .connecting): self = .connecting
        }
    }
}

extension BrokerFailure {
    fileprivate init(_ failure: RedisFailure) {
        self =
            switch failure {
            case .server(let error): .refused("\(error)")
            case .unexpectedAnswer: .malformed("\(failure)")
            case .closed: .closed
            case .lost, .timeout, .queueFull, .notShareable, .cancelled: .away
            }
    }
}

extension BrokerLimits {
    /// Messages are news, of which the newest matter most, and an answer is a message with its channel's name.
    fileprivate var redis: RedisLimits {
        var limits = RedisLimits()
        limits.maxWaitingBytes = maxQueuedBytes
        limits.maxRequests = .max
        limits.overflow = .dropOldest
        limits.answer.maxBytes = maxMessageBytes + 65_536
        limits.link = link
        return limits
    }
}
