import Domain
import Foundation
import Logging
import Monitor
import SocketIO
import Storage
import StoreTestKit
import Synchronization
import TestSupport
import Testing
import WebCore
import WebTestSupport

@testable import Realtime

@Suite("What clients are told")
struct RealtimeBridgeTests {
    /// Rooms with members of the test's choice, and what they were told.
    private final class TestRooms: RealtimeRooms {
        struct Told: Sendable {
            let event: String
            let fields: [String: String]
            let rooms: [String]
        }

        let feed: NewsFeed
        let members: Mutex<Set<String>>
        let told: AsyncStream<Told>
        private let tell: AsyncStream<Told>.Continuation
        /// What the one hears next who hears everything.
        private let place = Mutex<UInt64>(0)

        init(_ members: Set<String>) {
            self.members = Mutex(members)
            let (told, tell) = AsyncStream.makeStream(of: Told.self)
            (self.told, self.tell) = (told, tell)
            feed = NewsFeed { news in
                for one in news {
                    for (event, _) in one.events {
                        tell.yield(
                            Told(
                                event: event.rawValue, fields: ["uuid": one.watch.description],
                                rooms: [RealtimeRoom.everyWatch]))
                    }
                }
                return SocketServer().namespace().bundle([])
            }
        }

        func hasMembers(_ room: String) -> Bool { members.withLock { $0.contains(room) } }

        func offer(_ event: String, _ json: [UInt8], about matter: Matter, to rooms: [String]) {
            emit(event, json, to: rooms)
        }

        func announce(_ events: [(event: RealtimeEvent, json: [UInt8])], to rooms: [String]) async {
            for (event, json) in events { emit(event.rawValue, json, to: rooms) }
        }

        func goRound() async {
            guard hasMembers(RealtimeRoom.everyWatch) else { return }
            place.withLock { _ = feed.take(&$0, room: .max, orOne: true) }
        }

        private func emit(_ event: String, _ json: [UInt8], to rooms: [String]) {
            guard rooms.contains(where: hasMembers) else { return }
            let object = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
            let fields = (object?["watch"] as? [String: Any] ?? object)?.mapValues { "\($0)" } ?? [:]
            tell.yield(Told(event: event, fields: fields, rooms: rooms))
        }
    }

    private struct Scene {
        let store: Store
        let path: String
        let queue: MemoryCheckQueue
        let bus: SignalBus
        let clock: ManualClock
        let rooms: TestRooms
        var told: AsyncStream<TestRooms.Told>.Iterator

        /// The next round of telling has begun once this is called: the one before ended in a sleep.
        func nextRound() async {
            await clock.sleepers(1)
            clock.advance(by: RoundPace.window)
        }
    }

    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    private func run(_ members: Set<String>, _ body: (inout Scene) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bridge-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "test.db").path
        let store = try Store.open(at: path)
        let bus = SignalBus()
        let queue = MemoryCheckQueue(QueueRules(perHost: 9))
        let clock = ManualClock()
        let rooms = TestRooms(members)
        let bridge = RealtimeBridge(
            store: store, queue: queue, bus: bus, steps: LiveSteps(), rooms: rooms, clock: clock, now: { now },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let listening = bridge.listen()
        let running = Task { await bridge.run() }
        var scene = Scene(
            store: store, path: path, queue: queue, bus: bus, clock: clock, rooms: rooms,
            told: rooms.told.makeAsyncIterator())
        try await body(&scene)
        running.cancel()
        await running.value
        listening.cancel()
        try store.close()
    }

    private func add(_ scene: Scene, _ count: Int = 1) async throws -> [WatchID] {
        try await scene.store.create((0..<count).map { NewWatch(url: "https://example.org/\($0)") }, now: now).map(\.id)
    }

    @Test("a watch on somebody's screen is told with its state as the database has it, others are not told at all")
    func onlyWhatIsSeen() async throws {
        try await run(["list"]) { scene in
            let watches = try await add(scene, 3)
            scene.rooms.members.withLock { _ = $0.insert("watch:\(watches[1])") }
            for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
            scene.bus.publish(.queueLength(7))
            var events: [String] = []
            var row: [String: String] = [:]
            while events.count < 2, let told = await scene.told.next() {
                events.append(told.event)
                if told.event == "watch_update" { row = told.fields }
                if told.event == "queue_size" { #expect(told.fields["q_length"] == "7") }
            }
            #expect(Set(events) == ["queue_size", "watch_update"])
            #expect(row["uuid"] == watches[1].description)
            #expect(row["url"] == "https://example.org/1")
        }
    }

    @Test("twenty thousand watches that are queued at once do not push out the one on the screen")
    func floods() async throws {
        try await run([]) { scene in
            let watch = try await add(scene)[0]
            scene.rooms.members.withLock { _ = $0.insert("watch:\(watch)") }
            await scene.queue.push([QueuedCheck(watch: watch, host: "", priority: .person, enqueuedAt: now)])
            scene.bus.publish(.watch(watch, .queued))
            for _ in 0..<20_000 { scene.bus.publish(.watch(WatchID(), .queued)) }
            let told = await scene.told.next()
            #expect(told?.event == "watch_update")
            #expect(told?.fields["state"] == "queued")
        }
    }

    @Test("between two rounds only the latest counts, and rounds keep their distance")
    func pace() async throws {
        try await run(["list"]) { scene in
            scene.bus.publish(.queueLength(1))
            #expect(await scene.told.next()?.fields["q_length"] == "1")
            for length in 2...50 { scene.bus.publish(.queueLength(length)) }
            await scene.nextRound()
            #expect(await scene.told.next()?.fields["q_length"] == "50")
            scene.bus.publish(.running(3))
            await scene.nextRound()
            let told = await scene.told.next()
            #expect(told?.event == "checking_now", "nothing was told twice")
            #expect(told?.fields["count"] == "3")
        }
    }

    @Test("what could not be told because the database failed is told when it answers again")
    func storeFails() async throws {
        try await run(["list"]) { scene in
            let watch = try await add(scene)[0]
            scene.rooms.members.withLock { _ = $0.insert("watch:\(watch)") }
            let hidden = try Hidden(scene.path)
            scene.bus.publish(.watch(watch, .unchanged))
            await scene.clock.sleepers(1)
            try hidden.bringBack()
            scene.clock.advance(by: RoundPace.window)
            let told = await scene.told.next()
            #expect(told?.event == "watch_update")
            #expect(told?.fields["uuid"] == watch.description)
        }
    }

    @Test("a deletion is told once, however often the database fails before")
    func deletedWhileStoreFails() async throws {
        try await run([RealtimeRoom.everyWatch]) { scene in
            let watch = try await add(scene)[0]
            scene.rooms.members.withLock { _ = $0.insert("watch:\(watch)") }
            let hidden = try Hidden(scene.path)
            // More than are told at a time when each is noted in every round.
            let gone = Set((0..<600).map { _ in WatchID() })
            scene.bus.publish(.watch(watch, .unchanged))
            for id in gone { scene.bus.publish(.watch(id, .deleted)) }
            for _ in 0..<3 { await scene.nextRound() }
            await scene.clock.sleepers(1)
            try hidden.bringBack()
            await scene.nextRound()
            await scene.clock.sleepers(1)
            // What is deleted after them is told after them, however many rounds that takes.
            let last = WatchID()
            scene.bus.publish(.watch(last, .deleted))
            let clock = scene.clock
            let rounds = Task {
                while !Task.isCancelled {
                    await clock.sleepers(1)
                    clock.advance(by: RoundPace.window)
                }
            }
            var counts: [String: Int] = [:]
            while counts[last.description] == nil, let told = await scene.told.next() {
                guard told.event == "watch_deleted", told.rooms == [RealtimeRoom.everyWatch] else { continue }
                counts[told.fields["uuid"] ?? "", default: 0] += 1
            }
            rounds.cancel()
            let lastSleeper = Task { try? await clock.sleep(for: .seconds(1)) }
            await rounds.value
            lastSleeper.cancel()
            #expect(counts.count == 601)
            #expect(counts.values.allSatisfy { $0 == 1 }, "\(counts.values.max() ?? 0) times")
        }
    }

    @Test("a deleted watch and a new one are told to whoever shows the list")
    func listChanges() async throws {
        try await run(["list"]) { scene in
            let (gone, new) = (WatchID(), WatchID())
            scene.bus.publish(.watch(gone, .deleted))
            scene.bus.publish(.watch(new, .created))
            let first = await scene.told.next()
            let second = await scene.told.next()
            #expect([first?.event, second?.event] == ["watch_deleted", "watch_created"])
            #expect([first?.fields["uuid"], second?.fields["uuid"]] == [gone.description, new.description])
        }
    }
}
