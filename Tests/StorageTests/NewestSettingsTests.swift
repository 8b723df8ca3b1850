import Domain
import Foundation
import Storage
import StoreTestKit
import Testing

@Suite("The settings that a check goes by")
struct NewestSettingsTests {
    private let rule: DatedOutcome.Rule = { watch, all, _ in
        DueRule(minimum: .seconds(3)).nextDue(
            after: .failed(WatchID(), at: 0, CheckFailure(.noText)), of: watch, all)
    }

    @Test("a job carries the settings for all watches, of the same moment as its revision")
    func whole() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        let before = try #require(try await fixture.store.checkJob(watch, now: .at(1)))
        #expect(before.shared == Settings() && before.moment == .at(1) && before.kind == .plain)
        let edited = try await fixture.store.updateSettings(now: .at(2)) { $0.ignoreText = ["ad"] }
        let after = try #require(try await fixture.store.checkJob(watch, now: .at(3)))
        #expect(after.shared == edited && after.revision == before.revision + 1)
    }

    @Test("an interval that is edited while a check runs counts for the next one, for it makes no check void")
    func interval() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let watch = try await fixture.add().id
        let job = try #require(try await store.checkJob(watch))
        _ = try await store.updateSettings(now: .at(1)) { $0.timeBetweenCheck = CheckInterval(minutes: 7) }
        let outcome = CheckOutcome.failed(watch, revision: job.revision, at: 0, CheckFailure(.noText))
        let recorded = try await store.record([DatedOutcome(outcome, nextDue: rule)])[0]
        #expect(!recorded.superseded && recorded.nextDue == .at(420))
        #expect(try await store.watch(watch)?.state.nextDue == .at(420))
    }

    @Test("the watch's own interval goes before that of all, and an edit of it lets the check count for nothing")
    func own() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let watch = try await fixture.add().id
        let edited = try await store.update(watch, now: .at(1)) { watch in
            watch.settings.usesDefaultInterval = false
            watch.settings.timeBetweenCheck = CheckInterval(minutes: 2)
        }
        #expect(edited != nil)
        let late = CheckOutcome.failed(watch, at: 0, CheckFailure(.noText))
        let void = try await store.record([DatedOutcome(late, nextDue: rule)])[0]
        #expect(void.superseded && void.nextDue == nil)
        let revision = try #require(try await store.checkJob(watch)).revision
        let counts = CheckOutcome.failed(watch, revision: revision, at: 0, CheckFailure(.noText))
        #expect(try await store.record([DatedOutcome(counts, nextDue: rule)])[0].nextDue == .at(120))
    }
}
