import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Testing

@Suite("Checking a database")
struct DatabaseCheckTests {
    /// A database with some history, closed; its path.
    private static func filled() async throws -> (Fixture, [WatchID]) {
        let fixture = try Fixture()
        let ids = try await fixture.store.create(
            (0..<3).map { NewWatch(url: "http://example.com/\($0)", tagTitles: ["A tag"]) }, now: .at(0)
        ).map(\.id)
        for round in 0..<20 {
            for id in ids {
                let text = (0..<200).map { "line \($0) \($0 == round ? "\(id)" : "")\n" }.joined()
                _ = try await fixture.store.record(.changed(id, at: Double(round), text))
            }
        }
        return (fixture, ids)
    }

    private static func change(_ path: String, _ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let other = try DatabaseQueue(path: path, configuration: configuration)
        try other.writeWithoutTransaction { db in try db.execute(sql: sql) }
        try other.close()
    }

    @Test("a sound database is well, while it is open and after it is closed")
    func well() async throws {
        let (fixture, _) = try await Self.filled()
        for _ in 0..<2 {
            let check = DatabaseCheck(of: fixture.path)
            #expect(check.findings == [] && check.watches == 3 && check.texts == 60)
            try fixture.store.close()
        }
    }

    @Test("bytes that were changed are found, wherever they are", arguments: [1, 2, 3, 5, 8, 13])
    func damagedPages(part: Int) async throws {
        let (fixture, _) = try await Self.filled()
        try fixture.store.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: fixture.path))
        let length = Int(try file.seekToEnd())
        try file.seek(toOffset: UInt64(length / 4096 * part / 14 * 4096))
        try file.write(contentsOf: Data(repeating: 0xA5, count: 8192))
        try file.close()
        let check = DatabaseCheck(of: fixture.path)
        #expect(check.findings.contains { [.damaged, .history].contains($0.kind) }, "\(check.findings)")
    }

    @Test("a file that is none of ours, an empty one and none are told apart")
    func foreign() throws {
        let folder = Fixture.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = folder + "/text.db"
        try String(repeating: "dear diary ", count: 1000).write(toFile: text, atomically: true, encoding: .utf8)
        #expect(DatabaseCheck(of: text).findings.map(\.kind) == [.foreign])
        let other = folder + "/other.db"
        try Self.change(other, "CREATE TABLE notes (text TEXT)")
        #expect(DatabaseCheck(of: other).findings.map(\.kind) == [.foreign])
        try Data().write(to: URL(filePath: folder + "/empty.db"))
        #expect(DatabaseCheck(of: folder + "/empty.db").findings.map(\.kind) == [.missing])
        #expect(DatabaseCheck(of: folder + "/none.db").findings.map(\.kind) == [.missing])
        #expect(!FileManager.default.fileExists(atPath: folder + "/none.db"))
    }

    @Test(
        "rows that contradict each other are found",
        arguments: [
            ("UPDATE totals SET watches = 7", DatabaseCheck.Kind.counts),
            ("UPDATE watch SET history_count = history_count + 1 WHERE id = 2", .counts),
            ("UPDATE content SET reference_count = reference_count + 1 WHERE id = 4", .counts),
            ("DELETE FROM tag", .references),
            ("DROP TRIGGER content_never_edited; UPDATE content SET body = x'00' WHERE id = 3", .history),
            ("DROP TRIGGER content_never_edited; UPDATE content SET hash = randomblob(32) WHERE id = 3", .history),
        ])
    func rows(sql: String, kind: DatabaseCheck.Kind) async throws {
        let (fixture, _) = try await Self.filled()
        try fixture.store.close()
        try Self.change(fixture.path, sql)
        let check = DatabaseCheck(of: fixture.path)
        #expect(check.findings.contains { $0.kind == kind }, "\(check.findings)")
    }

    @Test("an older version's database is looked at as far as its pages go")
    func old() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/before-the-table.db")
        let folder = Fixture.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: golden.path, toPath: folder + "/old.db")
        try Self.change(folder + "/old.db", "DELETE FROM grdb_migrations WHERE identifier LIKE '12%'")
        let check = DatabaseCheck(of: folder + "/old.db")
        #expect(check.isOfOldVersion && check.isWell && check.watches == nil)
    }
}
