import TestSupport
import Testing

@testable import Monitor

@Suite("Lateness")
struct LatenessTests {
    @Test("the shares of the last five minutes are right to a fifth, and older checks are forgotten")
    func summary() {
        let clock = ManualClock()
        let lateness = Lateness(clock: clock)
        #expect(lateness.summary == Lateness.Summary())
        for hundredth in 1...1000 { lateness.note(Double(hundredth) / 100) }
        lateness.note(-5)
        let summary = lateness.summary
        #expect(summary.checks == 1001)
        #expect((5...6).contains(summary.median))
        #expect((9.5...10).contains(summary.p95))
        #expect(summary.most == 10)
        clock.advance(by: .seconds(200))
        lateness.note(400)
        #expect(lateness.summary.checks == 1002)
        #expect(lateness.summary.most == 400)
        clock.advance(by: .seconds(150))
        #expect(lateness.summary.checks == 1)
        clock.advance(by: .seconds(300))
        #expect(lateness.summary.checks == 0)
    }
}
