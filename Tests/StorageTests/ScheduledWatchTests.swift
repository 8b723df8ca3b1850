import Domain
import Foundation
import Storage
import StoreTestKit
import Testing

/// `Fixture.start` is Tuesday 2023-11-14 22:13:20 UTC.
@Suite("Watches with a schedule")
struct ScheduledWatchTests {
    private static let mornings: TimeSchedule = {
        var schedule = TimeSchedule()
        schedule.isEnabled = true
        for day in Weekday.allCases { schedule[day] = TimeSchedule.Day(startMinute: 9 * 60, durationMinutes: 60) }
        schedule.timeZone = "UTC"
        return schedule
    }()
    /// Wednesday 09:00 UTC.
    private static let opening = Date(timeIntervalSince1970: 1_700_038_800)

    private static func checked(_ fixture: Fixture, _ url: String = "http://example.com/") async throws -> WatchID {
        let id = try await fixture.add(url).id
        _ = try await fixture.store.record(.changed(id, at: 0, "text"))
        return id
    }

    private static func due(_ id: WatchID, _ fixture: Fixture) async throws -> Date? {
        try await fixture.store.watch(id)?.state.nextDue
    }

    @Test("a watch's own schedule puts its next check off, and lets it go when it ends")
    func own() async throws {
        let fixture = try Fixture()
        let id = try await Self.checked(fixture)
        _ = try await fixture.store.update(id, now: .at(2)) { $0.settings.timing.schedule = Self.mornings }
        #expect(try await Self.due(id, fixture) == Self.opening)
        #expect(
            try await fixture.store.rows([id])[0].rest(at: .at(2))
                == "Outside its schedule until Wednesday 09:00 (UTC)")
        #expect(try await fixture.store.setPaused([id], true, now: .at(3)) == [id])
        #expect(try await fixture.store.rows([id])[0].rest(at: .at(3)) == nil, "a paused one has another reason")
        #expect(try await fixture.store.setPaused([id], false, now: .at(4)) == [id])
        #expect(try await Self.due(id, fixture) == Self.opening)
        _ = try await fixture.store.update(id, now: .at(5)) { $0.settings.timing.schedule.isEnabled = false }
        #expect(try await Self.due(id, fixture) == .at(5))
        #expect(try await fixture.store.rows([id])[0].rest(at: .at(5)) == nil)
    }

    @Test("a failing watch is let go too, and one that never opened is found again")
    func failing() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        var never = Self.mornings
        for day in Weekday.allCases { never[day] = TimeSchedule.Day(isEnabled: false) }
        let closed = never
        _ = try await store.updateSettings(now: .at(0)) { $0.timing.schedule = closed }
        let failed = CheckOutcome.failed(id, at: 1, CheckFailure(.noText))
        _ = try await store.record([DatedOutcome(failed, nextDue: .distantFuture)])
        _ = try await store.updateSettings(now: .at(2)) { $0.timing.schedule = Self.mornings }
        let due = try #require(try await Self.due(id, fixture))
        #expect(due < .at(3 * 86_400) && Self.mornings.isOpen(at: due))
        _ = try await store.updateSettings(now: .at(3)) { $0.timing.schedule = TimeSchedule() }
        #expect(try await Self.due(id, fixture).map { $0 <= .at(86_401) } == true)
    }

    @Test("a tag's schedule holds for its watches from when it is set until it is taken away")
    func ofTag() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let given = try await Self.checked(fixture), other = try await Self.checked(fixture, "http://other.example/")
        let matched = try await Self.checked(fixture, "http://shop.example/")
        let before = try await Self.due(other, fixture)
        let tag = try await store.createTag("shops", now: .at(1))
        _ = try await store.update(given, now: .at(2)) { $0.tags = [tag.id] }
        _ = try await store.updateTag(tag.id, now: .at(3)) {
            $0.settings.timing.schedule = Self.mornings
            $0.addresses = AddressPattern("shop.")
        }
        #expect(try await Self.due(given, fixture) == Self.opening)
        #expect(try await Self.due(matched, fixture) == Self.opening)
        #expect(try await Self.due(other, fixture) == before)
        #expect(try await store.page(WatchQuery()).rows.count { $0.rest(at: .at(3)) != nil } == 2)
        _ = try await store.update(given, now: .at(4)) { $0.tags = [] }
        #expect(try await Self.due(given, fixture) != Self.opening)
        #expect(try await store.deleteTag(tag.id, now: .at(5)))
        #expect(try await Self.due(matched, fixture) != Self.opening)
    }

    @Test("the schedule of all watches holds where no other does, in the zone of all, and moves due times at once")
    func ofAll() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let plain = try await Self.checked(fixture), own = try await Self.checked(fixture, "http://own.example/")
        _ = try await store.update(own, now: .at(2)) { watch in
            watch.settings.timing.schedule.isEnabled = true
        }
        #expect(try await Self.due(own, fixture) == .at(2), "all week, all day")
        let edited = try await store.updateSettings(now: .at(3)) { all in
            all.timing.schedule = Self.mornings
            all.timing.schedule.timeZone = nil
            all.timeZone = "UTC"
        }
        #expect(try await Self.due(plain, fixture) == Self.opening)
        #expect(try await Self.due(own, fixture).map { $0 < Self.opening } == true)
        _ = try await store.updateSettings(now: .at(4)) { $0.timeZone = "Europe/Vienna" }
        #expect(try await Self.due(plain, fixture) == Self.opening - 3600)
        let job = try #require(try await store.checkJob(plain, now: .at(5)))
        #expect(job.settings.timing.schedule == edited.timing.schedule, "a job knows it without the settings of all")
        #expect(job.settings.schedule(under: job.shared)?.timeZone == "Europe/Vienna")
        _ = try await store.updateSettings(now: .at(6)) { $0.timing.schedule = TimeSchedule() }
        #expect(try await Self.due(plain, fixture).map { $0 < Self.opening - 3600 } == true)
    }
}
