import Domain
import Foundation
import TestSupport
import Testing

@testable import Monitor

@Suite("Being ready")
struct ReadinessTests {
    @Test("a scheduler that has not looked for a while is not well")
    func scheduler() {
        #expect(Readiness.schedulerProblem(sinceBeat: nil) != nil)
        #expect(Readiness.schedulerProblem(sinceBeat: .seconds(5)) == nil)
        #expect(Readiness.schedulerProblem(sinceBeat: .seconds(60))?.contains("60 seconds") == true)
    }

    @Test("a queue that does not move though checks wait is not well, by a clock that nobody sets")
    func queue() {
        let clock = ManualClock()
        let progress = QueueProgress(clock: clock)
        progress.note(.length(1))
        clock.advance(by: .seconds(300))
        #expect(Readiness.queueProblem(length: 1, sinceMove: progress.sinceLastMove)?.contains("1 checks") == true)
        progress.note(.claimed(WatchID()))
        clock.advance(by: .seconds(3))
        #expect(Readiness.queueProblem(length: 7, sinceMove: progress.sinceLastMove) == nil)
        #expect(Readiness.queueProblem(length: 0, sinceMove: .seconds(9999)) == nil)
    }

    @Test("a queue that was empty for long is well when work comes")
    func afterIdling() {
        let clock = ManualClock()
        let progress = QueueProgress(clock: clock)
        clock.advance(by: .seconds(10_000))
        progress.note(.length(4))
        #expect(Readiness.queueProblem(length: 4, sinceMove: progress.sinceLastMove) == nil)
    }

    @Test("only a scheduler that no longer looks and workers that are gone are cured by a new start")
    func standstill() {
        let all = WorkerPool.Status(wanted: 4, alive: 4, busy: 4, replaced: 1, inFlight: 0)
        #expect(Readiness.standstill(sinceBeat: .seconds(2), workers: all) == nil)
        #expect(Readiness.standstill(sinceBeat: nil, workers: all)?.hasPrefix("scheduler: ") == true)
        #expect(Readiness.standstill(sinceBeat: .seconds(60), workers: all)?.hasPrefix("scheduler: ") == true)
        let few = WorkerPool.Status(wanted: 4, alive: 3, busy: 0, replaced: 0, inFlight: 0)
        #expect(Readiness.standstill(sinceBeat: .zero, workers: few)?.hasPrefix("workers: ") == true)
    }
}
