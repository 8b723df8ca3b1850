import NIOCore

/// What can be listened to.
enum Topic: Sendable, Hashable {
    case channel(String)
    /// Every channel whose name fits, in the broker's own way of writing patterns.
    case pattern(String)
}

/// What a broker is asked to do once its session is ready.
enum BrokerCommand: Sendable {
    case subscribe(Topic)
    case unsubscribe(Topic)
    case publish(ByteBuffer, channel: String)
    /// How many listen to a channel; answered by `BrokerNews.count` with the same number.
    case count(channel: String, id: UInt64)
}

/// What a broker's bytes mean.
enum BrokerNews: Sendable, Equatable {
    /// The login is over; commands may follow.
    case ready
    case message(ByteBuffer, channel: String, topic: Topic)
    case count(Int, id: UInt64)
}

/// One connection to a broker as a value: bytes come in, bytes and news go out.
///
///     opened ──login accepted──► ready ──subscribe──► ready, unsettled ──all confirmed──► ready
///     any ──refused, malformed, silent──► the error thrown; the session is over
protocol BrokerSession: Sendable {
    /// Whether every subscription asked for has been confirmed.
    var isSettled: Bool { get }
    /// The connection is there: begins the login.
    mutating func opened(_ out: inout ByteBuffer)
    /// Takes whole messages out of `bytes` and leaves what is incomplete.
    mutating func received(_ bytes: inout ByteBuffer, _ out: inout ByteBuffer) throws(BrokerFailure) -> [BrokerNews]
    mutating func perform(_ command: BrokerCommand, _ out: inout ByteBuffer)
    /// A heartbeat's interval is over: asks for a sign of life, or fails when the last one is still missing.
    mutating func beat(_ out: inout ByteBuffer) throws(BrokerFailure)
    /// Says goodbye, where the protocol has a word for it.
    mutating func closing(_ out: inout ByteBuffer)
}
