import Domain
import Foundation
import GRDB
import StoreTestKit
import Synchronization
import Testing

@testable import Storage

/// What a start says of the database it finds.
@Suite("What a start finds")
struct StartNotesTests {
    private static var exclusive: StoreOptions {
        var options = StoreOptions()
        options.isExclusive = true
        return options
    }

    private static func open(_ path: String) throws -> Store { try Store.open(at: path, options: exclusive) }

    /// Opens, notes what is said, and closes again.
    private static func notes(_ path: String) throws -> [OpeningNote] {
        let store = try open(path)
        defer { try? store.close() }
        return store.notes
    }

    /// What a run that is killed leaves: its files as they are while it runs.
    private static func killed(_ fixture: Fixture, at path: String) async throws {
        for ending in ["", "-wal", "-lock"] {
            try FileManager.default.copyItem(atPath: fixture.path + ending, toPath: path + ending)
        }
    }

    @Test("a new database is told, and a second start finds nothing to tell")
    func created() async throws {
        let path = Fixture.makeFolder() + "/new.db"
        #expect(try Self.notes(path) == [.created(path)])
        #expect(try Self.notes(path) == [])
    }

    @Test("an empty file, or none, where there were watches is refused and left as it is", arguments: [true, false])
    func missing(isEmpty: Bool) async throws {
        let fixture = try Fixture(Self.exclusive)
        _ = try await fixture.add()
        try await fixture.store.mark()
        try fixture.store.close()
        try FileManager.default.removeItem(atPath: fixture.path)
        if isEmpty { try Data().write(to: URL(filePath: fixture.path)) }
        let error = StoreError.missing(.remembered(fixture.path, watches: 1))
        #expect(throws: error) { try Self.open(fixture.path) }
        #expect(error.description.contains("had 1 watch when"))
        #expect(FileManager.default.fileExists(atPath: fixture.path) == isEmpty)
        try FileManager.default.removeItem(atPath: fixture.path + "-lock")
        #expect(try Self.notes(fixture.path) == [.created(fixture.path)])
    }

    @Test("an empty file beside a log is refused, and the log stays")
    func emptyBesideLog() async throws {
        let fixture = try Fixture()
        _ = try await fixture.add()
        let path = fixture.folder + "/copy.db"
        try Data().write(to: URL(filePath: path))
        try FileManager.default.copyItem(atPath: fixture.path + "-wal", toPath: path + "-wal")
        for options in [StoreOptions(), Self.exclusive] {
            #expect(throws: StoreError.missing(.logLeft(path))) { try Store.open(at: path, options: options) }
        }
        let kept = FileManager.default.contentsEqual(atPath: fixture.path + "-wal", andPath: path + "-wal")
        #expect(kept)
    }

    @Test("a run that was killed is nothing to tell, but a log that is gone then is")
    func logGone() async throws {
        let fixture = try Fixture(Self.exclusive)
        _ = try await fixture.add()
        let (sound, bare) = (fixture.folder + "/sound.db", fixture.folder + "/bare.db")
        try await Self.killed(fixture, at: sound)
        #expect(try Self.notes(sound) == [])
        // As much as possible in the file itself; what comes after it is in the log alone.
        try await fixture.store.checkpoint()
        try await Self.killed(fixture, at: bare)
        try FileManager.default.removeItem(atPath: bare + "-wal")
        #expect(try Self.notes(bare) == [.logMissing(bare + "-wal")])
        #expect(try Self.notes(bare) == [], "it is told once")
    }

    @Test("an older state, as of a backup, and another database are told once")
    func older() async throws {
        let fixture = try Fixture(Self.exclusive)
        _ = try await fixture.add()
        let backup = fixture.folder + "/backup.db"
        try await fixture.store.backup(to: backup)
        try await fixture.store.mark()
        try fixture.store.close()
        try FileManager.default.removeItem(atPath: fixture.path)
        try FileManager.default.copyItem(atPath: backup, toPath: fixture.path)
        #expect(try Self.notes(fixture.path) == [.older])
        #expect(try Self.notes(fixture.path) == [])
        let other = try Fixture(Self.exclusive)
        try other.store.close()
        try FileManager.default.removeItem(atPath: fixture.path)
        try FileManager.default.copyItem(atPath: other.path, toPath: fixture.path)
        #expect(try Self.notes(fixture.path) == [.another])
        #expect(try Self.notes(fixture.path) == [])
    }

    @Test("a file with two names is told of, since its log is found by name")
    func names() async throws {
        let fixture = try Fixture(Self.exclusive)
        try fixture.store.close()
        try FileManager.default.linkItem(atPath: fixture.path, toPath: fixture.folder + "/second.db")
        #expect(try Self.notes(fixture.path) == [.manyNames(2)])
    }

    @Test("what is remembered is always as long, and nothing else is taken for it")
    func lastRun() throws {
        let lineage = try #require(Lineage("3a0a93db-2c0b-4f3e-87a6-18dc0b60a61f 9223372036854775807"))
        for watches in [0, Int.max] {
            let run = LastRun(lineage: lineage, watches: watches, hasEnded: watches > 0)
            #expect(run.description.utf8.count == LastRun.size)
            #expect(LastRun(run.description) == run)
        }
        for text in ["", "turnstone-run-1", "turnstone-run-1 x 1 1 ended", "something else altogether here"] {
            #expect(LastRun(text) == nil)
        }
    }

    @Test(
        "two programs do not run on one file, whatever name each has for it",
        arguments: ["link to the file", "link to the folder", "dangling link", "hard link"])
    func claimed(name: String) async throws {
        let folder = Fixture.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/real/turnstone.db"
        var other = folder + "/other.db"
        let files = FileManager.default
        if name == "dangling link" {
            try files.createDirectory(atPath: folder + "/real", withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: other, withDestinationPath: "real/turnstone.db")
            let first = try Self.open(other)
            #expect(throws: StoreError.inUse(path)) { try Self.open(path) }
            return try first.close()
        }
        let first = try Self.open(path)
        switch name {
        case "link to the file": try files.createSymbolicLink(atPath: other, withDestinationPath: "real/turnstone.db")
        case "link to the folder":
            try files.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "real")
            other = folder + "/link/turnstone.db"
        default: try files.linkItem(atPath: path, toPath: other)
        }
        #expect(throws: StoreError.inUse(other)) { try Self.open(other) }
        try first.close()
        try Self.open(other).close()
    }

    @Test("a claim that is refused closes its own descriptors and none that another thread has opened meanwhile")
    func closedOnce() throws {
        let path = Fixture.makeFolder() + "/turnstone.db"
        let first = try Self.open(path)
        let isOver = Atomic(false)
        let lost = Atomic(0)
        let (started, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            started.signal()
            while !isOver.load(ordering: .relaxed) {
                let file = Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC)
                if file >= 0, close(file) != 0 { lost.add(1, ordering: .relaxed) }
            }
            ended.signal()
        }
        started.wait()
        for _ in 0..<2000 { #expect(throws: StoreError.inUse(path)) { try FileClaim(path) } }
        isOver.store(true, ordering: .relaxed)
        ended.wait()
        #expect(lost.load(ordering: .relaxed) == 0)
        try first.close()
    }

    @Test(
        "only file systems of this machine are claimed by the file itself",
        arguments: [
            ("/data/a.db", true), ("/data/nas/a.db", false), ("/data/my nas/a.db", false), ("/datax/a.db", true),
            ("/data/nas/tmp/a.db", true), ("/win/a.db", false),
        ])
    func local(path: String, isLocal: Bool) {
        let mounts = """
            21 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            30 21 0:30 / /data rw - btrfs /dev/vdb rw
            31 30 0:31 / /data/nas rw - nfs4 server:/ rw
            32 30 0:32 / /data/my\\040nas rw - cifs //server rw
            33 31 0:33 / /data/nas/tmp rw - tmpfs tmpfs rw
            34 21 0:34 / /win rw - fuse.sshfs host: rw
            """
        #expect(FileSystem.isLocal(path, mounts) == isLocal)
    }
}
