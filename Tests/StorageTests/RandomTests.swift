import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Testing

/// Numbers that look random and are the same for the same seed (SplitMix64, Steele, Lea and Flood 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// What the database guarantees, counted anew after many random changes.
@Suite("Guarantees")
struct RandomTests {
    /// What the tests expect of one watch.
    private struct Expected {
        var revision: Int64 = 1
        var texts: [SnapshotVersion: [UInt8]] = [:]
    }

    /// Expects all that the schema keeps counted to be what counting gives.
    static func recount(_ path: String, checksKept: Int = 100) async throws {
        try await DatabaseQueue(path: path).read { db in
            let counted = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*) AS watches, coalesce(sum(paused), 0) AS paused, coalesce(sum(unviewed), 0) AS unviewed,
                        coalesce(sum(failing), 0) AS failing, (SELECT count(*) FROM tag) AS tags FROM watch
                    """)
            let kept = try Row.fetchOne(db, sql: "SELECT watches, paused, unviewed, failing, tags FROM totals")
            #expect(kept == counted)
            for sql in [
                """
                SELECT id FROM content WHERE reference_count = 0 OR reference_count <>
                    (SELECT count(*) FROM snapshot WHERE content = content.id)
                    + (SELECT count(*) FROM content AS delta WHERE delta.base = content.id)
                """,
                "SELECT content.id FROM content JOIN content AS base ON base.id = content.base WHERE content.depth <> base.depth + 1",
                """
                SELECT id FROM watch WHERE history_count <> (SELECT count(*) FROM snapshot WHERE watch = watch.id)
                    OR newest_version IS NOT (SELECT max(version) FROM snapshot WHERE watch = watch.id)
                """,
                // One more where the check that read the page last is older than all that are kept.
                """
                SELECT watch FROM check_record WHERE number IS NOT (SELECT last_read FROM watch WHERE id = check_record.watch)
                    GROUP BY watch HAVING count(*) > \(checksKept)
                """,
            ] {
                let wrong = try Int64.fetchAll(db, sql: sql)
                #expect(wrong.isEmpty, "\(sql)")
            }
            #expect(try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil)
            #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
        }
        // Throws when the index of triples says anything that the rows do not.
        try await DatabaseQueue(path: path).write { db in
            try db.execute(sql: "INSERT INTO watch_search (watch_search, rank) VALUES ('integrity-check', 1)")
        }
    }

    @Test(
        "totals, reference counts, histories and the search index equal a recount after random changes",
        arguments: 0..<5)
    func recounted(run: Int) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of run \(run): \(seed)")
        var numbers = SeededNumbers(state: seed)
        var options = StoreOptions()
        options.checksKept = 7
        options.longestChain = 1 + run % 5
        options.snapshotsKept = run % 2 == 0 ? nil : 4
        let fixture = try Fixture(options)
        let store = fixture.store
        var expected: [WatchID: Expected] = [:]
        var clock = 0.0
        var tags: [TagID] = []
        for step in 0..<300 {
            clock += Double.random(in: 0..<2, using: &numbers)
            let known = expected.keys.sorted { $0.description < $1.description }
            let chosen = known.randomElement(using: &numbers)
            switch Int.random(in: 0..<20, using: &numbers) {
            case 0, 1:
                let watch = try await store.create(
                    [
                        NewWatch(
                            url: "http://example.com/\(step)", title: step % 3 == 0 ? "Titel \(step)" : nil,
                            tagTitles: step % 4 == 0 ? ["Tag \(step % 5)"] : [],
                            tags: tags.randomElement(using: &numbers).map { [$0] } ?? [],
                            paused: step % 5 == 0)
                    ], now: .at(clock))
                for watch in watch { expected[watch.id] = Expected() }
                tags = try await store.tags().map(\.id)
            case 2:
                guard let chosen, known.count > 4 else { continue }
                #expect(try await store.delete([chosen, WatchID()]) == [chosen])
                expected[chosen] = nil
            case 3:
                guard let chosen else { continue }
                _ = try await store.setPaused([chosen], Bool.random(using: &numbers), now: .at(clock))
            case 4:
                guard let chosen else { continue }
                _ = try await store.update(chosen, now: .at(clock)) { $0.url += "x" }
                expected[chosen]?.revision += 1
            case 5:
                guard let chosen else { continue }
                #expect(try await store.clearHistory(chosen, now: .at(clock)))
                expected[chosen]?.revision += 1
                expected[chosen]?.texts = [:]
            case 6:
                guard let chosen else { continue }
                _ = try await store.markViewed(chosen)
            case 7:
                guard let chosen else { continue }
                _ = try await store.update(chosen, now: .at(clock)) { $0.state.lastViewed = SnapshotVersion(0) }
            case 8:
                if let tag = tags.randomElement(using: &numbers) { _ = try await store.deleteTag(tag, now: .at(0)) }
                tags = try await store.tags().map(\.id)
            default:
                var outcomes: [DatedOutcome] = []
                for _ in 0..<Int.random(in: 1..<6, using: &numbers) {
                    guard let watch = known.randomElement(using: &numbers) else { continue }
                    let revision = expected[watch]?.revision ?? 1
                    let stale = Int.random(in: 0..<8, using: &numbers) == 0
                    clock += 1
                    // Few different texts, so that contents are shared and come back.
                    let number = Int.random(in: 0..<12, using: &numbers)
                    let text = (0..<60).map { "line \($0) \($0 == number ? "edited" : "plain")" }.joined(
                        separator: "\n")
                    let outcome: CheckOutcome =
                        switch Int.random(in: 0..<5, using: &numbers) {
                        case 0:
                            .failed(
                                watch, revision: stale ? revision + 1 : revision, at: clock,
                                CheckFailure(.timeout, "\(number)"))
                        case 1:
                            .verdict(
                                watch, revision: stale ? revision + 1 : revision, at: clock, .sameText, text: text,
                                title: "Seite \(number)")
                        default: .changed(watch, revision: stale ? revision + 1 : revision, at: clock, text)
                        }
                    outcomes.append(DatedOutcome(outcome, nextDue: .at(clock + 100)))
                }
                let recorded = try await store.record(outcomes)
                for (dated, check) in zip(outcomes, recorded) {
                    guard let version = check.version, case .verdict(let verdict) = dated.outcome.result,
                        case .changed(let text) = verdict.decision
                    else { continue }
                    expected[check.watch]?.texts[version] = text
                }
            }
        }
        try await Self.recount(fixture.path, checksKept: 7)
        for (watch, expected) in expected {
            let snapshots = try await store.snapshots(of: watch)
            let kept = expected.texts.keys.sorted().suffix(options.snapshotsKept ?? .max)
            #expect(snapshots.map(\.version) == Array(kept))
            for snapshot in snapshots {
                let text = try await store.text(of: watch, version: snapshot.version)
                #expect(text == expected.texts[snapshot.version])
                #expect(snapshot.byteCount == text?.count)
            }
        }
        _ = try await store.delete(Array(expected.keys))
        try await Self.recount(fixture.path, checksKept: 7)
        let left = try await DatabaseQueue(path: fixture.path).read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM content")
        }
        #expect(left == 0, "contents that nobody refers to")
    }
}
