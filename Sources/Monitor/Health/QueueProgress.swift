import Synchronization

/// Remembers when the queue last moved: when a check was claimed, or when there was nothing to do.
public final class QueueProgress: Sendable {
    private struct State {
        var lastMoved = Duration.zero
        var length = 0
    }

    private let state = Mutex(State())
    private let stopwatch: Stopwatch

    public init(clock: any Clock<Duration> = ContinuousClock()) {
        stopwatch = Stopwatch(clock)
    }

    /// How long ago that was, by a clock that nobody sets.
    public var sinceLastMove: Duration { stopwatch.elapsed - state.withLock { $0.lastMoved } }

    /// Hears what the queue announces.
    public func note(_ change: QueueChange) {
        let now = stopwatch.elapsed
        state.withLock { all in
            switch change {
            case .claimed: all.lastMoved = now
            case .length(let length):
                if all.length == 0 || length == 0 { all.lastMoved = now }
                all.length = length
            default: break
            }
        }
    }
}
