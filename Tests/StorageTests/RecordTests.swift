import Domain
import Foundation
import Storage
import StoreTestKit
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
        #expect(failed.result == .failed && failed.totalsChanged && failed.failure == CheckFailure(.timeout, "30"))

        let now = try #require(try await store.watch(watch.id))
        #expect(now.state.historyCount == 2 && now.state.isUnviewed)
        #expect(now.state.lastChanged == .at(2) && now.state.lastChecked == .at(4) && now.state.nextDue == .at(1004))
        #expect(now.state.lastFailure == CheckFailure(.timeout, "30") && now.state.consecutiveFailures == 1)
        #expect(now.state.checkCount == 4 && now.state.lastStatus == nil && now.state.lastDuration == .milliseconds(5))
        #expect(try await store.totals() == Totals(watches: 1, unviewed: 1, failing: 1))
        #expect(
            try await store.checks(of: watch.id, limit: 10).map(\.result) == [.failed, .unchanged, .changed, .first])
        let snapshots = try await store.snapshots(of: watch.id)
        #expect(snapshots.map(\.version.seconds) == [1_700_000_001, 1_700_000_002])
        #expect(try await store.text(of: watch.id, version: SnapshotVersion(1_700_000_001)) == Array("one".utf8))
        #expect(try await store.latestText(of: watch.id) == Array("two".utf8))
        let well = try await store.record(.verdict(watch.id, at: 5, .sameBytes))
        #expect(well.totalsChanged)
        #expect(try await store.watch(watch.id)?.state.lastFailure == nil)
        #expect(try await store.watch(watch.id)?.state.consecutiveFailures == 0)
    }

    /// An outcome and what it must leave on a watch whose newest text is "old".
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let make: @Sendable (WatchID, Int64) -> CheckOutcome
        let result: CheckResult
        let keeps: Bool
        /// The validator and the checksums that the next check starts from.
        let previous: PreviousCheck
        var testDescription: String { name }
    }

    private static let old = Checksum(bytes: Array("old".utf8))
    private static let new = Checksum(bytes: Array("new".utf8))

    static let cases: [Case] = [
        Case(
            name: "not modified",
            make: { watch, revision in
                CheckOutcome(
                    watch: watch, revision: revision, startedAt: .at(50), duration: .milliseconds(1), status: 304,
                    result: .notModified)
            }, result: .unchanged, keeps: false,
            previous: PreviousCheck(etag: "e1", pageChecksum: old, textChecksum: old)),
        Case(
            name: "same bytes", make: { .verdict($0, revision: $1, at: 50, .sameBytes, etag: "e2") },
            result: .unchanged, keeps: false,
            previous: PreviousCheck(etag: "e2", pageChecksum: Checksum(bytes: [1]), textChecksum: old)),
        Case(
            name: "same text", make: { .verdict($0, revision: $1, at: 50, .sameText, text: "old") }, result: .unchanged,
            keeps: false,
            previous: PreviousCheck(pageChecksum: old, textChecksum: old)),
        Case(
            name: "changed", make: { .changed($0, revision: $1, at: 50, "new") }, result: .changed, keeps: true,
            previous: PreviousCheck(pageChecksum: new, textChecksum: new)),
        Case(
            name: "changed to the very text that is there", make: { .changed($0, revision: $1, at: 50, "old") },
            result: .unchanged,
            keeps: false, previous: PreviousCheck(pageChecksum: old, textChecksum: old)),
        Case(
            name: "blocked",
            make: { .verdict($0, revision: $1, at: 50, .blocked(text: Array("new".utf8)), text: "new", etag: "e3") },
            result: .unchanged, keeps: false, previous: PreviousCheck(etag: "e3", pageChecksum: new, textChecksum: old)),
        Case(
            name: "failed", make: { .failed($0, revision: $1, at: 50, CheckFailure(.noFilterMatch, ".price")) },
            result: .failed,
            keeps: false, previous: PreviousCheck(etag: "e1", pageChecksum: old, textChecksum: old)),
    ]

    private static func prepared(_ fixture: Fixture) async throws -> WatchID {
        let watch = try await fixture.add().id
        _ = try await fixture.store.record(
            .verdict(watch, at: 10, .changed(text: Array("old".utf8)), text: "old", etag: "e1"))
        return watch
    }

    @Test("each outcome leaves its validators, snapshot, record and due time", arguments: cases)
    func outcome(_ example: Case) async throws {
        let fixture = try Fixture()
        let watch = try await Self.prepared(fixture)
        let recorded = try await fixture.store.record(example.make(watch, 1))
        #expect(recorded.result == example.result && !recorded.gone && !recorded.superseded)
        #expect((recorded.version != nil) == example.keeps)
        let job = try #require(try await fixture.store.checkJob(watch))
        #expect(job.previous == example.previous)
        let now = try #require(try await fixture.store.watch(watch))
        #expect(now.state.historyCount == (example.keeps ? 2 : 1) && now.state.nextDue == .at(1050))
        #expect(now.state.checkCount == 2)
        #expect(try await fixture.store.checks(of: watch, limit: 1).first?.result == example.result)
        let total = try await fixture.store.totals()
        #expect(recorded.totalsChanged == (total != Totals(watches: 1)))
    }

    @Test("an outcome found before an edit leaves a record and nothing else", arguments: cases)
    func superseded(_ example: Case) async throws {
        let fixture = try Fixture()
        let watch = try await Self.prepared(fixture)
        _ = try await fixture.store.update(watch, now: .at(20)) { $0.settings.includeFilters = [".price"] }
        let before = try #require(try await fixture.store.checkJob(watch, now: .at(30)))
        let recorded = try await fixture.store.record(example.make(watch, 1))
        #expect(recorded.superseded && recorded.version == nil && !recorded.totalsChanged)
        #expect(try await fixture.store.checkJob(watch, now: .at(30)) == before)
        let now = try #require(try await fixture.store.watch(watch))
        #expect(now.state.nextDue == .at(20) && now.state.lastChecked == .at(50) && now.state.lastFailure == nil)
        #expect(now.state.historyCount == 1)
        #expect(try await fixture.store.checks(of: watch, limit: 9).count == 2)
    }

    @Test(
        "an outcome of a watch that is gone stores nothing, and its neighbours in the batch are stored",
        arguments: cases)
    func gone(_ example: Case) async throws {
        let fixture = try Fixture()
        let watch = try await Self.prepared(fixture)
        let other = try await fixture.add()
        #expect(try await fixture.store.delete([watch]) == [watch])
        let recorded = try await fixture.store.record([
            DatedOutcome(example.make(watch, 1), nextDue: .at(99)),
            DatedOutcome(.changed(other.id, at: 50, "new"), nextDue: .at(99)),
        ])
        #expect(recorded.map(\.gone) == [true, false] && recorded.last?.result == .first)
        #expect(try await fixture.store.checks(of: watch, limit: 9).isEmpty)
        #expect(try await fixture.store.totals() == Totals(watches: 1))
    }

    @Test("an outcome of a watch that was paused meanwhile is kept, and it stays paused", arguments: cases)
    func paused(_ example: Case) async throws {
        let fixture = try Fixture()
        let watch = try await Self.prepared(fixture)
        #expect(try await fixture.store.setPaused([watch], true, now: .at(20)) == [watch])
        let recorded = try await fixture.store.record(example.make(watch, 1))
        #expect(recorded.result == example.result && (recorded.version != nil) == example.keeps)
        let now = try #require(try await fixture.store.watch(watch))
        #expect(now.paused && now.state.nextDue == nil && now.state.lastChecked == .at(50))
    }

    @Test(
        "a first text that is held back is kept, and the next one counts only when it differs from it",
        arguments: ["one", "two"])
    func blockedFirst(next: String) async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        let first = try await fixture.store.record(
            .verdict(watch, at: 1, .blocked(text: Array("one".utf8)), text: "one"))
        #expect(first.result == .first && first.version != nil)
        #expect(try await fixture.store.checkJob(watch)?.previous.textChecksum == nil)
        let second = try await fixture.store.record(.changed(watch, at: 2, next))
        #expect(second.result == (next == "one" ? .unchanged : .changed))
        #expect(try await fixture.store.watch(watch)?.state.historyCount == (next == "one" ? 1 : 2))
        #expect(try await fixture.store.checkJob(watch)?.previous.textChecksum == Checksum(bytes: Array(next.utf8)))
    }

    @Test("a text that comes back is kept once and reads back, and versions within one second follow each other")
    func thereAndBack() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        var versions: [SnapshotVersion] = []
        for text in ["A", "B", "A", "B"] {
            versions.append(try #require(try await fixture.store.record(.changed(watch, at: 5.4, text)).version))
        }
        #expect(versions.map(\.seconds) == [1_700_000_005, 1_700_000_006, 1_700_000_007, 1_700_000_008])
        for (version, text) in zip(versions, ["A", "B", "A", "B"]) {
            #expect(try await fixture.store.text(of: watch, version: version) == Array(text.utf8))
        }
        let neighbours = try await fixture.store.neighbours(of: watch, version: versions[1])
        #expect(neighbours.previous == versions[0] && neighbours.next == versions[2])
        #expect(try await fixture.store.neighbours(of: watch, version: SnapshotVersion(1)).previous == nil)
    }

    @Test("one watch may stand more than once in a batch, and changes of one batch build on each other")
    func twiceInABatch() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        let texts = (0..<5).map { number in (0..<80).map { "line \($0) \($0 == number ? "x" : "")\n" }.joined() }
        let recorded = try await fixture.store.record(
            texts.enumerated().map { DatedOutcome(.changed(watch, at: Double($0), $1), nextDue: nil) })
        #expect(recorded.map(\.result) == [.first, .changed, .changed, .changed, .changed])
        for (check, text) in zip(recorded, texts) {
            #expect(try await fixture.store.text(of: watch, version: try #require(check.version)) == Array(text.utf8))
        }
    }

    @Test("texts of all sizes read back, whole and as deltas", arguments: [0, 1, 100, 70_000, 3_000_000])
    func sizes(count: Int) async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        var text = (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 7 ^ $0) }
        for round in 0..<3 {
            let checksum = Checksum(bytes: [UInt8(round)])
            let outcome = CheckOutcome(
                watch: watch, revision: 1, startedAt: .at(Double(round)), duration: .zero,
                result: .verdict(
                    Verdict(decision: .changed(text: text), pageChecksum: checksum, textChecksum: checksum)))
            let version = try #require(try await fixture.store.record(outcome).version)
            #expect(try await fixture.store.text(of: watch, version: version) == text)
            text.insert(contentsOf: Array("edit \(round)".utf8), at: text.count / 2)
        }
    }

    @Test(
        "a page that goes on changing in one place costs little each time, and no version is more than a step from a whole text"
    )
    func shortChains() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        var texts: [SnapshotVersion: String] = [:]
        for round in 0..<40 {
            let text = (0..<300).map { "line \($0): \($0 == 150 ? "edit \(round)" : "\($0 &* 7919)")" }.joined(
                separator: "\n")
            let check = try await fixture.store.record(.changed(watch, at: Double(round), text))
            texts[try #require(check.version)] = text
        }
        let (depth, largest) = try fixture.contents(where: "depth > 0")
        #expect(depth == 1)
        #expect(largest < 500)
        for (version, text) in texts {
            #expect(try await fixture.store.text(of: watch, version: version) == Array(text.utf8))
        }
    }

    @Test("a page that grows makes chains, but none that is longer than allowed")
    func growingChains() async throws {
        var options = StoreOptions()
        options.longestChain = 4
        let fixture = try Fixture(options)
        let watch = try await fixture.add().id
        var lines = (0..<200).map { "line \($0): \($0 &* 7919)" }
        for round in 0..<60 {
            lines.append(contentsOf: (0..<20).map { "news \(round * 20 + $0): \((round * 20 + $0) &* 104_729)" })
            let text = lines.joined(separator: "\n")
            let version = try #require(try await fixture.store.record(.changed(watch, at: Double(round), text)).version)
            #expect(try await fixture.store.text(of: watch, version: version) == Array(text.utf8))
        }
        let (depth, _) = try fixture.contents(where: "depth > 0")
        #expect(depth == 3)
    }

    @Test("old check records and old snapshots go as new ones come")
    func retention() async throws {
        var options = StoreOptions()
        options.checksKept = 5
        options.snapshotsKept = 3
        let fixture = try Fixture(options)
        let watch = try await fixture.add().id
        for number in 0..<12 {
            _ = try await fixture.store.record(.changed(watch, at: Double(number), "text \(number)"))
        }
        let checks = try await fixture.store.checks(of: watch, limit: 100)
        #expect(checks.map(\.startedAt) == [.at(11), .at(10), .at(9), .at(8), .at(7)])
        let snapshots = try await fixture.store.snapshots(of: watch)
        #expect(snapshots.map(\.takenAt) == [.at(9), .at(10), .at(11)])
        #expect(try await fixture.store.text(of: watch, version: snapshots[0].version) == Array("text 9".utf8))
        #expect(try await fixture.store.watch(watch)?.state.historyCount == 3)
    }

    @Test("the page's title and type are kept and can be searched for; hostile lengths are cut")
    func description() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        let title = "Straße \"quoted\" " + String(repeating: "t", count: 5000)
        _ = try await fixture.store.record(.verdict(watch, at: 1, .changed(text: [1]), text: "x", title: title))
        let now = try #require(try await fixture.store.watch(watch))
        #expect(now.state.pageTitle?.count == 2000 && now.state.contentType == "text/html")
        #expect(try await fixture.store.page(WatchQuery(search: "straße \"q")).matching == 1)
    }

    @Test("dates, durations and counts beyond all reason are cut and trap nothing")
    func beyondReason() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        let outcome = CheckOutcome(
            watch: watch, revision: 1, startedAt: Date(timeIntervalSince1970: -.infinity),
            duration: .seconds(Int64.max),
            status: Int.max, byteCount: -5, result: .failed(CheckFailure(.timeout, String(repeating: "\0", count: 900)))
        )
        let recorded = try await fixture.store.record([
            DatedOutcome(outcome, nextDue: Date(timeIntervalSince1970: .nan))
        ])
        #expect(recorded.first?.result == .failed)
        #expect(try await fixture.store.rows([watch]).count == 1)
        for (second, title) in ["nul \0 inside", "", "\u{FFFF}\u{202E}", "nul \0 inside"].enumerated() {
            _ = try await fixture.store.record(.verdict(watch, at: Double(second), .sameText, text: "x", title: title))
            #expect(try await fixture.store.watch(watch)?.state.pageTitle == title)
        }
        try await RandomTests.recount(fixture.path)
    }
}
