public import Foundation
import Synchronization

/// Remembers when the queue last moved: when a check was claimed, or when there was nothing to do.
public final class QueueProgress: Sendable {
    private struct State {
        var lastMoved: Date
        var length = 0
    }

    private let state: Mutex<State>

    public init(now: Date = Date()) {
        state = Mutex(State(lastMoved: now))
    }

    public var lastMoved: Date { state.withLock { $0.lastMoved } }

    /// Hears what the queue announces.
    public func note(_ change: QueueChange, at now: Date = Date()) {
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
