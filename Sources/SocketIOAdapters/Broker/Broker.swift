public import Foundation
public import NIOCore
import Redis

/// A server that hands every message of a channel to all who listen to it, as adapters use it.
///
/// Lossy by design: what is published while nobody listens is gone. What cannot be sent waits in a bounded queue, whose
/// oldest messages are dropped, and counted, when it is full.
public protocol Broker: Sendable {
    /// Sends a message to everyone who listens to `channel`; returns at once.
    func publish(_ message: ByteBuffer, on channel: String)
    /// Listens to `channel` until the returned subscription is cancelled, over every loss of the connection; `heard` is
    /// called with each message, in order, and must not block.
    func subscribe(to channel: String, _ heard: @escaping @Sendable (ByteBuffer) -> Void) -> BrokerSubscription
    /// Where its callbacks are made.
    var eventLoop: any EventLoop { get }
    /// How it stands with the connection now.
    var state: BrokerState { get }
    /// How many messages were dropped because they could not be sent.
    var droppedMessages: Int { get }
    /// Returns when the broker is connected and has confirmed every subscription asked for before.
    func connected() async throws(BrokerFailure)
    /// Ends the connection for good; what waits to be sent goes out first as far as the connection takes it. A broker
    /// that nobody holds any more ends too.
    func close() async
}

/// How it stands with a broker.
public enum BrokerState: Sendable, Equatable {
    /// For the first time.
    case connecting
    /// Messages pass in both directions.
    case connected
    /// It cannot be reached since then; another attempt is always under way.
    case away(since: Date, reason: String)
    case closed

    public var isConnected: Bool { self == .connected }

    init(_ state: LinkState) {
        self =
            switch state {
            case .connecting: .connecting
            case .connected: .connected
            case .away(let since, let failure): .away(since: since, reason: BrokerFailure(failure).description)
            case .closed: .closed
            }
    }
}

/// Why a broker does not do what it is asked.
public enum BrokerFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case badAddress(String)
    /// It said no, in these words: a wrong password, a command that is not allowed.
    case refused(String)
    /// What it sent is not its protocol.
    case malformed(String)
    case unreachable(String)
    /// It has been silent for longer than a living one would.
    case silent
    case away
    case closed

    public var description: String {
        switch self {
        case .badAddress(let why): "The broker's address cannot be used: \(why)"
        case .refused(let words): "The broker refused: \(words)"
        case .malformed(let what): "The broker does not speak its protocol: \(what)"
        case .unreachable(let why): "The broker cannot be reached: \(why)"
        case .silent: "The broker does not answer any more."
        case .away: "The broker is not connected at this moment."
        case .closed: "The connection to the broker has been closed."
        }
    }

    init(_ failure: LinkFailure) {
        self =
            switch failure {
            case .refused(let words): .refused(words)
            case .malformed(let what): .malformed(what)
            case .unreachable(let why): .unreachable(why)
            case .silent: .silent
            }
    }
}

/// Listens to a channel until it is cancelled.
public struct BrokerSubscription: Sendable {
    private let end: @Sendable () -> Void

    init(end: @escaping @Sendable () -> Void) {
        self.end = end
    }

    public func cancel() {
        end()
    }
}

/// What may wait, and how long anything may take.
public struct BrokerLimits: Sendable {
    /// The most bytes of messages that wait to be sent; above it the oldest are dropped.
    public var maxQueuedBytes = 4_000_000
    /// The largest message that is taken from the broker; a larger one ends the connection.
    public var maxMessageBytes = 16_000_000
    /// How long connecting and logging in may take together.
    public var connectTimeout = TimeAmount.seconds(10)
    /// How often a silent broker is asked for a sign of life; after two intervals without one it counts as away.
    public var heartbeat = TimeAmount.seconds(10)
    /// The wait before the second attempt to connect, doubled with each that fails up to `maxBackoff`.
    public var minBackoff = TimeAmount.milliseconds(100)
    public var maxBackoff = TimeAmount.seconds(10)

    public init() {}

    /// What of it concerns a connection.
    var link: LinkLimits {
        var limits = LinkLimits()
        limits.connectTimeout = connectTimeout
        limits.heartbeat = heartbeat
        limits.minBackoff = minBackoff
        limits.maxBackoff = maxBackoff
        limits.maxIncompleteBytes = maxMessageBytes
        return limits
    }
}
