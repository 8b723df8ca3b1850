import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Synchronization
import TestSupport
import Testing

@testable import Monitor

/// A recorder over a real database, and what was announced together with what the database said at that moment.
///
/// With faults below the database the clock moves by itself, so that what is tried again is.
final class RecorderScene: Sendable {
    static let now = Date(timeIntervalSince1970: 1_700_000_000)

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
    private let faults: StoreFaults?
    private let winding: Task<Void, Never>?

    /// Announcements of which nothing was stored when they were made.
    let untrue = Lies()

    final class Lies: Sendable {
        let all = Mutex<[String]>([])
    }

    /// Nothing fails, and the test winds the clock.
    var isCalm: Bool { faults == nil }

    convenience init(_ options: Recorder.Options = .init()) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recorder-\(UUID())")
        try self.init(options, folder: folder, faults: nil)
    }

    init(_ options: Recorder.Options, folder: URL, faults: StoreFaults?) throws {
        self.folder = folder
        self.faults = faults
        var storeOptions = StoreOptions()
        storeOptions.busyTimeout = .zero
        storeOptions.readers = 1
        let path = folder.appending(path: "test.db").path
        let store = try Store.open(at: path, options: storeOptions)
        self.store = store
        let (endings, ended) = AsyncStream.makeStream(of: (WatchID, WatchChange).self)
        self.endings = endings
        let witness = faults == nil ? nil : try Witness(path)
        observation = bus.observe { [untrue] signal in
            guard case .watch(let watch, let change) = signal, change.endsCheck else { return }
            if let faults, let lie = faults.paused({ witness?.lie(of: watch, change) }) {
                untrue.all.withLock { $0.append(lie) }
            }
            ended.yield((watch, change))
        }
        recorder = Recorder(
            store: store, queue: queue, bus: bus, holds: holds,
            rule: DueRule(minimum: .seconds(3)), options: options, wakeScheduler: woken.note, clock: clock,
            now: { Self.now }, logger: Loggers.quiet)
        let clock = clock
        winding =
            faults == nil
            ? nil
            : Task {
                while !Task.isCancelled {
                    await clock.sleepers(1)
                    clock.advance(by: .seconds(1))
                    await Task.yield()
                }
            }
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Ends the clock's moving by itself.
    func stopWinding() async {
        guard let winding else { return }
        winding.cancel()
        let last = Task { [clock] in try? await clock.sleep(for: .seconds(1)) }
        await winding.value
        last.cancel()
        await last.value
    }

    /// A second connection, as another process would have one.
    func outsider() throws -> Outsider {
        try Outsider(folder.appending(path: "test.db").path, faults)
    }

    /// Reads or changes what the test is about; a fault may come in between once.
    func insist<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch  where !isCalm {
            return try await body()
        }
    }

    /// Does what is not tested here, without faults.
    func undisturbed<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        guard let faults else { return try await body() }
        return try await faults.paused(body)
    }

    func add(_ count: Int) async throws -> [WatchID] {
        let new = (0..<count).map { NewWatch(url: "https://example.org/\($0)", firstDue: Self.now) }
        return try await undisturbed { try await store.create(new, now: Self.now).map(\.id) }
    }

    func claim(_ watch: WatchID, host: String = "") async throws -> (Claim, CheckJob) {
        await queue.push([QueuedCheck(watch: watch, host: host, priority: .person, enqueuedAt: Self.now)])
        let claim = try #require(await queue.claim(.plain))
        return (claim, try #require(try await insist { try await store.checkJob(watch) }))
    }

    func outcome(
        _ job: CheckJob, startedAt: Date = RecorderScene.now,
        _ result: CheckOutcome.Result = .failed(CheckFailure(.noText))
    ) -> CheckOutcome {
        CheckOutcome(watch: job.watch, revision: job.revision, startedAt: startedAt, duration: .zero, result: result)
    }

    /// Hands one check of `watch` over to the recorder.
    func record(_ watch: WatchID, startedAt: Date = RecorderScene.now) async throws {
        let (claim, job) = try await claim(watch)
        try await recorder.record(outcome(job, startedAt: startedAt), claim: claim)
    }

    /// Lets what has been handed over be committed.
    func letLinger() async {
        guard isCalm else { return }
        await clock.sleepers(1)
        clock.advance(by: .milliseconds(5))
    }

    /// Returns when the store has refused a batch, which is tried again later.
    func untilRefused() async {
        if isCalm { return await clock.sleepers(1) }
        while await recorder.trouble == nil { await Task.yield() }
    }

    /// Returns when all that was handed over is stored, however long that takes.
    func flush() async {
        await recorder.flush(within: isCalm ? .seconds(60) : .seconds(1_000_000_000))
    }

    func pass(_ duration: Duration) {
        if isCalm { clock.advance(by: duration) }
    }
}

extension RecorderScene {
    /// Another process's connection, of whose calls none fails.
    final class Outsider: Sendable {
        private let database: DatabaseQueue
        private let faults: StoreFaults?

        init(_ path: String, _ faults: StoreFaults?) throws {
            self.faults = faults
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let open = { try DatabaseQueue(path: path, configuration: configuration) }
            database = try faults?.paused(open) ?? open()
        }

        func execute(_ sql: String) throws {
            let run = { [database] in try database.inDatabase { db in try db.execute(sql: sql) } }
            try faults?.paused(run) ?? run()
        }

        /// Keeps everybody else from writing.
        func lock() throws {
            let begin = { [database] in try database.inDatabase { db in try db.beginTransaction(.immediate) } }
            try faults?.paused(begin) ?? begin()
        }

        func unlock() throws {
            let end = { [database] in try database.inDatabase { db in try db.rollback() } }
            try faults?.paused(end) ?? end()
        }
    }

    /// Looks, with a connection of its own, whether what is announced is stored.
    private final class Witness: Sendable {
        private let database: DatabaseQueue
        private let announced = Mutex<[WatchID: Int]>([:])

        init(_ path: String) throws {
            var configuration = Configuration()
            configuration.readonly = true
            database = try DatabaseQueue(path: path, configuration: configuration)
        }

        /// What is wrong with the announcement; nil when each that this watch had is a row.
        func lie(of watch: WatchID, _ change: WatchChange) -> String? {
            guard change != .released else { return nil }
            let count = announced.withLock { announced in
                announced[watch, default: 0] += 1
                return announced[watch, default: 0]
            }
            let uuid = withUnsafeBytes(of: watch.uuid.uuid) { Data($0) }
            let stored = try? database.read { db in
                try Int.fetchOne(db, sql: "SELECT check_count FROM watch WHERE uuid = ?", arguments: [uuid])
            }
            return stored ?? 0 >= count ? nil : "\(change) was announced, and \(stored ?? 0) of \(count) are stored"
        }
    }
}
