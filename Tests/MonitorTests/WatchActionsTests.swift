import Domain
import Foundation
import GRDB
import Logging
import Storage
import StoreTestKit
import Synchronization
import Testing

@testable import Monitor

@Suite("What people do to watches")
struct WatchActionsTests {
    private final class Scene: Sendable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "actions-\(UUID())")
        let store: Store
        let queue = MemoryCheckQueue(QueueRules(perHost: 9), now: { Scene.now })
        let unasked: WatchActions
        let trouble = WriteTrouble()
        /// Asked for by somebody who may do everything.
        var actions: AskedActions { unasked.asked(by: .tester) }
        /// Nothing can be fetched any more.
        let refuses = Refusal()
        let woken = Woken()
        let log = LinesLogged()
        static let now = Date(timeIntervalSince1970: 1_700_000_000)

        final class Refusal: Sendable {
            let value = Mutex(false)
        }

        init() throws {
            var options = StoreOptions()
            options.busyTimeout = .zero
            store = try Store.open(at: folder.appending(path: "test.db").path, options: options)
            unasked = WatchActions(
                store: store, queue: queue, bus: SignalBus(),
                addressProblem: { [refuses] _ in refuses.value.withLock { $0 } ? "not allowed" : nil },
                hostOf: { _ in "" },
                wakeScheduler: woken.note, trouble: trouble, logger: Logger(label: "test") { [log] _ in log.writer },
                now: { Scene.now })
        }

        deinit {
            try? store.close()
            try? FileManager.default.removeItem(at: folder)
        }

        func readiness() -> Readiness {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let recorder = Recorder(
                store: store, queue: queue, bus: SignalBus(), holds: HostHolds(),
                rule: DueRule(minimum: .seconds(3)), logger: logger)
            return Readiness(
                store: store, scheduler: Scheduler(store: store, queue: queue, logger: logger),
                pool: WorkerPool(queue: queue, logger: logger, giveBack: { _ in }, check: { _ in }), recorder: recorder,
                queue: queue, progress: QueueProgress(), trouble: trouble)
        }

        func add(_ count: Int = 1, paused: Bool = false) async throws -> [WatchID] {
            try await actions.add(
                (0..<count).map { number in
                    var draft = NewWatch(url: "https://example.org/\(number)")
                    draft.paused = paused
                    return draft
                }
            ).map(\.id)
        }

        /// All that an action could change.
        func state() async throws -> [String] {
            let ids = try await store.ids(matching: WatchQuery(limit: .max))
            var state = [
                "\(try await store.settings())", "\(try await store.tags())", "\(try await store.edits(limit: 100))",
                "\(await waiting())", "\(log.all)",
            ]
            for id in ids { state.append("\(String(describing: try await store.watch(id)))") }
            return state
        }

        /// Watch and urgency of all that waits.
        func waiting() async -> [WatchID: CheckPriority] {
            Dictionary(uniqueKeysWithValues: await queue.snapshot().waiting.map { ($0.watch, $0.priority) })
        }

        /// Ends what waits as a check would that finds nothing new.
        func checkAll() async throws {
            for _ in 0..<queue.counts.length {
                guard let claim = await queue.claim(.plain), let job = try await store.checkJob(claim.check.watch)
                else {
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

    @Test("what cannot be saved, and a shortage of memory, are told to whoever opens a page, until they are over")
    func banners() async throws {
        let scene = try Scene()
        let used = Mutex(100 << 20)
        let budget = MemoryBudget(bytes: 512 << 20, measure: { used.withLock { $0 } }, uptime: { .zero })
        let readiness = scene.readiness()
        #expect(await readiness.banners(budget) == [])
        scene.trouble.note(.full)
        used.withLock { $0 = 450 << 20 }
        budget.refresh()
        let banners = await readiness.banners(budget)
        #expect(banners.map(\.isGrave) == [true, false])
        #expect(banners.first?.text.hasPrefix("Changes cannot be saved: No space is left") == true)
        #expect(banners.last?.text.contains("450 of 512 MB") == true)
        scene.trouble.clear()
        used.withLock { $0 = 100 << 20 }
        budget.refresh()
        #expect(await readiness.banners(budget) == [])
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
        let claim = try #require(await scene.queue.claim(.plain))
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

    @Test(
        "a watch whose address may not be fetched any more can be muted and named, but not moved to another such address"
    )
    func notAllowedAnyMore() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        scene.refuses.value.withLock { $0 = true }
        let edited = try await scene.actions.edit(watch, tagTitles: ["a"]) {
            $0.notificationMuted = true
            $0.title = "named"
        }
        #expect(edited?.notificationMuted == true && edited?.title == "named" && edited?.tags.count == 1)
        await #expect(throws: InputError.self) { try await scene.actions.edit(watch) { $0.url += "/elsewhere" } }
    }

    @Test(
        "texts are as long as they are stored, however few characters a person sees",
        arguments: ["title", "body", "tags", "filters"])
    func longTexts(field: String) async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        func give(_ text: String) async throws {
            _ = try await scene.actions.edit(watch, tagTitles: field == "tags" ? [text] : nil) { watch in
                switch field {
                case "title": watch.title = text
                case "body": watch.settings.body = text
                case "filters": watch.settings.ignoreText = [text]
                default: break
                }
            }
        }
        let one = "e" + String(repeating: "\u{301}", count: 5_000)
        #expect(one.count == 1)
        await #expect(throws: InputError.self) { try await give(one) }
        try await give(String(repeating: "\u{4E2D}", count: 5_000))
    }

    @Test("while an edit is judged, others can store; what they stored counts, and the edit is judged with it")
    func judgedBeforeTheTransaction() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        var configuration = Configuration()
        configuration.busyMode = .immediateError
        let outsider = try DatabaseQueue(
            path: scene.folder.appending(path: "test.db").path, configuration: configuration)
        let judged = Mutex<[String]>([])
        let actions = WatchActions(
            store: scene.store, queue: scene.queue, bus: SignalBus(),
            addressProblem: { address in
                judged.withLock { $0.append(address) }
                do {
                    // Fails at once where the edit's own transaction is open.
                    try outsider.write { db in try db.execute(sql: "UPDATE watch SET title = 'theirs'") }
                    return nil
                } catch {
                    return "\(error)"
                }
            },
            hostOf: { _ in "" }, wakeScheduler: { _ in },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { Scene.now }
        ).asked(by: .tester)
        let edited = try await actions.edit(watch) { $0.url = "https://example.org/ours" }
        #expect(edited?.url == "https://example.org/ours" && edited?.title == "theirs")
        #expect(judged.withLock { $0 } == ["https://example.org/ours", "https://example.org/ours"])
    }

    @Test("an edit of jq's filters is refused in words, and stores nothing")
    func badProgram() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        await #expect(throws: InputError.self) {
            try await scene.actions.edit(watch) { $0.settings.includeFilters = ["jq:.a |"] }
        }
        await #expect(throws: InputError.self) {
            _ = try await scene.actions.editSettings { $0.ignoreText = ["/(/"] }
        }
        #expect(try await scene.store.watch(watch)?.settings.includeFilters == [])
        let edited = try await scene.actions.edit(watch) { $0.settings.includeFilters = ["jq:.a"] }
        #expect(edited?.settings.includeFilters == ["jq:.a"])
    }

    @Test("a store that takes nothing is known until it takes something")
    func writeTrouble() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        #expect(scene.trouble.current == nil)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let outsider = try DatabaseQueue(
            path: scene.folder.appending(path: "test.db").path, configuration: configuration)
        try await outsider.writeWithoutTransaction { db in try db.beginTransaction(.immediate) }
        await #expect(throws: StoreError.locked) { try await scene.actions.setPaused([watch], true) }
        #expect(scene.trouble.current == StoreError.locked.description)
        let readiness = scene.readiness()
        let parts = await readiness.parts()
        #expect(parts.first { $0.name == "store" }?.problem?.contains("locked") == true)
        try await outsider.writeWithoutTransaction { db in try db.rollback() }
        _ = try await scene.actions.setPaused([watch], true)
        #expect(scene.trouble.current == nil)
        #expect(
            await readiness.parts().first { $0.name == "store" }?.problem == nil
        )
    }

    /// One thing that can be asked for, with the right that it takes.
    struct Action: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let right: Right
        let act: @Sendable (AskedActions, WatchID, TagID) async throws -> Void

        init(
            _ name: String, _ right: Right,
            _ act: @escaping @Sendable (AskedActions, WatchID, TagID) async throws -> Void
        ) {
            testDescription = name
            self.right = right
            self.act = act
        }
    }

    private static let everyAction: [Action] = [
        Action(
            "add", .edit,
            { actions, _, _ in
                _ = try await actions.add([NewWatch(url: "https://example.org/new")])
            }),
        Action("edit", .edit, { actions, watch, _ in _ = try await actions.edit(watch) { $0.title = "Theirs" } }),
        Action(
            "problems", .edit,
            { actions, watch, _ in
                _ = try await actions.problems(of: watch, tagTitles: nil) { _ in }
            }),
        Action("delete", .edit, { actions, watch, _ in try await actions.delete([watch]) }),
        Action(
            "delete matching", .edit,
            { actions, _, _ in _ = try await actions.delete(matching: WatchQuery(state: .paused)) }),
        Action("setPaused", .edit, { actions, watch, _ in try await actions.setPaused([watch], true) }),
        Action("setPausedIfThere", .edit, { actions, watch, _ in _ = try await actions.setPausedIfThere(watch, true) }),
        Action("recheck", .check, { actions, watch, _ in try await actions.recheck([watch]) }),
        Action("recheckIfThere", .check, { actions, watch, _ in _ = try await actions.recheckIfThere(watch) }),
        Action("recheckAll", .check, { actions, _, _ in try await actions.recheckAll() }),
        Action("markViewed", .edit, { actions, watch, _ in try await actions.markViewed(watch) }),
        Action("markAllViewed", .edit, { actions, _, _ in try await actions.markAllViewed() }),
        Action("clearHistory", .edit, { actions, watch, _ in _ = try await actions.clearHistory(watch) }),
        Action(
            "answerPriceData", .edit,
            { actions, watch, _ in
                try await actions.answerPriceData(watch, .accepted)
            }),
        Action("makeTag", .edit, { actions, _, _ in _ = try await actions.makeTag("theirs") }),
        Action("editTag", .edit, { actions, _, tag in _ = try await actions.editTag(tag) { $0.title = "theirs" } }),
        Action("deleteTag", .edit, { actions, _, tag in _ = try await actions.deleteTag(tag) }),
        Action(
            "editSettings", .administer, { actions, _, _ in _ = try await actions.editSettings { $0.pagerSize = 7 } }),
        Action(
            "explain", .check,
            { actions, watch, _ in
                _ = try await actions.explain(
                    Watch(id: watch, url: "https://example.org/0", createdAt: Scene.now), version: SnapshotVersion(1))
            }
        ),
    ]

    @Test("who lacks the right that an action takes is refused with it, and nothing is changed", arguments: everyAction)
    func refused(_ action: Action) async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        let tag = try await scene.actions.makeTag("ours").id
        try await scene.checkAll()
        let before = try await scene.state()
        for right in Right.allCases where right != action.right {
            let without = Requester(.person("Eve"), rights: Rights(right))
            await #expect(throws: NotAllowed(action.right)) {
                try await action.act(scene.unasked.asked(by: without), watch, tag)
            }
        }
        #expect(try await scene.state() == before)
        let with = Requester(.person("Ada"), rights: Rights(action.right))
        await #expect(throws: Never.self) {
            try await action.act(scene.unasked.asked(by: with), watch, tag)
        }
    }

    @Test("each action leaves one line that names who asked, however many watches it is about")
    func logged() async throws {
        let scene = try Scene()
        let ids = try await scene.add(300)
        let actions = scene.unasked.asked(by: Requester(.apiKey("default")))
        try await actions.setPaused(ids, true)
        _ = try await actions.edit(ids[0]) { $0.title = "Mine" }
        _ = try await actions.editSettings { $0.pagerSize = 7 }
        try await actions.delete([ids[1]])
        try await actions.delete([ids[1]])
        #expect(
            scene.log.all == [
                "added watches=300 who=tester", "paused watches=300 who=API key default",
                "edited watch=\(ids[0]) who=API key default", "settings edited who=API key default",
                "deleted watch=\(ids[1]) who=API key default",
            ])
    }

    @Test("all that a list finds are deleted, a few at a time, each with its record, and no others")
    func deleteMatching() async throws {
        let scene = try Scene()
        let ids = try await scene.add(2 * WatchActions.handful + 5)
        let kept = Array(ids.prefix(3))
        try await scene.actions.setPaused(Array(ids.dropFirst(3)), true)
        let query = WatchQuery(state: .paused, order: .label, offset: 7, limit: 2)
        #expect(try await scene.actions.delete(matching: query) == 2 * WatchActions.handful + 2)
        #expect(Set(try await scene.store.ids(matching: WatchQuery(limit: .max))) == Set(kept))
        let edits = try await scene.store.edits(limit: 1000).filter { $0.action == .deleted }
        #expect(edits.count == 2 * WatchActions.handful + 2)
        #expect(edits.allSatisfy { $0.by == .person("tester") && $0.before?["paused"] == .bool(true) })
        #expect(scene.log.all.last == "deleted all that match watches=\(edits.count) who=tester")
        #expect(try await scene.actions.delete(matching: query) == 0)
    }

    @Test("filters of a watch that only gets another title are not tried again")
    func unchangedFilters() async throws {
        let scene = try Scene()
        var draft = NewWatch(url: "https://example.org/")
        draft.settings.includeFilters = ["//a["]
        let watch = try await scene.store.create([draft], by: .tester, now: Scene.now)[0].id
        #expect(try await scene.actions.edit(watch) { $0.title = "Mine" }?.title == "Mine")
        await #expect(throws: InputError.self) {
            _ = try await scene.actions.edit(watch) { $0.settings.ignoreText = ["x"] }
        }
    }

    @Test("the record of an edit names who asked, and a refused edit is not in it")
    func recorded() async throws {
        let scene = try Scene()
        let watch = try await scene.add()[0]
        let actions = scene.unasked.asked(by: Requester(.apiKey("default")))
        _ = try await actions.edit(watch, tagTitles: ["news"]) { $0.title = "Mine" }
        await #expect(throws: InputError.self) {
            _ = try await actions.edit(watch) { $0.settings.ignoreText = ["/(/"] }
        }
        try await actions.recheck([watch])
        try await actions.markViewed(watch)
        let edits = try await scene.store.edits(of: .watch(watch), limit: 9)
        #expect(edits.map(\.by) == [.apiKey("default"), .person("tester")])
        #expect(edits.map(\.action) == [.edited, .created])
        #expect(edits[0].before?["title"] == .null && edits[0].after?["title"] == .string("Mine"))
        #expect(edits[0].at == Scene.now)
        #expect(try await scene.store.edits(limit: 9).count == 3, "the tag that was made for it")
    }
}
