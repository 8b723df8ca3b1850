public import Domain
public import Foundation
import Synchronization

/// The queue of one process: `QueueState` under a lock, and the workers that wait for it.
public final class MemoryCheckQueue: CheckQueue {
    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Claim?, Never>
    }

    /// Those who wait for checks of one kind, in order of arrival; a cancelled one is taken out.
    private struct Line {
        let kind: FetcherKind
        var waiters: [Waiter]
    }

    private struct Shared {
        var state: QueueState
        var isClosed = false
        var nextWaiter: UInt64 = 0
        /// One for each kind that was ever asked for; there are few.
        var lines: [Line] = []
        var announcedLength = 0
        var announcedRunning = 0

        mutating func stand(_ waiter: Waiter, in kind: FetcherKind) {
            if let line = lines.firstIndex(where: { $0.kind == kind }) {
                lines[line].waiters.append(waiter)
            } else {
                lines.append(Line(kind: kind, waiters: [waiter]))
            }
        }

        mutating func leave(_ waiter: UInt64, _ kind: FetcherKind) -> CheckedContinuation<Claim?, Never>? {
            guard let line = lines.firstIndex(where: { $0.kind == kind }),
                let index = lines[line].waiters.firstIndex(where: { $0.id == waiter })
            else { return nil }
            return lines[line].waiters.remove(at: index).continuation
        }
    }

    public var lease: Duration { rules.lease }
    public let rules: QueueRules
    private let shared: Mutex<Shared>
    private let stopwatch: Stopwatch
    private let now: @Sendable () -> Date
    /// Called under the lock so that announcements keep the order of what they announce; it must return at once.
    private let announce: @Sendable (QueueChange) -> Void

    public init(
        _ rules: QueueRules = QueueRules(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() },
        announce: @escaping @Sendable (QueueChange) -> Void = { _ in }
    ) {
        self.rules = rules
        stopwatch = Stopwatch(clock)
        shared = Mutex(Shared(state: QueueState(rules)))
        self.now = now
        self.announce = announce
    }

    @discardableResult
    public nonisolated(nonsending) func push(_ checks: [QueuedCheck]) async -> Int {
        shared.withLock { all in
            var added = 0
            for check in checks {
                switch all.state.push(check) {
                case .added:
                    added += 1
                    announce(.queued(check.watch))
                case .fulfilled: added += 1
                case .movedForward, .nothingNew, .noRoom: break
                }
            }
            serveWaiters(&all)
            announceCounts(&all)
            return added
        }
    }

    public nonisolated(nonsending) func claim(_ kind: FetcherKind) async -> Claim? {
        let id = shared.withLock { all in
            all.nextWaiter += 1
            return all.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                shared.withLock { all in
                    guard !all.isClosed, !Task.isCancelled else { return continuation.resume(returning: nil) }
                    all.stand(Waiter(id: id, continuation: continuation), in: kind)
                    serveWaiters(&all)
                    announceCounts(&all)
                }
            }
        } onCancel: {
            shared.withLock { all in
                all.leave(id, kind)?.resume(returning: nil)
            }
        }
    }

    public nonisolated(nonsending) func reached(
        _ step: CheckStep, by claim: Claim, timedOut: Bool
    ) async -> Bool {
        let moment = stopwatch.elapsed
        return shared.withLock { all in
            guard all.state.reach(step, claim, timedOut: timedOut, moment: moment) else { return false }
            if step == .storing {
                serveWaiters(&all)
                announceCounts(&all)
            }
            return true
        }
    }

    public nonisolated(nonsending) func extend(_ claims: [Claim]) async -> [Claim] {
        let moment = stopwatch.elapsed
        return shared.withLock { all in
            claims.filter { !all.state.extend($0, moment: moment) }
        }
    }

    public nonisolated(nonsending) func rescue() async -> [Claim] {
        shared.withLock { all in
            let lost = all.state.overdue(at: stopwatch.elapsed)
            for claim in lost {
                announce(.lost(claim.check.watch))
                end(claim, .lost, &all)
            }
            serveWaiters(&all)
            announceCounts(&all)
            return lost
        }
    }

    @discardableResult
    public nonisolated(nonsending) func finish(_ claim: Claim) async -> Bool {
        end(claim, .recorded)
    }

    @discardableResult
    public nonisolated(nonsending) func dismiss(_ claim: Claim) async -> Bool {
        end(claim, .unwanted)
    }

    @discardableResult
    public nonisolated(nonsending) func giveBack(_ claim: Claim) async -> Bool {
        end(claim, .undone)
    }

    private func end(_ claim: Claim, _ end: QueueState.ClaimEnd) -> Bool {
        shared.withLock { all in
            let wasCurrent = self.end(claim, end, &all)
            serveWaiters(&all)
            announceCounts(&all)
            return wasCurrent
        }
    }

    @discardableResult
    private func end(_ claim: Claim, _ end: QueueState.ClaimEnd, _ all: inout Shared) -> Bool {
        let (wasCurrent, queued) = all.state.end(claim, end, moment: stopwatch.elapsed)
        if let queued { announce(.queued(queued.watch)) }
        return wasCurrent
    }

    public nonisolated(nonsending) func remove(_ watches: [WatchID]) async {
        shared.withLock { all in
            for watch in watches where all.state.remove(watch) { announce(.unqueued(watch)) }
            serveWaiters(&all)
            announceCounts(&all)
        }
    }

    public nonisolated(nonsending) func takeRoom() async -> [String] {
        shared.withLock { all in
            let hosts = all.state.takeRoom()
            serveWaiters(&all)
            announceCounts(&all)
            return hosts
        }
    }

    public nonisolated(nonsending) func doubt(_ hosts: [String]) async {
        shared.withLock { all in for host in hosts { all.state.doubt(host) } }
    }

    public nonisolated(nonsending) func clockMoved(by seconds: Double) async {
        shared.withLock { $0.state.clockMoved(by: seconds) }
    }

    public nonisolated(nonsending) func close() async {
        shared.withLock { all in
            all.isClosed = true
            for line in all.lines {
                for waiter in line.waiters { waiter.continuation.resume(returning: nil) }
            }
            all.lines = []
        }
    }

    public nonisolated(nonsending) func waitsThoughIdle() async -> Double {
        let moment = now()
        return shared.withLock { $0.state.waitsThoughIdle(at: moment) }
    }

    public nonisolated(nonsending) func snapshot() async -> QueueSnapshot {
        shared.withLock { $0.state.snapshot() }
    }

    public nonisolated(nonsending) func places(of watches: [WatchID]) async -> [WatchID: QueuePlace] {
        shared.withLock { all in
            var places: [WatchID: QueuePlace] = [:]
            for watch in watches { places[watch] = all.state.place(of: watch) }
            return places
        }
    }

    public var counts: QueueCounts {
        shared.withLock { $0.state.counts }
    }

    private func serveWaiters(_ all: inout Shared) {
        guard !all.isClosed else { return }
        for index in all.lines.indices { serve(&all.lines[index], &all.state) }
    }

    private func serve(_ line: inout Line, _ state: inout QueueState) {
        guard !line.waiters.isEmpty else { return }
        var served = 0
        while served < line.waiters.count, let claim = state.claim(line.kind, at: now(), moment: stopwatch.elapsed) {
            announce(.claimed(claim.check.watch))
            line.waiters[served].continuation.resume(returning: claim)
            served += 1
        }
        line.waiters.removeFirst(served)
    }

    private func announceCounts(_ all: inout Shared) {
        if all.state.hasRoom { announce(.room) }
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
