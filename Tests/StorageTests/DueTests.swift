import Domain
import Foundation
import StoreTestKit
import Testing

@testable import Storage

@Suite("What is due, and when")
struct DueTests {
    private func due(_ store: Store, _ watch: Watch) async throws -> Date? {
        try await store.watch(watch.id)?.state.nextDue
    }

    private func checked(_ store: Store, _ watch: Watch, at seconds: Double, due: Double) async throws {
        _ = try await store.record([
            DatedOutcome(.failed(watch.id, at: seconds, CheckFailure(.noText)), nextDue: .at(due))
        ])
    }

    @Test("what a row says of its host is how its last check ended")
    func tempers() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let unknown = try await fixture.add("http://a.example/1")
        let quick = try await fixture.add("http://a.example/2")
        let doubtful = try await fixture.add("http://a.example/3")
        let slow = try await fixture.add("http://b.example/4")
        try await checked(store, quick, at: 1, due: 1)
        _ = try await store.record([
            DatedOutcome(.failed(doubtful.id, at: 2, CheckFailure(.connectTimeout, "a")), nextDue: .at(2))
        ])
        var outcome = CheckOutcome.failed(slow.id, at: 3, CheckFailure(.noText))
        outcome.duration = .seconds(9)
        _ = try await store.record([DatedOutcome(outcome, nextDue: .at(3))])
        let found = try await store.due(at: .at(10), limit: 9)
        #expect(found.map(\.id) == [unknown, quick, doubtful, slow].map(\.id))
        #expect(found.map(\.temper) == [.unknown, .quick, .doubtful, .slow])
        let ofHost = try await store.due(at: .at(10), host: "a.example", limit: 2)
        #expect(ofHost.map(\.id) == [unknown, quick].map(\.id))
    }

    @Test("of watches that wait for their host the one checked longest ago comes first, and the one refused last")
    func turns() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let watches = [try await fixture.add("http://a.example/1"), try await fixture.add("http://a.example/2")]
        try await checked(store, watches[0], at: -600, due: 0)
        try await checked(store, watches[1], at: -7200, due: 0)
        for watch in watches { try await store.postpone(watch.id, untilHoldEnds: .at(3600)) }
        let recent = try #require(try await due(store, watches[0]))
        let old = try #require(try await due(store, watches[1]))
        #expect(old < recent && old >= .at(3600))
        #expect(recent < .at(3600) + DueRule.turn(after: .at(3600), since: .at(0)))
    }

    @Test("a wall clock that is set moves due times, last checks and holds along")
    func clockMoved() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let watch = try await fixture.add()
        _ = try await store.record(
            [DatedOutcome(.failed(watch.id, at: 10, CheckFailure(.noText)), nextDue: .at(70))],
            held: [HeldHost(host: "a", until: .at(100), failures: 3, askedAt: .at(40))])
        #expect(try await store.moveDueTimes(by: -3600) == 1)
        let state = try await store.watch(watch.id)?.state
        #expect(state?.nextDue == .at(70 - 3600) && state?.lastChecked == .at(10 - 3600))
        let held = try await store.heldHosts(now: .at(-3600), limit: 9)
        #expect(held == [HeldHost(host: "a", until: .at(100 - 3600), failures: 3, askedAt: .at(40 - 3600))])
        #expect(try await store.heldHosts(now: .at(200), limit: 9).isEmpty, "it is over then")
    }

    private static let mondays: TimeSchedule = {
        var schedule = TimeSchedule()
        schedule.isEnabled = true
        schedule.timeZone = "UTC"
        for day in Weekday.allCases { schedule[day].isEnabled = false }
        schedule[.monday] = TimeSchedule.Day(startMinute: 9 * 60, durationMinutes: 60)
        return schedule
    }()

    @Test("due times that no interval explains are brought back, inside of their schedules; others stay")
    func bringBack() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        _ = try await store.updateSettings(now: .at(0)) { $0.timeBetweenCheck = CheckInterval(minutes: 10) }
        let month = 30 * 86_400.0
        let late = try await fixture.add("http://a.example/1")
        let right = try await fixture.add("http://a.example/2")
        let failing = try await fixture.add("http://a.example/3")
        let never = try await fixture.add("http://a.example/4")
        try await checked(store, late, at: 0, due: month)
        _ = try await store.record([(.verdict(late.id, at: 1, .sameBytes), .at(month))])
        try await checked(store, right, at: 0, due: 600)
        _ = try await store.record([(.verdict(right.id, at: 1, .sameBytes), .at(600))])
        // Its server may have asked for as much.
        try await checked(store, failing, at: 0, due: 3600)
        _ = try await store.update(never.id, now: .at(0)) { watch in
            watch.settings.timing.schedule = Self.mondays
        }
        let far = try #require(try await due(store, never))
        let count = try await store.bringBackDueTimes(now: .at(10), minimum: .seconds(3), spread: .seconds(60))
        #expect(count == 1)
        #expect(try #require(try await due(store, late)) <= .at(70))
        #expect(try await due(store, right) == .at(600))
        #expect(try await due(store, failing) == .at(3600))
        #expect(try await due(store, never) == far)
    }

    @Test("what a start, a suspicion, a hold or want of memory puts off is not brought back")
    func putOff() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        _ = try await store.updateSettings(now: .at(0)) { $0.timeBetweenCheck = CheckInterval(seconds: 10) }
        var watches: [Watch] = []
        for number in 0..<4 { watches.append(try await fixture.add("http://\(number).example/")) }
        for watch in watches { try await checked(store, watch, at: 0, due: 10) }
        for watch in watches { _ = try await store.record([(.verdict(watch.id, at: 1, .sameBytes), .at(11))]) }
        #expect(try await store.spreadOverdue(at: .at(1000), over: .seconds(600)) == 4)
        _ = try await store.suspect([watches[0].id], delay: .seconds(605), by: .tester, now: .at(1000))
        let hosts = try await store.due(at: .at(2000), limit: 9).map(\.host)
        let held = HeldHost(
            host: try #require(hosts.first { $0.hasPrefix("1.") }), until: .at(4600), failures: 5, askedAt: nil)
        let well = DatedOutcome(.verdict(watches[1].id, at: 1001, .sameBytes), nextDue: .at(1011))
        _ = try await store.record([well], held: [held])
        try await store.postpone(watches[1].id, untilHoldEnds: .at(4600))
        try await store.postpone(watches[2].id, until: .at(1061))
        let before = try await store.due(at: .at(9999), limit: 9).map(\.due)
        #expect(try await store.bringBackDueTimes(now: .at(1001), minimum: .seconds(3), spread: .seconds(600)) == 0)
        #expect(try await store.due(at: .at(9999), limit: 9).map(\.due) == before)
        try await store.dropHolds(now: .at(4601))
        #expect(try await store.heldHosts(now: .at(4500), limit: 9).count == 1, "a clock may be ahead")
        try await store.dropHolds(now: .at(4601 + 86_400))
        #expect(try await store.heldHosts(now: .at(4500), limit: 9).isEmpty)
    }

    @Test("a watch on whose page the program died three times in a row rests until somebody resumes it")
    func suspects() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let killer = try await fixture.add("http://a.example/1")
        let innocent = try await fixture.add("http://a.example/2")
        func death(_ ids: [WatchID]) async throws -> [WatchID] {
            try await store.suspect(ids, delay: .seconds(60), by: .tester, now: .at(0))
        }
        #expect(try await death([killer.id, innocent.id, WatchID()]).isEmpty)
        #expect(try #require(try await due(store, killer)) >= .at(60))
        #expect(try await store.checkJob(innocent.id)?.mustBeAlone == true)
        try await checked(store, innocent, at: 61, due: 600)
        #expect(try await store.checkJob(innocent.id)?.mustBeAlone == false, "a check came to its end")
        #expect(try await death([killer.id]).isEmpty)
        #expect(try await death([killer.id, innocent.id]) == [killer.id])
        let watch = try #require(try await store.watch(killer.id))
        #expect(watch.paused && watch.state.lastFailure?.code == .breaksMonitor)
        _ = try await store.setPaused([killer.id], false, now: .at(1))
        #expect(try await store.checkJob(killer.id)?.mustBeAlone == false)
        #expect(try await death([killer.id]).isEmpty, "it begins anew")
    }
}
