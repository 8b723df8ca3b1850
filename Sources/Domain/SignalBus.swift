import Synchronization

/// Carries signals from whoever learns a fact to whoever shows it, inside one process.
///
/// Lossy by design: `publish` never waits, and a subscriber that lags keeps only its newest signals, so that a stalled browser
/// cannot slow a check down. What must not be lost is a row in the database instead.
public final class SignalBus: Sendable {
    /// The most signals a lagging subscriber keeps; older ones are dropped, never queued without end.
    public static let backlog = 4096

    private struct Subscribers {
        var next: UInt64 = 0
        var continuations: [UInt64: AsyncStream<Signal>.Continuation] = [:]
    }

    private let subscribers = Mutex(Subscribers())

    public init() {}

    /// Hands `signal` to every current subscriber and returns at once.
    public func publish(_ signal: Signal) {
        subscribers.withLock { all in
            for continuation in all.continuations.values { continuation.yield(signal) }
        }
    }

    /// Signals published from now on, until the stream is dropped or the task that reads it is cancelled.
    public func subscribe(backlog: Int = SignalBus.backlog) -> AsyncStream<Signal> {
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(backlog))
        let id = subscribers.withLock { all in
            all.next += 1
            all.continuations[all.next] = continuation
            return all.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.subscribers.withLock { all in all.continuations.removeValue(forKey: id) }
        }
        return stream
    }
}
