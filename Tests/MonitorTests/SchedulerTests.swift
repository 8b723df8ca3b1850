import Domain
import Foundation
import Logging
import Storage
import StoreTestKit
import Synchronization
import TestSupport
import Testing

@testable import Monitor

@Suite("The scheduler")
struct SchedulerTests {
    private let now = Date(timeIntervalSince1970: 1_000_000)
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withStore(_ body: (Store) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "scheduler-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(at: folder.appending(path: "test.db").path)
        try await body(store)
        try store.close()
    }

    private func scheduler(_ store: Store, _ queue: MemoryCheckQueue, _ options: Scheduler.Options = .init())
        -> Scheduler
    {
        Scheduler(store: store, queue: queue, options: options, clock: ManualClock(), now: { now }, logger: logger)
    }

    private func add(_ store: Store, due: [TimeInterval]) async throws -> [WatchID] {
        let new = due.enumerated().map { index, offset in
            NewWatch(url: "https://example.org/\(index)", firstDue: now + offset)
        }
        return try await store.create(new, now: now).map(\.id)
    }

    @Test("what is due goes into the queue, the longest overdue first, and what is not stays out")
    func due() async throws {
        try await withStore { store in
            let queue = MemoryCheckQueue(QueueRules(perHost: 9))
            let watches = try await add(store, due: [-10, 60, -500, 0])
            let sleep = await scheduler(store, queue).pass()
            #expect(await queue.snapshot().waiting.map(\.watch) == [watches[2], watches[0], watches[3]])
            #expect(sleep == .seconds(1), "it looks again within its tick")
        }
    }

    @Test("of one host the queue takes some, the others come as it has room, and no other host waits for that")
    func oneBusyHost() async throws {
        try await withStore { store in
            let queue = MemoryCheckQueue(QueueRules(perHost: 1, waitingPerHost: 8))
            let many = try await add(store, due: (0..<40).map { TimeInterval($0 - 100) })
            let other = try await store.create(
                [NewWatch(url: "https://quick.example/", firstDue: now - 1)], now: now)[0].id
            var options = Scheduler.Options()
            options.batch = 10
            let scheduler = scheduler(store, queue, options)
            _ = await scheduler.pass()
            #expect(await queue.snapshot().waiting.map(\.watch) == many.prefix(8) + [other])
            var checked: [WatchID] = []
            while queue.counts.length > 0, let claim = await queue.claim(.plain) {
                checked.append(claim.check.watch)
                try await store.postpone(claim.check.watch, until: now + 600)
                await queue.finish(claim)
                _ = await scheduler.pass()
            }
            #expect(Set(checked) == Set(many + [other]))
            #expect(checked.count == 41)
            #expect(checked.filter { $0 != other } == many, "the longest overdue first")
        }
    }

    @Test("a host of which more are being stored than it may let wait is refilled all the same")
    func manyStored() async throws {
        try await withStore { store in
            let queue = MemoryCheckQueue(QueueRules(perHost: 1, waitingPerHost: 4))
            let many = try await add(store, due: (0..<30).map { TimeInterval($0 - 100) })
            let scheduler = scheduler(store, queue)
            _ = await scheduler.pass()
            // A store that takes no outcomes: what was fetched is still due there.
            for expected in many {
                let claim = try #require(await queue.claim(.plain))
                #expect(claim.check.watch == expected)
                _ = await queue.reached(.storing, by: claim)
                _ = await scheduler.pass()
            }
            #expect(queue.counts.storing == many.count)
        }
    }

    @Test("ten thousand watches that fell due while it was stopped do not all fire at once")
    func spread() async throws {
        try await withStore { store in
            let watches = try await add(store, due: Array(repeating: -5000, count: 200))
            _ = try await store.record(
                watches.map { watch in
                    DatedOutcome(
                        CheckOutcome(
                            watch: watch, revision: 1, startedAt: now - 6000, duration: .zero,
                            result: .failed(CheckFailure(.timeout, "5"))), nextDue: now - 5000)
                })
            let count = try await store.spreadOverdue(at: now, over: .seconds(60), keepNew: true)
            #expect(count == 200)
            let queue = MemoryCheckQueue(QueueRules(perHost: 9))
            _ = await scheduler(store, queue).pass()
            #expect(queue.counts.length < 10)
            #expect(try await store.due(at: now + 61, limit: 300).count == 200, "all of them come within the minute")
        }
    }

    @Test("what becomes due at a moment that it has already looked past is found at once, by whoever says so")
    func goesBack() async throws {
        try await withStore { store in
            let queue = MemoryCheckQueue(QueueRules(perHost: 9))
            let scheduler = scheduler(store, queue)
            let watches = try await add(store, due: [0, 3600])
            _ = await scheduler.pass()
            #expect(await queue.snapshot().waiting.map(\.watch) == [watches[0]])
            // The wish was made before the look and is stored after it.
            _ = try await store.makeAllDue(now: now - 1)
            _ = await scheduler.pass()
            #expect(queue.counts.length == 1, "without a word it is left to the sweep")
            scheduler.wake(from: now - 1)
            _ = await scheduler.pass()
            #expect(Set(await queue.snapshot().waiting.map(\.watch)) == Set(watches))
        }
    }

    /// A wall clock that the test sets, beside one that only runs.
    private final class Clocks: Sendable {
        let steady = ManualClock()
        private let wall: Mutex<Date>

        init(_ start: Date) { wall = Mutex(start) }

        var now: Date { wall.withLock { $0 } }

        func run(_ seconds: Double) {
            steady.advance(by: .seconds(seconds))
            set(by: seconds)
        }

        func set(by seconds: Double) { wall.withLock { $0.addTimeInterval(seconds) } }
    }

    @Test(
        "a wall clock that is set while it runs makes no check earlier or later",
        arguments: [-3600, 86_400 * 30, -86_400 * 30])
    func clockIsSet(step: Double) async throws {
        try await withStore { store in
            let clocks = Clocks(now)
            let queue = MemoryCheckQueue(QueueRules(perHost: 9), clock: clocks.steady, now: { clocks.now })
            let holds = HostHolds()
            holds.learn(
                from: CheckOutcome(
                    watch: WatchID(), revision: 1, startedAt: now, duration: .zero, retryAfter: now + 100,
                    result: .failed(CheckFailure(.rateLimited, "429"))), host: "held.example", now: now)
            let scheduler = Scheduler(
                store: store, queue: queue, holds: holds, clock: clocks.steady, now: { clocks.now }, logger: logger)
            _ = try await add(store, due: [60, 600])
            _ = await scheduler.pass()
            clocks.run(30)
            clocks.set(by: step)
            _ = await scheduler.pass()
            #expect(queue.counts.length == 0)
            #expect(holds.hold(of: "held.example", now: clocks.now) == clocks.now + 70)
            clocks.run(31)
            _ = await scheduler.pass()
            #expect(queue.counts.length == 1)
            clocks.run(538)
            _ = await scheduler.pass()
            #expect(queue.counts.length == 1)
            clocks.run(2)
            _ = await scheduler.pass()
            #expect(queue.counts.length == 2)
        }
    }

    @Test("what a clock that was ahead has made due in a month is brought back at the start, and what is right stays")
    func clockWasAhead() async throws {
        try await withStore { store in
            _ = try await store.updateSettings(now: now) { $0.timeBetweenCheck = CheckInterval(minutes: 10) }
            let watches = try await add(store, due: [30 * 86_400, 30 * 86_400 + 5, 599, 5])
            let queue = MemoryCheckQueue(QueueRules(perHost: 9))
            _ = await scheduler(store, queue).pass()
            let late = try await store.due(at: now + 60, limit: 10).map(\.id)
            #expect(Set(late) == Set(watches[0..<2] + watches[3...]))
            #expect(try await store.watch(watches[2])?.state.nextDue == now + 599)
        }
    }
}
