import Domain
import Foundation
import Testing

@Suite("When a watch with a schedule is due again")
struct DueRuleScheduleTests {
    private let rule = DueRule(minimum: .seconds(3))
    /// Open from 07:00 to 15:00 UTC on working days.
    private let office = TimeSchedule(
        "mon 09:00+8:00, tue 09:00+8:00, wed 09:00+8:00, thu 09:00+8:00, fri 09:00+8:00", "Europe/Vienna")

    /// A watch checked every hour, last at `start`, with a jitter of up to ten minutes.
    private func due(
        _ start: String, retryAfter: String? = nil, jitter: Double = 0, hold: String? = nil, _ schedule: TimeSchedule?
    ) -> Date {
        let outcome = CheckOutcome(
            watch: WatchID(), revision: 1, startedAt: .utc(start), duration: .seconds(2),
            retryAfter: retryAfter.map(Date.utc), result: .notModified)
        var settings = Settings()
        settings.timeBetweenCheck = CheckInterval(hours: 1)
        settings.jitterSeconds = 600
        return rule.nextDue(
            after: outcome, of: WatchSettings(), settings, plan: CheckPlan(nextJitter: jitter),
            notBefore: hold.map(Date.utc),
            schedule: schedule)
    }

    @Test(
        "inside of the schedule nothing is moved, outside it waits for the next opening",
        arguments: [
            ("2026-07-06 08:00", "2026-07-06 09:00"), ("2026-07-06 14:00", "2026-07-07 07:00"),
            ("2026-07-03 14:30", "2026-07-06 07:00"), ("2026-07-06 06:00", "2026-07-06 07:00"),
        ])
    func moved(start: String, next: String) {
        #expect(due(start, office) == .utc(next))
        #expect(due(start, nil) == .utc(start) + 3600)
        var disabled = office
        disabled.isEnabled = false
        #expect(due(start, disabled) == .utc(start) + 3600)
    }

    @Test("jitter puts no check out of a window that it would be in without")
    func jitterStaysInside() {
        #expect(due("2026-07-06 13:55", jitter: 0.4, office) == .utc("2026-07-06 14:59"))
        #expect(due("2026-07-06 13:55", jitter: 1, office) == .utc("2026-07-06 14:55"))
        #expect(due("2026-07-06 06:05", jitter: -1, office) == .utc("2026-07-06 07:05"))
        #expect(due("2026-07-06 14:05", jitter: -1, office) == .utc("2026-07-06 14:55"))
    }

    @Test("after an opening jitter spreads the checks that waited for it, as long as it stays open")
    func jitterSpreads() {
        #expect(due("2026-07-06 15:00", jitter: 1, office) == .utc("2026-07-07 07:10"))
        #expect(due("2026-07-06 15:00", jitter: -0.5, office) == .utc("2026-07-07 07:05"))
        let brief = TimeSchedule("daily 07:00+0:05", "UTC")
        #expect(due("2026-07-06 15:00", jitter: 1, brief) == .utc("2026-07-07 07:00"))
        #expect(due("2026-07-06 15:00", jitter: 0.4, brief) == .utc("2026-07-07 07:04"))
    }

    @Test("the wish of the server and the hold of the host come first, then the schedule")
    func wishes() {
        #expect(due("2026-07-06 08:00", retryAfter: "2026-07-06 12:00", office) == .utc("2026-07-06 12:00"))
        #expect(due("2026-07-06 08:00", retryAfter: "2026-07-06 16:00", office) == .utc("2026-07-07 07:00"))
        #expect(due("2026-07-06 08:00", hold: "2026-07-06 15:00", office) == .utc("2026-07-07 07:00"))
    }

    @Test("with a schedule that never opens it is due in the distant future")
    func never() {
        #expect(due("2026-07-06 08:00", jitter: 1, TimeSchedule("", "UTC")) == .distantFuture)
    }
}
