import Synchronization

/// A clock that stands still until a test winds it, so that nothing in a test sleeps.
public final class ManualClock: Clock, Sendable {
    public struct Instant: InstantProtocol, Sendable {
        public var offset: Duration

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        public static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private struct Sleeper {
        let id: UInt64
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var next: UInt64 = 0
        var sleepers: [Sleeper] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    public let minimumResolution = Duration.nanoseconds(1)

    public init() {}

    public var now: Instant { state.withLock { $0.now } }

    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = state.withLock { all in
            all.next += 1
            return all.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (isAsleep, watchers) = state.withLock { all -> (Bool, [CheckedContinuation<Void, Never>]) in
                    guard !Task.isCancelled, deadline > all.now else { return (false, []) }
                    all.sleepers.append(Sleeper(id: id, deadline: deadline, continuation: continuation))
                    let count = all.sleepers.count
                    let ready = all.watchers.filter { $0.count <= count }.map(\.continuation)
                    all.watchers.removeAll { $0.count <= count }
                    return (true, ready)
                }
                for watcher in watchers { watcher.resume() }
                guard !isAsleep else { return }
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    continuation.resume()
                }
            }
        } onCancel: {
            let sleeper = state.withLock { all in
                all.sleepers.firstIndex { $0.id == id }.map { all.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves time on and wakes whoever's time has come.
    public func advance(by duration: Duration) {
        let awake = state.withLock { all in
            all.now = all.now.advanced(by: duration)
            let awake = all.sleepers.filter { $0.deadline <= all.now }
            all.sleepers.removeAll { $0.deadline <= all.now }
            return awake
        }
        for sleeper in awake { sleeper.continuation.resume() }
    }

    /// Returns when at least `count` tasks sleep.
    public func sleepers(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { all in
                if all.sleepers.count >= count { return true }
                all.watchers.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }
}
