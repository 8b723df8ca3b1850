public import Domain
public import Foundation
import Synchronization

/// The queue of one process: `QueueState` under a lock, and the workers that wait for it.
public final class MemoryCheckQueue: CheckQueue {
    private struct Shared {
        var state: QueueState
        var isClosed = false
        var nextWaiter: UInt64 = 0
        /// In order of arrival; a cancelled one is taken out.
        var waiters: [(id: UInt64, continuation: CheckedContinuation<Claim?, Never>)] = []
        var announcedLength = 0
        var announcedRunning = 0
    }

    private let shared: Mutex<Shared>
    private let now: @Sendable () -> Date
    /// Called under the lock so that announcements keep the order of what they announce; it must return at once.
    private let announce: @Sendable (QueueChange) -> Void

    public init(
        limitPerHost: Int, now: @escaping @Sendable () -> Date = { Date() },
        announce: @escaping @Sendable (QueueChange) -> Void = { _ in }
    ) {
        shared = Mutex(Shared(state: QueueState(limitPerHost: limitPerHost)))
        self.now = now
        self.announce = announce
    }

    @discardableResult
    public func push(_ checks: [QueuedCheck]) async -> Int {
        shared.withLock { all in
            var added = 0
            for check in checks {
                switch all.state.push(check) {
                case .added:
                    added += 1
                    announce(.queued(check.watch))
                case .movedForward, .nothingNew: break
                }
            }
            serveWaiters(&all)
            announceCounts(&all)
            return added
        }
    }

    public func claim() async -> Claim? {
        let id = shared.withLock { all in
            all.nextWaiter += 1
            return all.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                shared.withLock { all in
                    guard !all.isClosed, !Task.isCancelled else { return continuation.resume(returning: nil) }
                    all.waiters.append((id, continuation))
                    serveWaiters(&all)
                    announceCounts(&all)
                }
            }
        } onCancel: {
            shared.withLock { all in
                guard let index = all.waiters.firstIndex(where: { $0.id == id }) else { return }
                all.waiters.remove(at: index).continuation.resume(returning: nil)
            }
        }
    }

    public func releaseHost(of claim: Claim) async {
        shared.withLock { all in
            all.state.releaseHost(of: claim)
            serveWaiters(&all)
            announceCounts(&all)
        }
    }

    public func finish(_ claim: Claim) async {
        end(claim, returning: false)
    }

    public func giveBack(_ claim: Claim) async {
        end(claim, returning: true)
    }

    private func end(_ claim: Claim, returning: Bool) {
        shared.withLock { all in
            if let queued = all.state.end(claim, returning: returning).queued { announce(.queued(queued.watch)) }
            serveWaiters(&all)
            announceCounts(&all)
        }
    }

    public func remove(_ watches: [WatchID]) async {
        shared.withLock { all in
            for watch in watches where all.state.remove(watch) { announce(.unqueued(watch)) }
            serveWaiters(&all)
            announceCounts(&all)
        }
    }

    public func close() async {
        shared.withLock { all in
            all.isClosed = true
            for waiter in all.waiters { waiter.continuation.resume(returning: nil) }
            all.waiters = []
        }
    }

    public func snapshot() async -> QueueSnapshot {
        shared.withLock { $0.state.snapshot() }
    }

    public func places(of watches: [WatchID]) async -> [WatchID: QueuePlace] {
        shared.withLock { all in
            var places: [WatchID: QueuePlace] = [:]
            for watch in watches { places[watch] = all.state.place(of: watch) }
            return places
        }
    }

    /// How many wait and run now.
    public var counts: (length: Int, running: Int) {
        shared.withLock { ($0.state.length, $0.state.runningCount) }
    }

    private func serveWaiters(_ all: inout Shared) {
        guard !all.isClosed else { return }
        var served = 0
        while served < all.waiters.count, let claim = all.state.claim(at: now()) {
            announce(.claimed(claim.check.watch))
            all.waiters[served].continuation.resume(returning: claim)
            served += 1
        }
        all.waiters.removeFirst(served)
    }

    private func announceCounts(_ all: inout Shared) {
        if all.state.length != all.announcedLength {
            all.announcedLength = all.state.length
            announce(.length(all.announcedLength))
        }
        if all.state.runningCount != all.announcedRunning {
            all.announcedRunning = all.state.runningCount
            announce(.running(all.announcedRunning))
        }
    }
}
