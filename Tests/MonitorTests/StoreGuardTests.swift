import Domain
import Foundation
import GRDB
import Logging
import Storage
import StoreTestKit
import TestSupport
import Testing

@testable import Monitor

@Suite("The guard of the store")
struct StoreGuardTests {
    private final class Scene: Sendable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "guard-\(UUID())")
        let store: Store
        let trouble = WriteTrouble()
        let clock = ManualClock()
        let log = LinesLogged()
        let recorder: Recorder
        let running: Task<Void, Never>
        let outsider: DatabaseQueue

        init() throws {
            var options = StoreOptions()
            options.busyTimeout = .zero
            options.isExclusive = true
            store = try Store.open(at: folder.appending(path: "test.db").path, options: options)
            recorder = Recorder(
                store: store, queue: MemoryCheckQueue(QueueRules(perHost: 1)), bus: SignalBus(), holds: HostHolds(),
                rule: DueRule(minimum: .seconds(3)), logger: Loggers.quiet)
            let watchful = StoreGuard(
                store: store, trouble: trouble, recorder: recorder, clock: clock,
                logger: Logger(label: "test") { [log] _ in log.writer })
            running = Task { await watchful.run() }
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            outsider = try DatabaseQueue(
                path: folder.appending(path: "test.db").path, configuration: configuration)
        }

        deinit {
            running.cancel()
            try? store.close()
            try? FileManager.default.removeItem(at: folder)
        }

        /// Lets so many seconds pass, and what happens in them.
        func pass(_ seconds: Int) async {
            for _ in 0..<seconds {
                await clock.sleepers(1)
                clock.advance(by: .seconds(1))
            }
            await clock.sleepers(1)
        }
    }

    @Test("a store that takes writes again is known within five seconds, and is not asked each second meanwhile")
    func recovers() async throws {
        let scene = try Scene()
        try await scene.outsider.writeWithoutTransaction { db in try db.beginTransaction(.immediate) }
        scene.trouble.note(.locked)
        await scene.pass(60)
        #expect(scene.trouble.current == StoreError.locked.description)
        try await scene.outsider.writeWithoutTransaction { db in try db.rollback() }
        await scene.pass(StoreGuard.longestPause)
        #expect(scene.trouble.current == nil)
        #expect(scene.log.all.contains { $0.contains("takes changes again") })
    }

    @Test("trouble that is over at once is known after a second")
    func quickly() async throws {
        let scene = try Scene()
        scene.trouble.note(.full)
        await scene.pass(1)
        #expect(scene.trouble.current == nil)
    }

    @Test("files that part are told once, and once when they are back")
    func parted() async throws {
        let scene = try Scene()
        let (path, other) = (scene.folder.appending(path: "test.db"), scene.folder.appending(path: "other.db"))
        try FileManager.default.moveItem(at: path, to: other)
        await scene.pass(5)
        try FileManager.default.moveItem(at: other, to: path)
        await scene.pass(5)
        let lines = scene.log.all
        #expect(lines.count { $0.contains("moved away") } == 1, "\(lines)")
        #expect(lines.count { $0.contains("are back") } == 1, "\(lines)")
    }

    @Test("what was stored is marked after ten seconds, once")
    func marks() async throws {
        let scene = try Scene()
        _ = try await scene.store.create([NewWatch(url: "http://example.com")], now: Date())
        #expect(scene.store.hasUnmarkedCommits)
        await scene.pass(StoreGuard.marking)
        #expect(!scene.store.hasUnmarkedCommits)
        let lock = scene.folder.appending(path: "test.db-lock")
        let before = try String(contentsOf: lock, encoding: .utf8)
        #expect(before.contains(" 1 running"), "\(before)")
        await scene.pass(StoreGuard.marking * 2)
        #expect(try String(contentsOf: lock, encoding: .utf8) == before)
    }
}
