import Domain
import Foundation
import Testing

@Suite("When a watch is due again")
struct DueRuleTests {
    private let start = Date(timeIntervalSince1970: 1_000_000)
    private let rule = DueRule(minimum: .seconds(3))

    private func outcome(retryAfter: Date? = nil) -> CheckOutcome {
        CheckOutcome(
            watch: WatchID(), revision: 1, startedAt: start, duration: .seconds(2), retryAfter: retryAfter,
            result: .notModified)
    }

    private func own(_ interval: CheckInterval) -> WatchSettings {
        var settings = WatchSettings()
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck = interval
        return settings
    }

    @Test("a watch without an interval of its own takes that of all")
    func standard() {
        #expect(rule.nextDue(after: outcome(), of: WatchSettings(), Settings()) == start + 3 * 3600)
    }

    @Test(
        "its own interval counts from the start of the check, in all its parts",
        arguments: [
            (CheckInterval(minutes: 5), 300.0), (CheckInterval(weeks: 1, seconds: 1), 604_801.0),
            (CheckInterval(seconds: 1), 3.0), (CheckInterval(), 10_800.0),
        ] as [(CheckInterval, Double)])
    func ownInterval(interval: CheckInterval, seconds: Double) {
        #expect(rule.nextDue(after: outcome(), of: own(interval), Settings()) == start + seconds)
    }

    @Test(
        "jitter moves it either way, but never below the minimum", arguments: [(1.0, 90.0), (-1.0, 30.0), (0.5, 75.0)])
    func jitter(fraction: Double, seconds: Double) {
        var settings = Settings()
        settings.jitterSeconds = 30
        #expect(
            rule.nextDue(after: outcome(), of: own(.init(minutes: 1)), settings, plan: CheckPlan(nextJitter: fraction))
                == start + seconds)
        #expect(
            rule.nextDue(after: outcome(), of: own(.init(seconds: 4)), settings, plan: CheckPlan(nextJitter: -1))
                == start + 3)
    }

    @Test("the server's wish and the host's hold put it off, never forward")
    func putOff() {
        let wish = outcome(retryAfter: start + 50)
        #expect(rule.nextDue(after: wish, of: own(.init(seconds: 10)), Settings()) == start + 50)
        #expect(rule.nextDue(after: wish, of: own(.init(minutes: 10)), Settings()) == start + 600)
        let held = rule.nextDue(
            after: outcome(), of: own(.init(seconds: 10)), Settings(), notBefore: start + 90)
        #expect(held == start + 90)
    }

    @Test(
        "who waits for the end of a hold comes the earlier the longer he was not checked, and before who was told to wait"
    )
    func places() {
        let end = start + 3600
        let ages: [Double?] = [nil, 90 * 86_400, 86_400, 7200, 3600, 60]
        let places = ages.map { age in DueRule.place(after: end, lastChecked: age.map { end - $0 }) }
        #expect(places == places.sorted() && Set(places).count == places.count)
        #expect(places.allSatisfy { $0 < DueRule.turn(after: end, since: start) && $0 < 5 })
        #expect(places[2] - places[1] > 0.1, "they are told apart by the millisecond")
        #expect(DueRule.place(after: end, lastChecked: end + 86_400) == 0, "by a clock that was ahead")
    }

    @Test(
        "who was told to wait, or found that nobody answers, comes after the others of its host, by a tenth of the wait",
        arguments: [(1.0, 10.0), (40.0, 45.0), (120.0, 132.0), (3600.0, 3660.0)])
    func turns(wait: Double, seconds: Double) {
        let due = rule.nextDue(
            after: outcome(retryAfter: start + wait), of: own(.init(seconds: 10)), Settings(),
            notBefore: start + wait)
        #expect(due == start + seconds)
        let timedOut = CheckOutcome(
            watch: WatchID(), revision: 1, startedAt: start, duration: .seconds(2),
            result: .failed(CheckFailure(.timeout, "45")))
        let next = rule.nextDue(
            after: timedOut, of: own(.init(seconds: 10)), Settings(), notBefore: start + wait)
        #expect(next == max(start + 10, due))
    }

    @Test("parts beyond their limit do not overflow")
    func huge() {
        let all = CheckInterval(weeks: .max, days: .max, hours: .max, minutes: .max, seconds: .max)
        #expect(all.totalSeconds > 0)
        #expect(CheckInterval(hours: -5, seconds: 7).totalSeconds == 7)
    }

    private let minute = CheckInterval(minutes: 1)

    @Test(
        "intervals are from plan to plan, unless the check was late by half of one",
        arguments: [(0.0, 60.0), (0.2, 59.8), (29, 31), (31, 60), (4000, 60), (-5, 60)])
    func plans(late: Double, seconds: Double) {
        let plan = CheckPlan(due: start - late)
        let due = rule.nextDue(after: outcome(), of: own(minute), Settings(), plan: plan)
        #expect(abs(due.timeIntervalSince(start) - seconds) < 0.001)
    }

    @Test("a thousand checks that each begin late keep their interval, with and without jitter", arguments: [0, 20])
    func noDrift(jitter: Int) {
        var settings = Settings()
        settings.jitterSeconds = jitter
        let watch = WatchID()
        var due = start
        for number in 1...1000 {
            var outcome = CheckOutcome(
                watch: watch, revision: 1, startedAt: due + 0.16, duration: .seconds(1), result: .notModified)
            outcome.status = 200
            let plan = CheckPlan(of: watch, number: Int64(number), due: due, recordedAt: due + 1.2)
            due = rule.nextDue(after: outcome, of: own(minute), settings, plan: plan)
        }
        // The first due time had no jitter, the last has its own.
        #expect(abs(due.timeIntervalSince(start) - 60_000) <= Double(2 * jitter) + 0.001)
    }

    @Test("the jitter of a thousand watches lies everywhere between its ends")
    func scattered() {
        let fractions = (0..<1000).map { _ in CheckPlan(of: WatchID(), number: 7, due: nil, recordedAt: nil).jitter }
        #expect(fractions.allSatisfy { (-1...1).contains($0) })
        for tenth in 0..<10 {
            let low = Double(tenth) / 5 - 1
            #expect(fractions.contains { $0 >= low && $0 < low + 0.2 }, "from \(low)")
        }
    }

    @Test("a check that a clock noted which has been set back since counts from when it is recorded")
    func futureStart() {
        let plan = CheckPlan(recordedAt: start - 86_400)
        let due = rule.nextDue(after: outcome(), of: own(minute), Settings(), plan: plan)
        #expect(due == start - 86_400 + 60)
    }
}
