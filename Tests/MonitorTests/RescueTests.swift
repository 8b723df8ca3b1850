import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Synchronization
import TestSupport
import Testing

@testable import Monitor

/// Checks whose workers die or hang somewhere, over a real store.
@Suite("What becomes of a check that nobody ends")
struct RescueTests {
    private final class Scene: Sendable {
        static let now = Date(timeIntervalSince1970: 1_700_000_000)
        let folder = FileManager.default.temporaryDirectory.appending(path: "rescue-\(UUID())")
        let store: Store
        /// By which leases go.
        let clock = ManualClock()
        /// By which the recorder waits.
        let recording = ManualClock()
        let queue: MemoryCheckQueue
        let bus = SignalBus()
        let heard = Heard()
        let recorder: Recorder
        let desk: CheckDesk
        let watch: WatchID
        private let observation: SignalBus.Observation

        /// A batch of 1 is stored at once.
        init(batch: Int = 1) async throws {
            var storeOptions = StoreOptions()
            storeOptions.busyTimeout = .zero
            store = try Store.open(at: folder.appending(path: "test.db").path, options: storeOptions)
            let bus = bus
            queue = MemoryCheckQueue(
                QueueRules(perHost: 1, lease: .seconds(60)), clock: clock,
                announce: { change in
                    if case .lost(let watch) = change { bus.publish(.watch(watch, .released)) }
                })
            observation = bus.observe { [heard] signal in
                guard case .watch(_, let change) = signal, change.endsCheck else { return }
                heard.changes.withLock { $0.append(change) }
            }
            let holds = HostHolds()
            var options = Recorder.Options()
            options.batch = batch
            recorder = Recorder(
                store: store, queue: queue, bus: bus, holds: holds, rule: DueRule(minimum: .seconds(3)),
                options: options, clock: recording, now: { Self.now }, logger: Loggers.quiet)
            desk = CheckDesk(
                store: store, queue: queue, recorder: recorder, holds: holds, bus: bus, now: { Self.now })
            let new = NewWatch(url: "https://example.org/", firstDue: Self.now)
            watch = try await store.create([new], now: Self.now)[0].id
            await queue.push([QueuedCheck(watch, .clock(due: Self.now), host: "example.org:443")])
        }

        deinit {
            try? store.close()
            try? FileManager.default.removeItem(at: folder)
        }

        func rescuer(_ pool: WorkerPool) -> Rescuer {
            Rescuer(queue: queue, pool: pool, recorder: recorder, clock: clock, logger: Loggers.quiet)
        }

        /// A pool without workers.
        var nobody: WorkerPool {
            WorkerPool(queue: queue, clock: clock, logger: Loggers.quiet, giveBack: { _ in }, check: { _ in })
        }

        func claim() async throws -> Claim { try #require(await queue.claim(.plain)) }

        func outcome(_ job: CheckJob, _ text: String = "new") -> CheckOutcome {
            let checksum = Checksum(bytes: Array(text.utf8))
            return CheckOutcome(
                watch: job.watch, revision: job.revision, startedAt: Self.now, duration: .zero, status: 200,
                result: .verdict(
                    Verdict(
                        decision: .changed(text: Array(text.utf8)), pageChecksum: checksum, textChecksum: checksum)))
        }

        /// Does the check of the watch, as a worker does that stays alive.
        func check() async throws {
            let claim = try await claim()
            let job = try #require(try await desk.job(for: claim))
            try await desk.take(.outcome(outcome(job)), of: claim)
            await recorder.flush(within: .seconds(60))
        }

        var changes: [WatchChange] { heard.changes.withLock { $0 } }

        var checkCount: Int? {
            get async throws { try await store.watch(watch)?.state.checkCount }
        }
    }

    @Test(
        "a worker that dies before or while it fetches or compares: its watch is checked by another, and told once",
        arguments: LeaseTests.Death.allCases.dropLast())
    func dead(death: LeaseTests.Death) async throws {
        let scene = try await Scene()
        let claim = try await scene.claim()
        let job = try #require(try await scene.desk.job(for: claim))
        if let step = death.step { #expect(await scene.desk.reached(step, by: claim)) }
        scene.clock.advance(by: .seconds(60))
        await scene.rescuer(scene.nobody).pass()
        try await scene.check()
        // It was only slow, and comes after all.
        try await scene.desk.take(.outcome(scene.outcome(job, "late")), of: claim)
        try await scene.desk.take(.undone, of: claim)
        await scene.recorder.flush(within: .seconds(60))
        #expect(scene.changes == [.released, .changed(SnapshotVersion(1_700_000_000), first: true)])
        #expect(try await scene.checkCount == 1)
        #expect(await scene.recorder.droppedCount == 1)
        #expect(scene.queue.counts == QueueCounts())
    }

    @Test("an outcome whose lease runs out while it waits to be stored is dropped, not told twice")
    func lostBeforeTheCommit() async throws {
        let scene = try await Scene(batch: 2)
        let claim = try await scene.claim()
        let job = try #require(try await scene.desk.job(for: claim))
        try await scene.desk.take(.outcome(scene.outcome(job)), of: claim)
        await scene.recording.sleepers(1)
        // The beat that should have kept it never came.
        scene.clock.advance(by: .seconds(60))
        #expect(await scene.queue.rescue() == [claim])
        scene.recording.advance(by: .milliseconds(5))
        await scene.recorder.flush(within: .seconds(60))
        #expect(await scene.recorder.droppedCount == 1)
        #expect(try await scene.checkCount == 0)
        #expect(scene.changes == [.released])
        #expect(try await scene.desk.job(for: scene.claim()) != nil, "it is still to be checked")
    }

    @Test("a recorder that dies between record and end: the watch is let go, since it was checked")
    func diedAfterTheRecord() async throws {
        let scene = try await Scene()
        let claim = try await scene.claim()
        let job = try #require(try await scene.desk.job(for: claim))
        _ = try await scene.store.record([DatedOutcome(scene.outcome(job), nextDue: Scene.now + 600)])
        scene.clock.advance(by: .seconds(60))
        await scene.rescuer(scene.nobody).pass()
        #expect(try await scene.desk.job(for: scene.claim()) == nil)
        #expect(scene.queue.counts == QueueCounts())
        #expect(try await scene.checkCount == 1)
        #expect(scene.changes == [.released, .released])
    }

    /// Lets a transaction stay open.
    private static var open: Configuration {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return configuration
    }

    @Test("what waits in the recorder keeps its lease, however long the store takes nothing")
    func storeIsStuck() async throws {
        let scene = try await Scene()
        let claim = try await scene.claim()
        let job = try #require(try await scene.desk.job(for: claim))
        let outsider = try DatabaseQueue(path: scene.folder.appending(path: "test.db").path, configuration: Self.open)
        try outsider.inDatabase { db in try db.beginTransaction(.immediate) }
        try await scene.desk.take(.outcome(scene.outcome(job)), of: claim)
        let rescuer = scene.rescuer(scene.nobody)
        for _ in 0..<20 {
            await scene.recording.sleepers(1)
            scene.clock.advance(by: .seconds(59))
            await rescuer.pass()
            scene.recording.advance(by: .seconds(1))
        }
        await scene.recording.sleepers(1)
        #expect(await scene.recorder.trouble != nil)
        try outsider.inDatabase { db in try db.rollback() }
        scene.recording.advance(by: .seconds(1))
        await scene.recorder.flush(within: .seconds(60))
        #expect(try await scene.checkCount == 1)
        #expect(scene.changes.count == 1)
    }

    @Test("a worker that hangs loses its check after the patience and is replaced, and the check is done by another")
    func hung() async throws {
        let scene = try await Scene()
        let (arrivals, arrived) = AsyncStream.makeStream(of: Claim.self)
        let isFirst = Atomic(true)
        let (hang, release) = AsyncStream.makeStream(of: Void.self)
        let pool = WorkerPool(
            queue: scene.queue, clock: scene.clock, patience: .seconds(300), logger: Loggers.quiet,
            giveBack: scene.desk.giveBack
        ) { claim in
            let job = try await scene.desk.job(for: claim)
            arrived.yield(claim)
            if isFirst.exchange(false, ordering: .relaxed) {
                // Not even being cancelled ends it.
                await Task.detached { for await _ in hang { break } }.value
            }
            if let job { try await scene.desk.take(.outcome(scene.outcome(job)), of: claim) }
        }
        let rescuer = scene.rescuer(pool)
        await pool.setCount(1)
        var claims = arrivals.makeAsyncIterator()
        let given = await claims.next()
        let first = try #require(given)
        for _ in 0..<19 {
            scene.clock.advance(by: .seconds(15))
            await rescuer.pass()
            #expect(scene.queue.counts.running == 1)
        }
        for _ in 0..<5 {
            scene.clock.advance(by: .seconds(15))
            await rescuer.pass()
        }
        let givenAgain = await claims.next()
        let second = try #require(givenAgain)
        #expect(first.check == second.check && first != second)
        release.finish()
        await pool.stop(within: .seconds(60))
        await scene.recorder.flush(within: .seconds(60))
        #expect(await pool.status.replaced == 1)
        #expect(try await scene.checkCount == 1)
        #expect(scene.queue.counts == QueueCounts())
    }

    @Test("a program that stood still for longer than a lease loses none of its own checks")
    func frozen() async throws {
        let scene = try await Scene()
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (hang, release) = AsyncStream.makeStream(of: Void.self)
        let pool = WorkerPool(
            queue: scene.queue, clock: scene.clock, patience: .seconds(86_400), logger: Loggers.quiet,
            giveBack: scene.desk.giveBack
        ) { claim in
            arrived.yield()
            for await _ in hang { break }
            await scene.queue.finish(claim)
        }
        await pool.setCount(1)
        _ = await arrivals.first { true }
        scene.clock.advance(by: .seconds(3600))
        await scene.rescuer(pool).pass()
        #expect(scene.queue.counts.pair == (0, 1))
        #expect(await pool.status.replaced == 0)
        release.finish()
        await pool.stop(within: .seconds(60))
    }

    @Test("a worker whose outcome was stored, and that is not back yet, is not taken for lost")
    func stored() async throws {
        let scene = try await Scene()
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (hang, release) = AsyncStream.makeStream(of: Void.self)
        let pool = WorkerPool(
            queue: scene.queue, clock: scene.clock, logger: Loggers.quiet, giveBack: scene.desk.giveBack
        ) { claim in
            await scene.queue.finish(claim)
            arrived.yield()
            for await _ in hang { break }
        }
        await pool.setCount(1)
        _ = await arrivals.first { true }
        await scene.rescuer(pool).pass()
        #expect(await pool.status.replaced == 0)
        // One that is not back a quarter of a lease later has lost it.
        await scene.rescuer(pool).pass()
        #expect(await pool.status.replaced == 1)
        release.finish()
        await pool.stop(within: .seconds(60))
    }

    @Test("it looks four times a lease, by itself")
    func runs() async throws {
        let scene = try await Scene()
        _ = try await scene.claim()
        let rescuer = scene.rescuer(scene.nobody)
        let running = Task { await rescuer.run() }
        for _ in 0..<4 {
            await scene.clock.sleepers(1)
            #expect(scene.queue.counts.running == 1)
            scene.clock.advance(by: .seconds(15))
        }
        await scene.clock.sleepers(1)
        #expect(scene.queue.counts.pair == (1, 0))
        running.cancel()
        await running.value
    }
}
