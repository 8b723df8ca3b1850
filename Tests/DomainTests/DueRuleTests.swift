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
        #expect(rule.nextDue(after: outcome(), of: WatchSettings(), Settings(), jitter: 0) == start + 3 * 3600)
    }

    @Test(
        "its own interval counts from the start of the check, in all its parts",
        arguments: [
            (CheckInterval(minutes: 5), 300.0), (CheckInterval(weeks: 1, seconds: 1), 604_801.0),
            (CheckInterval(seconds: 1), 3.0), (CheckInterval(), 10_800.0),
        ] as [(CheckInterval, Double)])
    func ownInterval(interval: CheckInterval, seconds: Double) {
        #expect(rule.nextDue(after: outcome(), of: own(interval), Settings(), jitter: 0) == start + seconds)
    }

    @Test(
        "jitter moves it either way, but never below the minimum", arguments: [(1.0, 90.0), (-1.0, 30.0), (0.5, 75.0)])
    func jitter(fraction: Double, seconds: Double) {
        var settings = Settings()
        settings.jitterSeconds = 30
        #expect(
            rule.nextDue(after: outcome(), of: own(.init(minutes: 1)), settings, jitter: fraction) == start + seconds)
        #expect(rule.nextDue(after: outcome(), of: own(.init(seconds: 4)), settings, jitter: -1) == start + 3)
    }

    @Test("the server's wish and the host's hold put it off, never forward")
    func putOff() {
        let wish = outcome(retryAfter: start + 50)
        #expect(rule.nextDue(after: wish, of: own(.init(seconds: 10)), Settings(), jitter: 0) == start + 50)
        #expect(rule.nextDue(after: wish, of: own(.init(minutes: 10)), Settings(), jitter: 0) == start + 600)
        let held = rule.nextDue(
            after: outcome(), of: own(.init(seconds: 10)), Settings(), jitter: 0, notBefore: start + 90)
        #expect(held == start + 90)
    }

    @Test(
        "who was told to wait comes after the others of its host, by a tenth of the wait",
        arguments: [(1.0, 10.0), (40.0, 45.0), (120.0, 132.0), (3600.0, 3660.0)])
    func turns(wait: Double, seconds: Double) {
        let due = rule.nextDue(
            after: outcome(retryAfter: start + wait), of: own(.init(seconds: 10)), Settings(), jitter: 0,
            notBefore: start + wait)
        #expect(due == start + seconds)
    }

    @Test("parts beyond their limit do not overflow")
    func huge() {
        let all = CheckInterval(weeks: .max, days: .max, hours: .max, minutes: .max, seconds: .max)
        #expect(all.totalSeconds > 0)
        #expect(CheckInterval(hours: -5, seconds: 7).totalSeconds == 7)
    }
}
