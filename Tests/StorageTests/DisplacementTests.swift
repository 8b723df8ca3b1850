import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Testing

/// A database whose files are taken away while it is open.
@Suite("Files that part from their names")
struct DisplacementTests {
    private static var exclusive: StoreOptions {
        var options = StoreOptions()
        options.isExclusive = true
        return options
    }

    private static func move(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: from, toPath: to)
    }

    /// Refuses to store, says what is wrong, and has stored nothing.
    private static func expectRefusal(_ fixture: Fixture, _ words: String) async throws {
        let said = try #require(fixture.store.fileProblem)
        #expect("\(said)".contains(words), "\(said)")
        await #expect(throws: said) { try await fixture.add("http://example.com/refused") }
        await #expect(throws: said) { try await fixture.store.mark() }
        #expect(said.isPassing)
    }

    @Test("a database that is moved away takes nothing until it is back, and then nothing of what was refused is there")
    func movedAway() async throws {
        let fixture = try Fixture(Self.exclusive)
        let watch = try await fixture.add()
        #expect(fixture.store.fileProblem == nil)
        let place = fixture.folder + "/elsewhere.db"
        try Self.move(fixture.path, place)
        try await Self.expectRefusal(fixture, "moved away while Turnstone is running (it is at \(place))")
        await #expect(throws: StoreError.self) { try await fixture.store.record(.changed(watch.id, at: 1, "text")) }
        try Self.move(place, fixture.path)
        #expect(fixture.store.fileProblem == nil)
        _ = try await fixture.add("http://example.com/2")
        #expect(try await fixture.store.totals().watches == 2)
        #expect(try await fixture.store.watch(watch.id)?.state.checkCount == 0)
    }

    @Test("a folder that is renamed is noticed like the file, and so is a link that means another file")
    func renamedFolder() async throws {
        let fixture = try Fixture(Self.exclusive)
        _ = try await fixture.add()
        try Self.move(fixture.folder, fixture.folder + "-new")
        try await Self.expectRefusal(fixture, "moved away")
        try Self.move(fixture.folder + "-new", fixture.folder)
        _ = try await fixture.add("http://example.com/2")

        let link = fixture.folder + "/link.db"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: fixture.folder + "/linked.db")
        let linked = try Store.open(at: link, options: Self.exclusive)
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: fixture.path)
        #expect("\(try #require(linked.fileProblem))".contains("took the place"))
        #expect(throws: StoreError.self) { try linked.close() }
    }

    @Test("a deleted database takes nothing more, and what it held is saved beside it at the end")
    func deleted() async throws {
        let fixture = try Fixture(Self.exclusive)
        let watch = try await fixture.add()
        _ = try await fixture.store.record(.changed(watch.id, at: 1, "kept"))
        try FileManager.default.removeItem(atPath: fixture.path)
        try await Self.expectRefusal(fixture, "was deleted while")
        let copy = fixture.path + "-rescued"
        #expect(throws: StoreError.rescued(fixture.path, copy: copy)) { try fixture.store.close() }
        #expect(DatabaseCheck(of: copy).isWell)
        let rights = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        try Self.move(copy, fixture.path)
        let again = try Store.open(at: fixture.path, options: Self.exclusive)
        #expect(again.notes == [])
        #expect(try await again.latestText(of: watch.id) == Array("kept".utf8))
        try again.close()
    }

    @Test("another database in its place is not touched: not by readers, and not at the end")
    func replaced() async throws {
        let fixture = try Fixture(Self.exclusive)
        let watch = try await fixture.add()
        let other = try Fixture()
        _ = try await other.add("http://example.com/other")
        let kept = fixture.folder + "/kept.db"
        try Self.move(fixture.path, kept)
        for ending in ["", "-wal", "-shm"] { try? Self.move(fixture.path + ending, kept + ending) }
        for ending in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: other.path + ending, toPath: fixture.path + ending)
        }
        try await Self.expectRefusal(fixture, "took the place")
        _ = try await fixture.store.releaseMemory()
        #expect(try await fixture.store.watch(watch.id) != nil, "it is still read from the file that was opened")
        #expect(throws: StoreError.self) { try fixture.store.close() }
        let new = try Store.open(at: fixture.path, options: Self.exclusive)
        #expect(new.notes == [.another])
        #expect(try await new.totals().watches == 1)
        #expect(try await new.watch(watch.id) == nil)
        try new.close()
        let old = try Store.open(at: kept)
        #expect(try await old.watch(watch.id) != nil)
        try old.close()
    }

    @Test("a deleted log is noticed, and nothing is lost at the end", arguments: ["-wal", "-shm"])
    func deletedLog(ending: String) async throws {
        let fixture = try Fixture(Self.exclusive)
        _ = try await fixture.add()
        try FileManager.default.removeItem(atPath: fixture.path + ending)
        try await Self.expectRefusal(fixture, "turnstone.db\(ending) of the database was deleted or replaced")
        try await fixture.store.checkpoint()
        try fixture.store.close()
        let again = try Store.open(at: fixture.path, options: Self.exclusive)
        #expect(again.notes == [])
        #expect(try await again.totals().watches == 1)
        try again.close()
    }
}
