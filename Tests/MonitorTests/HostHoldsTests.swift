import Domain
import Foundation
import Storage
import Testing

@testable import Monitor

@Suite("Holding a host that does not answer")
struct HostHoldsTests {
    private let now = Date(timeIntervalSince1970: 1_000_000)

    private func outcome(
        _ failure: CheckFailure?, retryAfter: Date? = nil, startedAt: Date? = nil
    ) -> CheckOutcome {
        CheckOutcome(
            watch: WatchID(), revision: 1, startedAt: startedAt ?? now, duration: .zero, retryAfter: retryAfter,
            result: failure.map { .failed($0) } ?? .notModified)
    }

    @Test("three failures in a row that blame the host hold it, longer each time, up to an hour")
    func grows() {
        let holds = HostHolds()
        let refused = outcome(CheckFailure(.connectionRefused, "a"))
        var lengths: [Double?] = []
        for _ in 0..<12 { lengths.append(holds.learn(from: refused, host: "a", now: now)?.timeIntervalSince(now)) }
        #expect(lengths.prefix(5) == [nil, nil, 30, 60, 120])
        #expect(lengths.last == 3600)
        #expect(holds.hold(of: "a", now: now) != nil)
        #expect(holds.hold(of: "b", now: now) == nil)
    }

    @Test(
        "one good answer, or a failure that does not blame the host, ends it",
        arguments: [nil, CheckFailure(.httpStatus, "404")])
    func ends(failure: CheckFailure?) {
        let holds = HostHolds()
        for _ in 0..<5 { holds.learn(from: outcome(CheckFailure(.timeout, "5")), host: "a", now: now) }
        holds.learn(from: outcome(failure), host: "a", now: now)
        #expect(holds.hold(of: "a", now: now) == nil)
        #expect(holds.learn(from: outcome(CheckFailure(.timeout, "5")), host: "a", now: now) == nil)
    }

    @Test("Retry-After holds the host as long as it says, at the first time")
    func retryAfter() {
        let holds = HostHolds()
        holds.learn(from: outcome(CheckFailure(.rateLimited, "429"), retryAfter: now + 77), host: "a", now: now)
        #expect(holds.hold(of: "a", now: now) == now + 77)
        #expect(holds.hold(of: "a", now: now + 78) == nil)
    }

    @Test(
        "what a host asks for lasts, whatever checks that ran beside that one find",
        arguments: [nil, CheckFailure(.httpStatus, "404"), CheckFailure(.timeout, "5")])
    func lasts(failure: CheckFailure?) {
        let holds = HostHolds()
        holds.learn(from: outcome(CheckFailure(.rateLimited, "429"), retryAfter: now + 77), host: "a", now: now)
        holds.learn(from: outcome(failure), host: "a", now: now + 1)
        #expect(holds.hold(of: "a", now: now + 2) == now + 77)
        holds.learn(from: outcome(nil), host: "a", now: now + 80)
        #expect(holds.hold(of: "a", now: now + 80) == nil)
    }

    @Test("a good answer to somebody who asked later ends it, and no host is held longer than an hour")
    func endsEarly() {
        let holds = HostHolds()
        let refused = outcome(CheckFailure(.rateLimited, "429"), retryAfter: now + 86_400)
        holds.learn(from: refused, host: "a", now: now)
        #expect(holds.hold(of: "a", now: now) == now + 3600)
        holds.learn(from: outcome(nil, startedAt: now + 5), host: "a", now: now + 6)
        #expect(holds.hold(of: "a", now: now + 6) == nil)
    }

    @Test("what is held is told once to be written, and again when it could not be; a restart takes it over")
    func overARestart() {
        let holds = HostHolds()
        let refused = outcome(CheckFailure(.rateLimited, "429"), retryAfter: now + 500)
        holds.learn(from: refused, host: "a", now: now)
        holds.learn(from: outcome(CheckFailure(.timeout, "45")), host: "b", now: now)
        let held = holds.takeChanged()
        #expect(held.map(\.host) == ["a"], "one failure holds nobody")
        #expect(holds.takeChanged().isEmpty)
        holds.keepChanged(held)
        #expect(holds.takeChanged() == held)
        let next = HostHolds()
        next.restore(held, now: now + 100)
        #expect(next.hold(of: "a", now: now + 100) == now + 500)
        next.learn(from: outcome(nil, startedAt: now + 600), host: "a", now: now + 601)
        #expect(next.takeChanged().map(\.until) == [nil])
        next.restore([HeldHost(host: "c", until: now + 86_400 * 30, failures: 9, askedAt: nil)], now: now)
        #expect(next.hold(of: "c", now: now) == now + 3600, "under another clock; no hold is longer than an hour")
    }

    @Test("a held host is asked all the same for what somebody clicks on, and for a few other wishes a minute")
    func wishes() {
        let holds = HostHolds()
        #expect((0..<10).count { _ in holds.letsThrough("a", isClick: false, now: now) } == 3)
        #expect((0..<100).count { _ in holds.letsThrough("a", isClick: true, now: now) } == 17)
        #expect(holds.letsThrough("b", isClick: false, now: now))
        #expect(holds.letsThrough("a", isClick: false, now: now + 61))
    }
}
