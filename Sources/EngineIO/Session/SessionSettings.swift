public import NIOCore

/// The times and limits of one session.
public struct SessionSettings: Sendable {
    /// How long after a pong the next ping is sent.
    public var pingInterval: TimeAmount = .seconds(25)
    /// How long a client may take to answer a ping.
    public var pingTimeout: TimeAmount = .seconds(20)
    /// How long a WebSocket may take from its opening to the end of the upgrade.
    public var upgradeTimeout: TimeAmount = .seconds(10)
    /// How long what a closing session still has to say waits for the client's next poll.
    public var farewellTimeout: TimeAmount = .seconds(30)
    /// The most bytes in one message from a client: in one POST, or in one WebSocket message.
    public var maxPayload = 1_000_000
    /// The most packets in one POST, so that a small body cannot become a large list.
    public var maxPacketsPerPost = 65_536
    /// The most packets in one answer to a poll; the rest comes with the next. python-engineio's client drops the
    /// connection at more than sixteen.
    public var maxPacketsPerPoll = 16
    /// The most bytes that wait for a client that does not read, besides the message that comes on top of them; above
    /// it the session ends as `slowClient`.
    public var maxQueuedBytes = 1_048_576
    /// The most bytes that the system takes for a WebSocket and has not yet sent (tcp(7), TCP_NOTSENT_LOWAT); nil, the
    /// default, leaves it to the system, which takes megabytes for a client that does not read: a copy for each client,
    /// which no other limit counts, of what may be out of date when it arrives. What it does not take counts for
    /// `maxQueuedBytes`.
    public var maxUnsentBytes: Int?
    /// Whether a polling client may move to WebSocket.
    public var allowsUpgrade = true

    public init() {}
}
