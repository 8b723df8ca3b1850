import Domain
import Foundation
import Testing

@testable import Monitor

@Suite("Being ready")
struct ReadinessTests {
    private let now = Date(timeIntervalSince1970: 1_000_000)

    @Test("a scheduler that has not looked for a while is not well")
    func scheduler() {
        #expect(Readiness.schedulerProblem(lastBeat: nil, now: now) != nil)
        #expect(Readiness.schedulerProblem(lastBeat: now - 5, now: now) == nil)
        #expect(Readiness.schedulerProblem(lastBeat: now - 60, now: now)?.contains("60 seconds") == true)
    }

    @Test("a queue that does not move though checks wait is not well")
    func queue() {
        let progress = QueueProgress(now: now - 10_000)
        progress.note(.length(1), at: now - 300)
        #expect(
            Readiness.queueProblem(length: 1, lastMoved: progress.lastMoved, now: now)?.contains("1 checks") == true)
        progress.note(.claimed(WatchID()), at: now - 3)
        #expect(Readiness.queueProblem(length: 7, lastMoved: progress.lastMoved, now: now) == nil)
        #expect(Readiness.queueProblem(length: 0, lastMoved: now - 9999, now: now) == nil)
    }

    @Test("a queue that was empty for long is well when work comes")
    func afterIdling() {
        let progress = QueueProgress(now: now - 10_000)
        progress.note(.length(4), at: now - 1)
        #expect(Readiness.queueProblem(length: 4, lastMoved: progress.lastMoved, now: now) == nil)
    }

    @Test("only a scheduler that no longer looks and workers that are gone are cured by a new start")
    func standstill() {
        let all = WorkerPool.Status(wanted: 4, alive: 4, busy: 4, replaced: 1)
        #expect(Readiness.standstill(lastBeat: now - 2, workers: all, now: now) == nil)
        #expect(Readiness.standstill(lastBeat: nil, workers: all, now: now)?.hasPrefix("scheduler: ") == true)
        #expect(Readiness.standstill(lastBeat: now - 60, workers: all, now: now)?.hasPrefix("scheduler: ") == true)
        let few = WorkerPool.Status(wanted: 4, alive: 3, busy: 0, replaced: 0)
        #expect(Readiness.standstill(lastBeat: now, workers: few, now: now)?.hasPrefix("workers: ") == true)
    }
}
