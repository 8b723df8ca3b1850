import Domain
import Foundation
import GRDB
import StoreTestKit
import Testing

@testable import Storage

@Suite("Pictures take room only while somebody can see them")
struct PictureTests {
    private static func picture(_ byte: UInt8, count: Int = 20_000) -> Picture {
        Picture(mediaType: "image/png", width: 3, height: 2, bytes: [UInt8](repeating: byte, count: count))
    }

    /// Tells a change to a picture; answers its version.
    @discardableResult
    private func tell(_ fixture: Fixture, _ watch: WatchID, _ seconds: Double, _ picture: Picture) async throws
        -> SnapshotVersion
    {
        let revision = try #require(try await fixture.store.checkJob(watch)).revision
        var outcome = CheckOutcome.changed(
            watch, revision: revision, at: seconds, "picture \(picture.bytes[0]) \(seconds)")
        guard case .verdict(var verdict) = outcome.result else { fatalError("a verdict was made") }
        verdict.picture = picture
        outcome.result = .verdict(verdict)
        let recorded = try await fixture.store.record([DatedOutcome(outcome, nextDue: .at(90_000))])
        return try #require(recorded.first?.version)
    }

    /// How many pictures there are, and how many bytes they have.
    private func stored(_ fixture: Fixture) throws -> (count: Int, bytes: Int) {
        let other = try DatabaseQueue(path: fixture.path)
        defer { try? other.close() }
        return try other.read { db in
            let row = try Row.fetchOne(db, sql: "SELECT count(*), coalesce(sum(length(body)), 0) FROM picture")
            return (row?[0] ?? 0, row?[1] ?? 0)
        }
    }

    @Test(
        "the newest versions have theirs, older ones are known to have had one, and the next is compared with the newest"
    )
    func newest() async throws {
        var options = StoreOptions()
        options.picturesKept = 3
        let fixture = try Fixture(options)
        let store = fixture.store
        let watch = try await fixture.add().id
        _ = try await store.update(watch, now: .at(0)) { $0.settings.processor = .image }
        var versions: [SnapshotVersion] = []
        for number in 1...6 {
            versions.append(try await tell(fixture, watch, Double(number), Self.picture(UInt8(number))))
        }
        for (index, version) in versions.enumerated() {
            let isKept = index >= 3
            #expect(try await store.pictureState(of: watch, version: version) == (isKept ? .kept : .letGo))
            #expect(
                try await store.picture(of: watch, version: version)?.bytes.first == (isKept ? UInt8(index + 1) : nil))
            #expect(try await store.text(of: watch, version: version) != nil)
        }
        #expect(try await store.pictureState(of: watch, version: SnapshotVersion(9)) == nil)
        #expect(try await store.checkJob(watch)?.previous.picture == Self.picture(6))
        #expect(try stored(fixture).count == 3)
    }

    @Test("equal pictures are stored once, whoever shows them, until the last of them goes")
    func shared() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let one = try await fixture.add("http://a.example/").id, other = try await fixture.add("http://b.example/").id
        for number in 1...10 {
            // A lamp that goes on and off.
            try await tell(fixture, one, Double(number), Self.picture(UInt8(number % 2)))
            try await tell(fixture, other, Double(number), Self.picture(UInt8(number % 2)))
        }
        #expect(try stored(fixture) == (2, 40_000))
        _ = try await store.delete([one])
        #expect(try stored(fixture).count == 2)
        #expect(
            try await store.picture(of: other, version: try #require(try await store.watch(other)?.state.newestVersion))
                == Self.picture(0))
        _ = try await store.clearHistory(other, now: .at(20))
        #expect(try stored(fixture) == (0, 0))
        try await store.quickCheck()
    }

    @Test("a watch's limit of versions takes pictures with it")
    func historyLimit() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add().id
        _ = try await fixture.store.update(watch, now: .at(0)) { $0.settings.historyLimit = 2 }
        for number in 1...5 { try await tell(fixture, watch, Double(number), Self.picture(UInt8(number))) }
        #expect(try stored(fixture).count == 2)
    }

    @Test("a year of pictures does not make the file grow, and what a deletion leaves goes back to the file system")
    func growth() async throws {
        var options = StoreOptions()
        options.picturesKept = 4
        options.snapshotsKept = 50
        let fixture = try Fixture(options)
        let store = fixture.store
        let watch = try await fixture.add().id
        for number in 0..<20 {
            try await tell(fixture, watch, Double(number), Self.picture(UInt8(number), count: 1 << 20))
        }
        let early = try await Self.pages(fixture.path)
        for number in 20..<120 {
            try await tell(fixture, watch, Double(number), Self.picture(UInt8(number), count: 1 << 20))
        }
        let late = try await Self.pages(fixture.path)
        #expect(late.all <= early.all + early.all / 10, "\(early) then \(late)")
        _ = try await store.delete([watch])
        // More than is given back at a time.
        #expect(try await Self.pages(fixture.path).free > 1000)
        try await store.optimize()
        let left = try await Self.pages(fixture.path)
        #expect(left.free == 0 && left.all * 10 < late.all, "\(left)")
        try await store.quickCheck()
    }

    private static func pages(_ path: String) async throws -> (all: Int, free: Int) {
        try await DatabaseQueue(path: path).read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0,
                try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            )
        }
    }

    @Test("pictures of a database from before are moved, equal ones together")
    func migration() async throws {
        let folder = Fixture.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/turnstone.db"
        try Store.open(at: path).close()
        try FileManager.default.removeItem(atPath: path)
        let old = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(old, upTo: "7 pictures")
        let uuid = WatchID()
        try await old.write { db in
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            try db.execute(
                sql: """
                    INSERT INTO watch (id, uuid, created_at, next_due_at, url) VALUES (1, ?, 0, 0, 'http://a.example/');
                    INSERT INTO content (id, hash, byte_count, body) VALUES (1, randomblob(32), 0, x'');
                    INSERT INTO snapshot (watch, version, taken_at, content) VALUES (1, 1, 0, 1), (1, 2, 0, 1), (1, 3, 0, 1);
                    """, arguments: [Data(withUnsafeBytes(of: uuid.uuid.uuid) { Array($0) })])
            for (version, byte) in [(1, 7), (2, 8), (3, 7)] {
                try db.execute(
                    sql: "INSERT INTO picture VALUES (1, ?, 'image/png', 3, 2, ?)",
                    arguments: [version, Data(Self.picture(UInt8(byte)).bytes)])
            }
        }
        try old.close()
        let store = try Store.open(at: path)
        for (version, byte) in [(1, 7), (2, 8), (3, 7)] {
            let moved = try await store.picture(of: uuid, version: SnapshotVersion(Int64(version)))
            #expect(moved == Self.picture(UInt8(byte)))
        }
        try await store.quickCheck()
        try store.close()
        let counts = try await DatabaseQueue(path: path).read { db in
            try Int.fetchAll(db, sql: "SELECT reference_count FROM picture ORDER BY id")
        }
        #expect(counts == [2, 1])
    }
}
