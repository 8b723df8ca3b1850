import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Synchronization
import TestSupport
import Testing

@testable import Monitor

@Suite("The recorder")
struct RecorderTests {
    /// A recorder over a real database, and what was announced together with what the database said at that moment.
    private final class Scene: Sendable {
        let folder: URL
        let store: Store
        let queue = MemoryCheckQueue(QueueRules(perHost: 1))
        let bus = SignalBus()
        let holds = HostHolds()
        let clock = ManualClock()
        let recorder: Recorder
        let woken = Woken()
        let endings: AsyncStream<(WatchID, WatchChange)>
        private let observation: SignalBus.Observation
        static let now = Date(timeIntervalSince1970: 1_700_000_000)

        init(_ options: Recorder.Options = .init()) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "recorder-\(UUID())")
            var storeOptions = StoreOptions()
            storeOptions.busyTimeout = .zero
            store = try Store.open(at: folder.appending(path: "test.db").path, options: storeOptions)
            let (endings, ended) = AsyncStream.makeStream(of: (WatchID, WatchChange).self)
            self.endings = endings
            observation = bus.observe { signal in
                if case .watch(let watch, let change) = signal, change.endsCheck { ended.yield((watch, change)) }
            }
            recorder = Recorder(
                store: store, queue: queue, bus: bus, holds: holds,
                rule: DueRule(minimum: .seconds(3)), options: options, wakeScheduler: woken.note, clock: clock,
                now: { Self.now }, logger: Loggers.quiet)
        }

        deinit {
            try? store.close()
            try? FileManager.default.removeItem(at: folder)
        }

        /// A second connection, as another process would have one.
        func outsider() throws -> DatabaseQueue {
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            return try DatabaseQueue(path: folder.appending(path: "test.db").path, configuration: configuration)
        }

        func add(_ count: Int) async throws -> [WatchID] {
            let new = (0..<count).map { NewWatch(url: "https://example.org/\($0)", firstDue: Self.now) }
            return try await store.create(new, now: Self.now).map(\.id)
        }

        func claim(_ watch: WatchID, host: String = "") async throws -> (Claim, CheckJob) {
            await queue.push([QueuedCheck(watch: watch, host: host, priority: .person, enqueuedAt: Self.now)])
            let claim = try #require(await queue.claim(.plain))
            return (claim, try #require(try await store.checkJob(watch)))
        }

        func outcome(
            _ job: CheckJob, startedAt: Date = Scene.now, _ result: CheckOutcome.Result = .failed(CheckFailure(.noText))
        ) -> CheckOutcome {
            CheckOutcome(
                watch: job.watch, revision: job.revision, startedAt: startedAt, duration: .zero, result: result)
        }

        /// Hands one check of `watch` over to the recorder.
        func record(_ watch: WatchID, startedAt: Date = Scene.now) async throws {
            let (claim, job) = try await claim(watch)
            try await recorder.record(outcome(job, startedAt: startedAt), claim: claim)
        }

        /// Lets what has been handed over be committed.
        func letLinger() async {
            await clock.sleepers(1)
            clock.advance(by: .milliseconds(5))
        }
    }

    @Test("outcomes that arrive together share a commit, and are announced when they are rows")
    func batch() async throws {
        let scene = try Scene()
        let watches = try await scene.add(20)
        for watch in watches { try await scene.record(watch) }
        #expect(try await scene.store.totals().failing == 0, "nothing is stored before the batch is")
        #expect(scene.queue.counts.running == 20)
        await scene.letLinger()
        var seen: [WatchID] = []
        for await (watch, change) in scene.endings {
            #expect(change == .failed(CheckFailure(.noText)))
            #expect(try await scene.store.watch(watch)?.state.checkCount == 1)
            seen.append(watch)
            if seen.count == 20 { break }
        }
        #expect(seen == watches)
        await scene.recorder.flush(within: .seconds(60))
        #expect(scene.queue.counts.running == 0)
        #expect(await scene.recorder.recordedCount == 20)
    }

    @Test("while the store is locked the batch waits and nothing is announced; then it is tried again and is whole")
    func locked() async throws {
        let scene = try Scene()
        let watches = try await scene.add(3)
        let outsider = try scene.outsider()
        for watch in watches { try await scene.record(watch) }
        try outsider.inDatabase { db in try db.beginTransaction(.immediate) }
        await scene.letLinger()
        await scene.clock.sleepers(1)
        #expect(await scene.recorder.trouble == StoreError.locked.description)
        #expect(scene.queue.counts.running == 3, "the claims are held")
        try outsider.inDatabase { db in try db.rollback() }
        scene.clock.advance(by: .seconds(1))
        var left = Set(watches)
        for await (watch, _) in scene.endings {
            left.remove(watch)
            if left.isEmpty { break }
        }
        await scene.recorder.flush(within: .seconds(60))
        #expect(await scene.recorder.trouble == nil)
        #expect(scene.queue.counts.pair == (0, 0))
    }

    @Test("a store that stays locked does not hold up stopping; what is lost was not announced and is still due")
    func lockedForGood() async throws {
        let scene = try Scene()
        let watch = try await scene.add(1)[0]
        let outsider = try scene.outsider()
        try await scene.record(watch)
        try outsider.inDatabase { db in try db.beginTransaction(.immediate) }
        await scene.letLinger()
        await scene.clock.sleepers(1)
        let flush = Task { await scene.recorder.flush(within: .milliseconds(100)) }
        await scene.clock.sleepers(2)
        scene.clock.advance(by: .milliseconds(100))
        await flush.value
        try outsider.inDatabase { db in try db.rollback() }
        #expect(try await scene.store.due(at: Scene.now, limit: 9).map(\.id) == [watch])
    }

    @Test("whoever brings too many while the store is locked waits, and can be stopped there")
    func full() async throws {
        var options = Recorder.Options()
        options.most = 2
        options.batch = 1
        let scene = try Scene(options)
        let watches = try await scene.add(4)
        let outsider = try scene.outsider()
        try outsider.inDatabase { db in try db.beginTransaction(.immediate) }
        // The first is under way, two more wait, and there is no room for the fourth.
        try await scene.record(watches[0])
        await scene.clock.sleepers(1)
        for watch in watches[1...2] { try await scene.record(watch) }
        let (claim, job) = try await scene.claim(watches[3])
        let late = Task { try await scene.recorder.record(scene.outcome(job), claim: claim) }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        try outsider.inDatabase { db in try db.rollback() }
        scene.clock.advance(by: .seconds(1))
        await scene.recorder.flush(within: .seconds(60))
        #expect(await scene.recorder.recordedCount == 3)
    }

    @Test("an outcome that cannot be stored holds up no other: it is told as a failure of ours")
    func unstorable() async throws {
        let scene = try Scene()
        let watches = try await scene.add(3)
        try scene.outsider().inDatabase { db in
            // Refuses what the check found, as a damaged page of the file would, and takes the failure.
            try db.execute(
                sql: """
                    CREATE TRIGGER refused BEFORE INSERT ON check_record WHEN NEW.watch = 2 AND NEW.failure = 'no_text'
                    BEGIN SELECT RAISE(ABORT, 'not this one'); END
                    """)
        }
        for watch in watches { try await scene.record(watch) }
        await scene.letLinger()
        await scene.recorder.flush(within: .seconds(60))
        let states = try await scene.store.rows(watches).map { $0.lastFailure?.code }
        #expect(states == [.noText, .internalError, .noText])
        #expect(scene.queue.counts.pair == (0, 0))
    }

    @Test("when not even the failure can be stored, its claim ends, the others are stored, and the watch stays due")
    func utterlyUnstorable() async throws {
        let scene = try Scene()
        let watches = try await scene.add(3)
        try scene.outsider().inDatabase { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER refused BEFORE INSERT ON check_record WHEN NEW.watch = 2
                    BEGIN SELECT RAISE(ABORT, 'not this one'); END
                    """)
        }
        for watch in watches { try await scene.record(watch) }
        await scene.letLinger()
        await scene.recorder.flush(within: .seconds(60))
        #expect(scene.queue.counts.pair == (0, 0))
        #expect(await scene.recorder.recordedCount == 2)
        #expect(try await scene.store.due(at: Scene.now, limit: 9).map(\.id) == [watches[1]])
    }

    @Test("what a host says counts before it may be asked again")
    func holdsFirst() async throws {
        let scene = try Scene()
        let watch = try await scene.add(1)[0]
        let (claim, job) = try await scene.claim(watch, host: "example.org:443")
        var outcome = scene.outcome(job, .failed(CheckFailure(.rateLimited, "429")))
        outcome.retryAfter = Scene.now + 600
        try await scene.recorder.record(outcome, claim: claim)
        #expect(scene.holds.hold(of: "example.org:443", now: Scene.now) == Scene.now + 600)
        await scene.letLinger()
        await scene.recorder.flush(within: .seconds(60))
        #expect(try await scene.store.watch(watch)?.state.nextDue.map { $0 >= Scene.now + 600 } == true)
    }

    @Test("a check that took longer than its interval makes the scheduler look back, one that is due later does not")
    func wakesScheduler() async throws {
        let scene = try Scene()
        let watches = try await scene.add(2)
        try await scene.record(watches[0])
        await scene.letLinger()
        await scene.recorder.flush(within: .seconds(60))
        #expect(scene.woken.moments.withLock { $0 }.isEmpty)
        let long = Settings().timeBetweenCheck.totalSeconds + 100
        let start = Scene.now - Double(long)
        try await scene.record(watches[1], startedAt: start)
        await scene.letLinger()
        await scene.recorder.flush(within: .seconds(60))
        #expect(scene.woken.moments.withLock { $0 } == [try await scene.store.watch(watches[1])?.state.nextDue])
    }

    @Test("a check whose watch was edited meanwhile makes the scheduler look back to its start")
    func superseded() async throws {
        let scene = try Scene()
        let watch = try await scene.add(1)[0]
        let (claim, job) = try await scene.claim(watch)
        _ = try await scene.store.update(watch, now: Scene.now) { $0.url += "new" }
        try await scene.recorder.record(scene.outcome(job), claim: claim)
        await scene.letLinger()
        await scene.recorder.flush(within: .seconds(60))
        #expect(scene.woken.moments.withLock { $0 } == [Scene.now])
    }
}
