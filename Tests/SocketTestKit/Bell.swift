import NIOConcurrencyHelpers
public import NIOCore
import NIOPosix

/// What a test waited for did not come.
public struct WaitedInVain: Error, CustomStringConvertible {
    public let description: String
}

/// Wakes tests that wait for news.
///
/// No wait is without end: it fails with what was waited for when the deadline has passed, and at once when its test is
/// cancelled. The deadline is far beyond what anything takes on a busy machine, so that only what never comes meets it.
public final class Bell: Sendable {
    /// How long anything that happens in a test may take.
    public static let patience = TimeAmount.seconds(30)

    private struct State {
        var rings = 0
        var nextID = 0
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state = NIOLockedValueBox(State())

    public init() {}

    /// How often it was rung. Read before looking for what is waited for, it tells `wait` of news in between.
    public var rings: Int { state.withLockedValue { $0.rings } }

    public func ring() {
        let waiting = state.withLockedValue { state in
            state.rings += 1
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiter in waiting.values { waiter.resume() }
    }

    /// Returns when the bell has been rung more often than `rings`; `what` says in a failure what was waited for.
    public func wait(
        after rings: Int, _ what: @escaping @Sendable () -> String, until deadline: NIODeadline? = nil
    ) async throws {
        let deadline = deadline ?? .now() + Self.patience
        let id = state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(deadline: deadline) { [self] in
            end(id, WaitedInVain(description: "waited in vain for \(what())"))
        }
        defer { timer.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                // Of a cancellation before this and the handler's look for the waiter, one sees the other.
                let result = state.withLockedValue { state -> Result<Void, any Error>? in
                    if state.rings != rings { return .success(()) }
                    if Task.isCancelled { return .failure(WaitedInVain(description: "cancelled: \(what())")) }
                    state.waiting[id] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            end(id, WaitedInVain(description: "cancelled while waiting for \(what())"))
        }
    }

    private func end(_ id: Int, _ failure: WaitedInVain) {
        state.withLockedValue { $0.waiting.removeValue(forKey: id) }?.resume(throwing: failure)
    }
}

/// Runs `body`, which heeds cancellation, and cancels it when it takes too long; `what` says in the failure what it
/// was.
public func within<Value: Sendable>(
    _ what: String, patience: TimeAmount = Bell.patience, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let isLate = NIOLockedValueBox(false)
    let task = Task { try await body() }
    let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: patience) {
        isLate.withLockedValue { $0 = true }
        task.cancel()
    }
    defer { timer.cancel() }
    do {
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    } catch {
        guard isLate.withLockedValue({ $0 }) else { throw error }
        throw WaitedInVain(description: "waited in vain for \(what): \(error)")
    }
}
