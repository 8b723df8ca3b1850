import Detection
import Domain
import Fetchers
import Foundation
import Storage
import StoreTestKit
import Synchronization
import Testing

@testable import Monitor

@Suite("A worker's claim")
struct CheckWorkerTests {
    /// Stands where no page may be asked for.
    private struct Forbidden: Fetcher {
        func fetch(_ request: FetchRequest) async throws(CheckFailure) -> FetchedPage {
            Issue.record("\(request.url) was fetched")
            throw CheckFailure(.cancelled)
        }
    }

    /// Counts what it is asked for and finds nothing.
    private final class Fetched: Fetcher {
        let count = Atomic(0)

        func fetch(_ request: FetchRequest) async throws(CheckFailure) -> FetchedPage {
            count.add(1, ordering: .relaxed)
            throw CheckFailure(.connectionRefused)
        }
    }

    /// Finds no memory for any page.
    private struct Crowded: Fetcher {
        func fetch(_ request: FetchRequest) async throws(CheckFailure) -> FetchedPage { throw CheckFailure(.noRoom) }
    }

    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    /// Claims a watch that was put into the queue, by the clock or `times` by a person, after `meanwhile` has happened
    /// to it; returns how it was told to have ended.
    private func endings(
        holding host: String? = nil, fetcher: some Fetcher = Forbidden(), times: Int? = nil,
        writing fault: StoreFaults.Fault? = nil, _ meanwhile: (Store, WatchID) async throws -> Void = { _, _ in }
    ) async throws -> ([WatchChange], due: Date?) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "worker-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let faults = fault.map { _ in StoreFaults(in: folder.resolvingSymlinksInPath().path) }
        defer { faults?.remove() }
        let store = try Store.open(at: folder.appending(path: "test.db").path)
        let queue = MemoryCheckQueue(QueueRules(perHost: 1))
        let bus = SignalBus()
        let holds = HostHolds()
        let recorder = Recorder(
            store: store, queue: queue, bus: bus, holds: holds, rule: DueRule(minimum: .seconds(3)),
            logger: Loggers.quiet)
        let desk = CheckDesk(store: store, queue: queue, recorder: recorder, holds: holds, bus: bus, now: { now })
        let turns = WorkTurns()
        turns.setCount(1, of: .plain)
        let worker = CheckWorker(
            runner: CheckRunner(fetcher: fetcher, processor: TextProcessor(), threads: DetectionThreads()),
            source: desk, turns: turns)
        let watch = try await store.create([NewWatch(url: "https://example.org/", firstDue: now)], now: now)[0].id
        let check = QueuedCheck(
            watch: watch, host: "example.org:443", priority: times == nil ? .clock(due: now) : .person, enqueuedAt: now)
        await queue.push([check])
        try await meanwhile(store, watch)
        if let host {
            var outcome = CheckOutcome(
                watch: watch, revision: 1, startedAt: now, duration: .zero,
                result: .failed(CheckFailure(.rateLimited, "429")))
            outcome.retryAfter = now + 60
            holds.learn(from: outcome, host: host, now: now)
        }
        let heard = Heard()
        let observation = bus.observe { signal in
            if case .watch(_, let change) = signal { heard.changes.withLock { $0.append(change) } }
        }
        if let fault { faults?.arm(fault, at: 1) }
        for _ in 0..<(times ?? 1) {
            await queue.push([check])
            try await worker.handle(try #require(await queue.claim(.plain)))
            await recorder.flush(within: .seconds(30))
        }
        if let faults { #expect(faults.disarm(), "nothing failed") }
        observation.cancel()
        #expect(queue.counts.pair == (0, 0), "the claim is ended")
        let due = try await store.watch(watch)?.state.nextDue
        try store.close()
        return (heard.changes.withLock { $0 }, due)
    }

    @Test("a watch that was paused since the clock asked for it is not checked")
    func paused() async throws {
        let (changes, due) = try await endings { store, watch in
            _ = try await store.setPaused([watch], true, now: now)
        }
        #expect(changes == [.released])
        #expect(due == nil)
    }

    @Test("a watch that was checked since the clock asked for it is not checked again")
    func checkedMeanwhile() async throws {
        let (changes, due) = try await endings { store, watch in
            let outcome = CheckOutcome(
                watch: watch, revision: 1, startedAt: now, duration: .zero, result: .failed(CheckFailure(.noText)))
            _ = try await store.record([DatedOutcome(outcome, nextDue: now + 100)])
        }
        #expect(changes == [.released])
        #expect(due == now + 100)
    }

    @Test("a watch that is gone is let go")
    func gone() async throws {
        let (changes, due) = try await endings { store, watch in _ = try await store.delete([watch]) }
        #expect(changes == [.released])
        #expect(due == nil)
    }

    @Test("a watch outside of its schedule is put off to the next opening, whoever has the schedule")
    func rests() async throws {
        // 2023-11-14 is a Tuesday, and `now` is at 22:13 UTC.
        var mornings = TimeSchedule()
        mornings.isEnabled = true
        mornings.timeZone = "UTC"
        for day in Weekday.allCases { mornings[day] = TimeSchedule.Day(startMinute: 9 * 60, durationMinutes: 60) }
        let schedule = mornings
        let opening = Date(timeIntervalSince1970: 1_700_038_800)
        let (changes, due) = try await endings { store, watch in
            _ = try await store.updateSettings(now: now) { $0.timing.schedule = schedule }
            try await clockWants(watch, store)
        }
        #expect(changes == [.released] && due == opening)
        let (own, ownDue) = try await endings { store, watch in
            _ = try await store.update(watch, now: now) { $0.settings.timing.schedule = schedule }
            try await clockWants(watch, store)
        }
        #expect(own == [.released] && ownDue == opening)
        let fetched = Fetched()
        let (asked, _) = try await endings(fetcher: fetched) { store, watch in
            _ = try await store.update(watch, now: now) { $0.settings.timing.schedule = schedule }
            #expect(try await store.makeAllDue(now: now) == 1)
        }
        #expect(fetched.count.load(ordering: .relaxed) == 1 && asked != [.released], "somebody asked for it")
        _ = try await endings { store, watch in
            _ = try await store.makeAllDue(now: now)
            try await clockWants(watch, store)
            _ = try await store.update(watch, now: now) { $0.settings.timing.schedule = schedule }
            try await clockWants(watch, store)
        }
        #expect(fetched.count.load(ordering: .relaxed) == 1, "a wish is fulfilled once")
    }

    /// Makes a watch due as its last check did; what changes a schedule moves due times itself.
    private func clockWants(_ watch: WatchID, _ store: Store) async throws {
        let outcome = CheckOutcome(
            watch: watch, revision: 1, startedAt: now - 60, duration: .zero,
            result: .failed(CheckFailure(.rateLimited, "429")))
        _ = try await store.record([DatedOutcome(outcome, nextDue: now)])
    }

    @Test("a watch whose host wants to be left alone is put off until it may be asked")
    func held() async throws {
        let (changes, due) = try await endings(holding: "example.org:443")
        #expect(changes == [.released])
        #expect(due == now + 60)
    }

    @Test("while the store takes no writes, a watch whose host is held is let go, stays due and ends no worker")
    func heldOnFullDisk() async throws {
        let (changes, due) = try await endings(holding: "example.org:443", writing: .fullDisk)
        #expect(changes == [.released])
        #expect(due == now)
    }

    @Test("a page for which there is no memory is put off by a minute, and fails when that goes on")
    func noRoom() async throws {
        let (changes, due) = try await endings(fetcher: Crowded())
        #expect(changes.last == .released)
        #expect(due == now + 60)
        let (all, _) = try await endings(fetcher: Crowded(), times: 7)
        #expect(all.count { $0 == .released } == 6)
        #expect(all.count { $0 == .failed(CheckFailure(.noRoom)) } == 1, "the sixth is told, and then it begins anew")
    }
}
