import Domain
import Foundation
import Storage
import Synchronization
import Testing

@testable import Monitor

@Suite("What people do to watches")
struct WatchActionsTests {
    private final class Scene: Sendable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "actions-\(UUID())")
        let store: Store
        let queue = MemoryCheckQueue(limitPerHost: 9)
        let actions: WatchActions
        let woken: Woken
        static let now = Date(timeIntervalSince1970: 1_700_000_000)

        final class Woken: Sendable {
            let moments = Mutex<[Date]>([])
        }

        init() throws {
            store = try Store.open(at: folder.appending(path: "test.db").path)
            let woken = Woken()
            self.woken = woken
            actions = WatchActions(
                store: store, queue: queue, bus: SignalBus(), settings: CurrentSettings(Settings()),
                addressProblem: { _ in nil }, hostOf: { _ in "" },
                wakeScheduler: { moment in woken.moments.withLock { $0.append(moment) } }, now: { Scene.now })
        }

        deinit {
            try? store.close()
            try? FileManager.default.removeItem(at: folder)
        }

        func add(_ count: Int = 1, paused: Bool = false) async throws -> [WatchID] {
            try await actions.add(
                (0..<count).map { number in
                    var draft = WatchDraft(url: "https://example.org/\(number)")
                    draft.paused = paused
                    return draft
                }
            ).map(\.id)
        }

        /// Watch and urgency of all that waits.
        func waiting() async -> [WatchID: CheckPriority] {
            Dictionary(uniqueKeysWithValues: await queue.snapshot().waiting.map { ($0.watch, $0.priority) })
        }

        /// Ends what waits as a check would that finds nothing new.
        func checkAll() async throws {
            for _ in 0..<queue.counts.length {
                guard let claim = await queue.claim(), let job = try await store.checkJob(claim.check.watch) else {
                    return
                }
                let outcome = CheckOutcome(
                    watch: job.watch, revision: job.revision, startedAt: Scene.now, duration: .zero,
                    result: .notModified)
                _ = try await store.record([DatedOutcome(outcome, nextDue: Scene.now + 600)])
                await queue.finish(claim)
            }
        }
    }

    @Test("a watch that somebody adds is checked before all that the clock wants")
    func add() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        #expect(await scene.waiting() == [watch: .person])
    }

    @Test("a bulk of new watches is left to the clock, which is told to look")
    func addMany() async throws {
        let scene = try Scene()
        _ = try await scene.add(WatchActions.handful + 1)
        #expect(await scene.waiting().isEmpty)
        #expect(scene.woken.moments.withLock { $0 } == [Scene.now])
    }

    @Test("a watch that is added paused is not checked")
    func addPaused() async throws {
        let scene = try Scene()
        _ = try await scene.add(paused: true)
        #expect(await scene.waiting().isEmpty)
    }

    @Test("an edit that changes what is checked is checked at once, one of the title is not")
    func edit() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        try await scene.checkAll()
        _ = try await scene.actions.edit(watch) { $0.title = "Mine" }
        #expect(await scene.waiting().isEmpty)
        _ = try await scene.actions.edit(watch) { $0.url += "/new" }
        #expect(await scene.waiting() == [watch: .person])
    }

    @Test("an edit while the watch is being checked has it checked once more afterwards")
    func editRunning() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        let claim = try #require(await scene.queue.claim())
        _ = try await scene.actions.edit(watch) { $0.url += "/new" }
        #expect(await scene.queue.places(of: [watch]) == [watch: .running(again: true)])
        await scene.queue.finish(claim)
        #expect(await scene.waiting() == [watch: .person])
    }

    @Test("pausing takes it out of the queue, resuming lets the clock look where it has become due")
    func pause() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        _ = try await scene.actions.setPaused([watch], true)
        #expect(await scene.waiting().isEmpty)
        #expect(scene.woken.moments.withLock { $0 }.isEmpty)
        _ = try await scene.actions.setPaused([watch], false)
        #expect(scene.woken.moments.withLock { $0 } == [Scene.now])
    }

    @Test("clearing the history has the watch checked anew at once")
    func clearHistory() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        try await scene.checkAll()
        #expect(try await scene.actions.clearHistory(watch))
        #expect(await scene.waiting() == [watch: .person])
        #expect(try await !scene.actions.clearHistory(WatchID()))
    }

    @Test("rechecking all makes the scheduler go back to where they have become due")
    func recheckAll() async throws {
        let scene = try Scene()
        _ = try await scene.add(3)
        try await scene.checkAll()
        #expect(try await scene.actions.recheckAll() == 3)
        #expect(scene.woken.moments.withLock { $0 } == [Scene.now])
    }
}
