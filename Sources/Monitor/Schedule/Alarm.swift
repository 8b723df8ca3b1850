import Synchronization

/// Lets one task sleep until a moment or until somebody rings, whichever comes first.
///
/// A ring while nobody sleeps is kept: the next sleep ends at once. So nothing is missed between looking and sleeping.
/// It is not an `AsyncStream`, because a stream is finished for good by the first cancelled wait for it.
public final class Alarm: Sendable {
    private struct State {
        var isRung = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    public init() {}

    public func ring() {
        let sleeper = state.withLock { all in
            defer { all.sleeper = nil }
            if all.sleeper == nil { all.isRung = true }
            return all.sleeper
        }
        sleeper?.resume()
    }

    /// Returns after `duration` of `clock`, at a ring, or when the task is cancelled.
    public func sleep(_ duration: Duration, on clock: any Clock<Duration>) async {
        let timer = Task {
            try await clock.sleep(for: duration)
            ring()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRung = state.withLock { all in
                    defer { all.isRung = false }
                    if !all.isRung { all.sleeper = continuation }
                    return all.isRung
                }
                if isRung { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
        timer.cancel()
    }
}
