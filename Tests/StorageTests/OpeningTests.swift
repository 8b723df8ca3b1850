import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Testing

@Suite("Opening")
struct OpeningTests {
    @Test("migrations make the schema of the golden file")
    func goldenSchema() async throws {
        let fixture = try Fixture()
        let parts = try await DatabaseQueue(path: fixture.path).read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT sql || ';' FROM sqlite_schema
                    WHERE sql IS NOT NULL AND name NOT LIKE 'watch_search_%' AND name <> 'grdb_migrations'
                    ORDER BY tbl_name = 'watch_search', tbl_name, type <> 'table', type, name
                    """)
        }
        let schema = parts.joined(separator: "\n\n") + "\n"
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/schema.sql")
        let expected = (try? String(contentsOf: golden, encoding: .utf8)) ?? ""
        if schema != expected {
            // In the checkout's own folder of what is built, so that tests of two checkouts do not overwrite each
            // other's.
            let actual = URL(fileURLWithPath: #filePath).appending(path: "../../../.build/schema.sql")
                .standardizedFileURL
            try FileManager.default.createDirectory(
                at: actual.deletingLastPathComponent(), withIntermediateDirectories: true)
            try schema.write(to: actual, atomically: true, encoding: .utf8)
            Issue.record(
                "The schema differs from Tests/StorageTests/Golden/schema.sql; if that is meant, take \(actual.path)")
        }
    }

    @Test("folder and files are made for their owner only, and commits are flushed")
    func fileRights() async throws {
        let folder = Fixture.makeFolder() + "/deep/er"
        let path = folder + "/turnstone.db"
        let store = try Store.open(at: path)
        _ = try await store.create([NewWatch(url: "http://a.example/")], now: .at(0))
        for file in [path, path + "-wal", path + "-shm"] {
            let rights = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(rights == 0o600, "\(file)")
        }
        let rights = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int
        #expect(rights == 0o700)
        #expect(try await store.synchronous() == 2)
        try store.close()
    }

    @Test("what is stored is there after closing and opening, which migrates nothing")
    func reopen() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add("http://example.com/ä", title: "Ein Titel")
        _ = try await fixture.store.record(.changed(watch.id, at: 1, "text"))
        let before = try await fixture.store.watch(watch.id)
        try fixture.store.close()
        let again = try Store.open(at: fixture.path)
        #expect(try await again.watch(watch.id) == before)
        try again.close()
    }

    @Test("after closing, every use says so, and closing again is harmless")
    func closed() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add()
        try fixture.store.close()
        try fixture.store.close()
        await #expect(throws: StoreError.closed) { try await fixture.store.watch(watch.id) }
        await #expect(throws: StoreError.closed) { try await fixture.store.checkJob(watch.id) }
        await #expect(throws: StoreError.closed) { try await fixture.store.delete([watch.id]) }
    }

    @Test("a file that is not a database is refused and left as it is")
    func notADatabase() throws {
        let path = Fixture.makeFolder() + "/notes.txt"
        let text = Data(String(repeating: "dear diary ", count: 1000).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreError.notADatabase(path)) { try Store.open(at: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
    }

    @Test("another program's database is refused and left as it is")
    func foreignDatabase() throws {
        let path = Fixture.makeFolder() + "/other.db"
        let other = try DatabaseQueue(path: path)
        try other.write { db in try db.execute(sql: "CREATE TABLE notes (text TEXT)") }
        try other.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: StoreError.notADatabase(path)) { try Store.open(at: path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("a file that a start left unfinished is finished")
    func unfinished() throws {
        let path = Fixture.makeFolder() + "/turnstone.db"
        let other = try DatabaseQueue(path: path)
        try other.inDatabase { db in try db.execute(sql: "PRAGMA journal_mode = WAL; CREATE TABLE t (a); DROP TABLE t")
        }
        try other.close()
        try Store.open(at: path).close()
    }

    @Test("a database that a newer version has migrated is refused")
    func newerSchema() async throws {
        let fixture = try Fixture()
        try fixture.store.close()
        let other = try DatabaseQueue(path: fixture.path)
        try await other.write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('999 from the future')")
        }
        try other.close()
        #expect(throws: StoreError.newerSchema(fixture.path)) { try Store.open(at: fixture.path) }
    }

    @Test(
        "a path that cannot be written is refused with that path",
        arguments: ["/proc/turnstone/a.db", "/dev/null/a.db", "/proc"])
    func notWritable(path: String) {
        #expect(throws: StoreError.notWritable(path)) { try Store.open(at: path) }
    }

    @Test("a damaged file is reported as damage")
    func damaged() async throws {
        let fixture = try Fixture()
        let watch = try await fixture.add()
        for index in 0..<50 {
            _ = try await fixture.store.record(.changed(watch.id, at: Double(index), "text \(index)"))
        }
        try fixture.store.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: fixture.path))
        let length = try file.seekToEnd()
        try file.seek(toOffset: 8192)
        try file.write(contentsOf: Data(repeating: 0xA5, count: Int(length) - 8192))
        try file.close()
        await #expect(throws: StoreError.self) {
            let store = try Store.open(at: fixture.path)
            defer { try? store.close() }
            try await store.quickCheck()
        }
    }

    @Test(
        "two programs do not run on one database; whoever only looks may, and the next one may when the first is gone")
    func exclusive() async throws {
        var options = StoreOptions()
        options.isExclusive = true
        let fixture = try Fixture(options)
        #expect(throws: StoreError.inUse(fixture.path)) { try Store.open(at: fixture.path, options: options) }
        let link = fixture.path + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: fixture.path)
        #expect(throws: StoreError.inUse(link)) { try Store.open(at: link, options: options) }
        let looking = try Store.open(at: fixture.path)
        #expect(try await looking.totals() == Totals())
        try looking.close()
        #expect(throws: StoreError.inUse(fixture.path)) { try Store.open(at: fixture.path, options: options) }
        try fixture.store.close()
        try Store.open(at: fixture.path, options: options).close()
    }

    @Test("while another process writes, changes say that the database is locked, and work again afterwards")
    func locked() async throws {
        var options = StoreOptions()
        options.busyTimeout = .zero
        let fixture = try Fixture(options)
        let watch = try await fixture.add()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: fixture.path, configuration: configuration)
        try other.inDatabase { db in try db.beginTransaction(.immediate) }
        await #expect(throws: StoreError.locked) { try await fixture.store.record(.changed(watch.id, at: 1, "one")) }
        await #expect(throws: StoreError.locked) { try await fixture.store.delete([watch.id]) }
        #expect(try await fixture.store.watch(watch.id)?.state.checkCount == 0)
        try other.inDatabase { db in try db.rollback() }
        #expect(try await fixture.store.record(.changed(watch.id, at: 1, "one")).result == .first)
    }

    @Test("a database that may grow no more says so, keeps no half of a batch, and works again when there is room")
    func sizeLimit() async throws {
        var options = StoreOptions()
        options.maximumByteCount = 400_000
        let fixture = try Fixture(options)
        let store = fixture.store
        var ids: [WatchID] = []
        await #expect(throws: StoreError.full) {
            for round in 0..<1000 {
                ids += try await store.create(
                    (0..<100).map {
                        NewWatch(url: "http://example.com/\(round)/\($0)/\(String(repeating: "x", count: 200))")
                    },
                    now: .at(0)
                ).map(\.id)
            }
        }
        #expect(try await store.totals().watches == ids.count)
        #expect(try await store.delete(ids).count == ids.count)
        #expect(try await store.create([NewWatch(url: "http://example.com/")], now: .at(0)).count == 1)
        try await store.quickCheck()
    }
}
