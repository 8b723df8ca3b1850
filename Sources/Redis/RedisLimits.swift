package import NIOCore

/// What may wait, how long anything may take, and how much an answer may hold.
package struct RedisLimits: Sendable {
    /// What happens to commands when there are more than may wait.
    package enum Overflow: Sendable {
        /// The newest fails at once: for commands that somebody waits for.
        case refuseNewest
        /// The oldest that were not sent yet fail: for news, of which the newest matters most.
        case dropOldest
    }

    /// How long a command may take from being given to being answered, unless it is given with another limit.
    package var commandTimeout = TimeAmount.seconds(10)
    /// The most bytes of commands that wait to be sent, their names not counted.
    package var maxWaitingBytes = 16_000_000
    /// The most requests that wait or whose answers are due.
    package var maxRequests = 100_000
    package var overflow = Overflow.refuseNewest
    package var answer = RESPLimits()
    package var link = LinkLimits()

    package init() {}

    /// The link's, which must let the largest answer through.
    var linkLimits: LinkLimits {
        var limits = link
        limits.maxIncompleteBytes = max(limits.maxIncompleteBytes, answer.maxBytes + 100_000)
        return limits
    }
}
