package import NIOCore

/// One connection's protocol as a value: bytes come in, bytes and news go out.
///
///     opened ──login accepted──► ready
///     any ──refused, malformed, silent──► the failure thrown; the session is over
package protocol LinkSession: Sendable {
    associatedtype News

    /// Whether the login is over, so that orders may follow.
    var isReady: Bool { get }
    /// The connection is there: begins the login.
    mutating func opened(_ out: inout ByteBuffer)
    /// Takes whole messages out of `bytes`, leaves what is incomplete, and adds what they mean to `news`; what was
    /// understood before a failure stays there.
    mutating func received(
        _ bytes: inout ByteBuffer, _ out: inout ByteBuffer, _ news: inout [News]) throws(LinkFailure)
    /// A heartbeat's interval is over: asks for a sign of life, or fails when the last one is still missing.
    mutating func beat(_ out: inout ByteBuffer) throws(LinkFailure)
    /// Says goodbye, where the protocol has a word for it.
    mutating func closing(_ out: inout ByteBuffer)
}

extension LinkSession {
    /// Takes whole messages out of `bytes` and returns what they mean.
    package mutating func received(
        _ bytes: inout ByteBuffer, _ out: inout ByteBuffer
    ) throws(LinkFailure) -> [News] {
        var news: [News] = []
        try received(&bytes, &out, &news)
        return news
    }
}

/// Why there is no connection, or not any more.
package enum LinkFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server said no to the login or to a subscription, in these words.
    case refused(String)
    /// What it sent is not its protocol, or more than the limits allow.
    case malformed(String)
    case unreachable(String)
    /// It has been silent for longer than a living one would.
    case silent

    package var description: String {
        switch self {
        case .refused(let words): "The server refused: \(words)"
        case .malformed(let what): "The server does not speak its protocol: \(what)"
        case .unreachable(let why): "The server cannot be reached: \(why)"
        case .silent: "The server does not answer any more."
        }
    }
}

/// How long a link's steps may take, and how much may come in.
package struct LinkLimits: Sendable {
    /// How long connecting and logging in may take together.
    package var connectTimeout = TimeAmount.seconds(10)
    /// How often a silent server is asked for a sign of life; after two intervals without one it counts as gone.
    package var heartbeat = TimeAmount.seconds(10)
    /// The wait before the second attempt to connect, doubled with each that fails up to `maxBackoff`.
    package var minBackoff = TimeAmount.milliseconds(100)
    package var maxBackoff = TimeAmount.seconds(10)
    /// The most bytes that may wait for the rest of their message.
    package var maxIncompleteBytes = 17_000_000

    package init() {}
}
