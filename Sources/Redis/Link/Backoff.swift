package import NIOCore

/// How long to wait before each attempt: doubling, and drawn from the upper half of it at random, so that many servers
/// that lost the same broker do not come back in step.
package struct Backoff: Sendable {
    private let most: Int64
    private let least: Int64
    private var ceiling: Int64

    package init(from least: TimeAmount, upTo most: TimeAmount) {
        self.least = max(1, least.nanoseconds)
        self.most = max(self.least, most.nanoseconds)
        ceiling = self.least
    }

    package mutating func next(using generator: inout some RandomNumberGenerator) -> TimeAmount {
        let wait = Int64.random(in: (ceiling / 2)...ceiling, using: &generator)
        ceiling = ceiling > most / 2 ? most : ceiling * 2
        return .nanoseconds(wait)
    }

    /// The attempt succeeded.
    package mutating func reset() {
        ceiling = least
    }
}
