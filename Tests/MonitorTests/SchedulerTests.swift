import Domain
import Foundation
import Logging
import Storage
import StoreTestKit
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
            let queue = MemoryCheckQueue(limitPerHost: 9)
            let watches = try await add(store, due: [-10, 60, -500, 0])
            let sleep = await scheduler(store, queue).pass()
            #expect(await queue.snapshot().waiting.map(\.watch) == [watches[2], watches[0], watches[3]])
            #expect(sleep == .seconds(1), "it looks again within its tick")
        }
    }

    @Test("what waits is not read again, and a full queue takes no more")
    func fullQueue() async throws {
        try await withStore { store in
            let queue = MemoryCheckQueue(limitPerHost: 9)
            _ = try await add(store, due: Array(repeating: -5, count: 40))
            var options = Scheduler.Options()
            options.batch = 10
            options.queueLimit = 15
            let scheduler = scheduler(store, queue, options)
            _ = await scheduler.pass()
            #expect(queue.counts.length == 20, "whole batches until the limit is passed")
            _ = await scheduler.pass()
            #expect(queue.counts.length == 20)
            while queue.counts.length > 0, let claim = await queue.claim(.plain) {
                try await store.postpone(claim.check.watch, until: now + 600)
                await queue.finish(claim)
            }
            _ = await scheduler.pass()
            #expect(queue.counts.length == 20, "it goes on where it was")
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
            let queue = MemoryCheckQueue(limitPerHost: 9)
            _ = await scheduler(store, queue).pass()
            #expect(queue.counts.length < 10)
            #expect(try await store.due(at: now + 61, limit: 300).count == 200, "all of them come within the minute")
        }
    }

    @Test("what becomes due at a moment that it has already looked past is found at once, by whoever says so")
    func goesBack() async throws {
        try await withStore { store in
            let queue = MemoryCheckQueue(limitPerHost: 9)
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
}
