import Domain
import Foundation
import GRDB
import StoreTestKit
import Testing

@testable import Storage

@Suite("Kept bodies and deltas")
struct BodiesTests {
    private static func page(_ numbers: inout SeededNumbers, _ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(ascii: "a") + UInt8.random(in: 0..<16, using: &numbers) }
    }

    private static func edited(_ page: [UInt8], _ numbers: inout SeededNumbers) -> [UInt8] {
        var page = page
        for _ in 0..<Int.random(in: 0...3, using: &numbers) {
            let from = Int.random(in: 0...page.count, using: &numbers)
            let count = min(Int.random(in: 0...20, using: &numbers), page.count - from)
            let new = Self.page(&numbers, Int.random(in: 0...20, using: &numbers))
            page.replaceSubrange(from..<from + count, with: new)
        }
        return page
    }

    @Test("a delta gives the text back that it was made of, whatever the texts share")
    func deltas() throws {
        let seed = UInt64.random(in: .min ... .max)
        var numbers = SeededNumbers(state: seed)
        let codec = try TextCodec(level: 3)
        for round in 0..<500 {
            let old = Self.page(&numbers, [0, 1, 7, 8, 9, 300, 5000][round % 7])
            let new = round.isMultiple(of: 11) ? Self.page(&numbers, 200) : Self.edited(old, &numbers)
            let delta = try codec.pressed(new, against: old)
            #expect(try codec.text(delta, length: new.count, against: old) == new, "seed \(seed), round \(round)")
        }
    }

    @Test(
        "ends never overlap, however often a text repeats itself",
        arguments: [
            ("", ""), ("a", ""), ("aaaa", "aa"), ("aa", "aaaa"), ("abab", "ab"), ("xay", "xy"), ("same", "same"),
        ])
    func ends(_ one: String, _ other: String) throws {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        let ends = SharedEnds(of: one, and: other)
        #expect(ends.before + ends.after <= min(one.count, other.count))
        #expect(one.prefix(ends.before) == other.prefix(ends.before))
        #expect(one.suffix(ends.after) == other.suffix(ends.after))
        let decoded = try #require(SharedEnds.decoded((ends.encoded + [9])[...]))
        #expect(decoded.ends == ends)
        #expect(Array(decoded.rest) == [9])
    }

    @Test(
        "a damaged delta is refused, not read past its end",
        arguments: [[0], [0, 0x80], [0, 5, 5], [0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0], [0, 1, 1, 0x28, 0xB5]] as [[UInt8]])
    func damaged(_ delta: [UInt8]) throws {
        let codec = try TextCodec(level: 3)
        #expect(throws: TextCodec.Failure.self) {
            try codec.text(delta, length: 4, against: Array("abc".utf8))
        }
    }

    /// Records one body after the other, one a second.
    private struct Teller {
        let fixture: Fixture
        let watch: WatchID
        var second = 0.0

        init(kept: Int) async throws {
            var options = StoreOptions()
            options.bodiesKept = kept
            fixture = try Fixture(options)
            watch = try await fixture.add().id
        }

        mutating func tell(_ body: [UInt8]) async throws -> SnapshotVersion {
            second += 1
            let revision = try await fixture.store.checkJob(watch)?.revision ?? 1
            var outcome = CheckOutcome.changed(watch, revision: revision, at: second, "text \(second)")
            outcome.body = body
            let recorded = try await fixture.store.record([DatedOutcome(outcome, nextDue: .at(9000))])
            return try #require(recorded.first?.version)
        }

        func count(_ sql: String) throws -> Int {
            let other = try DatabaseQueue(path: fixture.path)
            defer { try? other.close() }
            return try other.read { try Int.fetchOne($0, sql: sql) } ?? -1
        }
    }

    @Test("the newest bodies read back after any row of small and great changes")
    func readBack() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var numbers = SeededNumbers(state: seed)
        var teller = try await Teller(kept: 3)
        var body = Self.page(&numbers, 4000)
        var told: [(version: SnapshotVersion, body: [UInt8])] = []
        for round in 0..<40 {
            body = round.isMultiple(of: 7) ? Self.page(&numbers, 3000) : Self.edited(body, &numbers)
            told.append((try await teller.tell(body), body))
            for (place, one) in told.reversed().enumerated() {
                let kept = try await teller.fixture.store.body(of: teller.watch, version: one.version)
                #expect(kept?.bytes == (place < 3 ? one.body : nil), "seed \(seed), round \(round), \(place) before")
                if place == 3 { break }
            }
        }
        #expect(try teller.count("SELECT count(*) FROM body_base") == 1)
    }

    @Test("a small change of a page costs less than half a kilobyte")
    func size() async throws {
        var numbers = SeededNumbers(state: 7)
        var teller = try await Teller(kept: 2)
        var body = Self.page(&numbers, 50_000)
        _ = try await teller.tell(body)
        for _ in 0..<5 {
            body.replaceSubrange(20_000..<20_010, with: Self.page(&numbers, 10))
            _ = try await teller.tell(body)
        }
        #expect(try teller.count("SELECT max(length(body)) FROM page_body") < 512)
    }

    @Test("no base outlives the bodies made against it")
    func release() async throws {
        var teller = try await Teller(kept: 2)
        _ = try await teller.tell([1, 2, 3])
        _ = try await teller.tell([1, 2, 4])
        _ = try await teller.fixture.store.clearHistory(teller.watch, now: .at(50))
        #expect(try teller.count("SELECT count(*) FROM body_base") == 0)
        _ = try await teller.tell([5])
        #expect(try teller.count("SELECT count(*) FROM body_base") == 1)
        _ = try await teller.fixture.store.delete([teller.watch])
        #expect(try teller.count("SELECT count(*) FROM body_base") == 0)
    }

    @Test("two outcomes of a watch in one go are kept, though the first takes away the second's base")
    func twoAtOnce() async throws {
        var numbers = SeededNumbers(state: 3)
        var teller = try await Teller(kept: 2)
        let first = Self.page(&numbers, 3000)
        _ = try await teller.tell(first)
        let other = Self.page(&numbers, 3000)
        let outcomes = [other, first + [1]].enumerated().map { place, body in
            var outcome = CheckOutcome.changed(teller.watch, at: 10 + Double(place), "text at \(place)")
            outcome.body = body
            return DatedOutcome(outcome, nextDue: .at(9000))
        }
        let versions = try await teller.fixture.store.record(outcomes).compactMap(\.version)
        try #require(versions.count == 2)
        #expect(try await teller.fixture.store.body(of: teller.watch, version: versions[0])?.bytes == other)
        #expect(try await teller.fixture.store.body(of: teller.watch, version: versions[1])?.bytes == first + [1])
    }

    @Test("a damaged base costs the bodies made against it and no later one")
    func damagedBase() async throws {
        var teller = try await Teller(kept: 2)
        let first = try await teller.tell(Array("<p>one".utf8))
        let other = try DatabaseQueue(path: teller.fixture.path)
        try await other.write { try $0.execute(sql: "UPDATE body_base SET body = x'00'") }
        try other.close()
        let (store, watch) = (teller.fixture.store, teller.watch)
        await #expect(throws: StoreError.self) { try await store.body(of: watch, version: first) }
        let second = try await teller.tell(Array("<p>two".utf8))
        #expect(try await store.body(of: watch, version: second)?.bytes == Array("<p>two".utf8))
    }
}
