import Domain
import Foundation
import Synchronization
import TestSupport

@testable import Monitor

/// The queue's rules without anybody who waits for a claim: a simulation asks when it has a place free.
final class SimulatedQueue: CheckQueue {
    private let state: Mutex<QueueState>
    private let stopwatch: Stopwatch
    private let now: @Sendable () -> Date

    init(_ rules: QueueRules, clock: ManualClock, now: @escaping @Sendable () -> Date) {
        state = Mutex(QueueState(rules))
        stopwatch = Stopwatch(clock)
        self.now = now
    }

    var rules: QueueRules { state.withLock { $0.rules } }
    var lease: Duration { rules.lease }
    var counts: QueueCounts { state.withLock { $0.counts } }
    /// Some host has room for more of what is due in the store.
    var hasRoom: Bool { state.withLock { $0.hasRoom } }

    func next() -> Claim? { state.withLock { $0.claim(.plain, at: now(), moment: stopwatch.elapsed) } }

    nonisolated(nonsending) func push(_ checks: [QueuedCheck]) async -> Int {
        state.withLock { state in
            checks.count { check in
                let result = state.push(check)
                return result == .added || result == .fulfilled
            }
        }
    }

    nonisolated(nonsending) func claim(_ kind: FetcherKind) async -> Claim? { next() }

    nonisolated(nonsending) func reached(_ step: CheckStep, by claim: Claim, timedOut: Bool) async -> Bool {
        state.withLock { $0.reach(step, claim, timedOut: timedOut, moment: stopwatch.elapsed) }
    }

    nonisolated(nonsending) func extend(_ claims: [Claim]) async -> [Claim] {
        state.withLock { state in claims.filter { !state.extend($0, moment: stopwatch.elapsed) } }
    }

    nonisolated(nonsending) func finish(_ claim: Claim) async -> Bool { end(claim, .recorded) }
    nonisolated(nonsending) func dismiss(_ claim: Claim) async -> Bool { end(claim, .unwanted) }
    nonisolated(nonsending) func giveBack(_ claim: Claim) async -> Bool { end(claim, .undone) }

    private func end(_ claim: Claim, _ end: QueueState.ClaimEnd) -> Bool {
        state.withLock { $0.end(claim, end, moment: stopwatch.elapsed).ended }
    }

    nonisolated(nonsending) func rescue() async -> [Claim] { [] }
    nonisolated(nonsending) func remove(_ watches: [WatchID]) async {
        state.withLock { state in for watch in watches { _ = state.remove(watch) } }
    }
    nonisolated(nonsending) func takeRoom() async -> [String] { state.withLock { $0.takeRoom() } }
    nonisolated(nonsending) func doubt(_ hosts: [String]) async {
        state.withLock { state in for host in hosts { state.doubt(host) } }
    }
    nonisolated(nonsending) func clockMoved(by seconds: Double) async {
        state.withLock { $0.clockMoved(by: seconds) }
    }
    nonisolated(nonsending) func close() async {}
    nonisolated(nonsending) func waitsThoughIdle() async -> Double {
        state.withLock { $0.waitsThoughIdle(at: now()) }
    }
    nonisolated(nonsending) func snapshot() async -> QueueSnapshot { state.withLock { $0.snapshot() } }
    nonisolated(nonsending) func places(of watches: [WatchID]) async -> [WatchID: QueuePlace] {
        state.withLock { state in
            var places: [WatchID: QueuePlace] = [:]
            for watch in watches { places[watch] = state.place(of: watch) }
            return places
        }
    }
}
