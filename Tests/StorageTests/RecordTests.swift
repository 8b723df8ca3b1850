import Domain
import Foundation
import Storage
import Testing

@Suite("Recording outcomes")
struct RecordTests {
    @Test("a first text, a change, the same again and a failure leave what each should")
    func lifeOfAWatch() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let watch = try await fixture.add()
        let first = try await store.record(.changed(watch.id, at: 1, "one"))
        #expect(first.result == .first && first.version == SnapshotVersion(1_700_000_001) && !first.totalsChanged)
        let second = try await store.record(.changed(watch.id, at: 2, "two"))
        #expect(second.result == .changed && second.totalsChanged)
        let same = try await store.record(.verdict(watch.id, at: 3, .sameText, text: "two"))
        #expect(same.result == .unchanged && same.version == nil && !same.totalsChanged)
        let failed = try await store.record(.failed(watch.id, at: 4, CheckFailure(.timeout, "30")))
        #expect(failed.result == .failed && failed.totalsChanged)

        let now = try #require(try await store.watch(watch.id))
        #expect(now.state.historyCount == 2 && now.state.isUnviewed)
        #expect(now.state.lastChanged == .at(2) && now.state.lastChecked == .at(4) && now.state.nextDue == .at(1004))
        #expect(now.state.lastFailure == CheckFailure(.timeout, "30") && now.state.consecutiveFailures == 1)
        #expect(now.state.checkCount == 4 && now.state.lastStatus == nil)
        let totals = try await store.totals()
        #expect(totals == Totals(watches: 1, unviewed: 1, failing: 1))
        let checks = try await store.checks(of: watch.id, limit: 10)
        #expect(checks.map(\.result) == [.failed, .unchanged, .changed, .first])
        let snapshots = try await store.snapshots(of: watch.id)
        #expect(snapshots.map(\.version.seconds) == [1_700_000_001, 1_700_000_002])
        let text = try await store.text(of: watch.id, version: SnapshotVersion(1_700_000_001))
        #expect(text == Array("one".utf8))
        let page = try await store.page(WatchQuery(search: "EXAMPLE"))
        #expect(page.matching == 1 && page.rows.first?.recent.map(\.result) == [.first, .changed, .unchanged, .failed])
        try await store.quickCheck()
    }
}
