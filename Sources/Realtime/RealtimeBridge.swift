import Domain
import Foundation
import Logging
import Monitor
import Storage
import Synchronization
import WebCore

/// Turns signals into events for those whose screen shows them.
///
/// The first after a quiet moment is told at once; those that follow are gathered, and at most ten times a second what
/// they amount to is told (`RoundPace`): one event per watch that somebody looks at, with its state as it is now, read
/// in one query. What nobody looks at costs one set insertion.
///
///                    ┌─ screens: who shows a watch, round by round ────────────────────────┐
///     signals ─► pending                                                               event loops
///                    ├─ feed: who hears everything ─┐ in rounds of their own, as long as   │
///                    └─ list: who shows the list ───┴ they take; what happens meanwhile ───┘
///                                                      is told in the next, as it is then
final class RealtimeBridge: Sendable {
    /// Rows of one question to the store: reading and writing them keeps a thread that requests wait for too.
    private static let batch = 200
    /// How many chunks are read anew between two rounds, for those who are far behind.
    private static let mostReread = 4
    /// So many bytes of rows are in an answer to `subscribe`; the rest is told as the client reads.
    static let mostStateBytes = 262_144

    private let store: Store
    private let queue: any CheckQueue
    private let bus: SignalBus
    private let steps: LiveSteps
    private let rooms: any RealtimeRooms
    private let clock: any Clock<Duration>
    private let lateness: Lateness
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let pending = Pending()
    private let list = ListDesk()
    private let news: AsyncStream<Void>
    private let newsArrived: AsyncStream<Void>.Continuation
    /// Rung when something comes that somebody waits for.
    private let urgency = Alarm()
    private let stopwatch: Stopwatch

    init(
        store: Store, queue: any CheckQueue, bus: SignalBus, steps: LiveSteps, rooms: any RealtimeRooms,
        lateness: Lateness = Lateness(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.store = store
        self.queue = queue
        self.bus = bus
        self.steps = steps
        self.rooms = rooms
        self.lateness = lateness
        self.clock = clock
        stopwatch = Stopwatch(clock)
        self.now = now
        self.logger = logger
        (news, newsArrived) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// What is to be told in the next round; the bus's observer shares it with the bridge and does not keep the bridge
    /// alive.
    private final class Pending: Sendable {
        let value = Mutex(PendingUpdates())
    }

    /// Notes every signal from now on, until the observation ends.
    func listen() -> SignalBus.Observation {
        bus.observe { [steps, pending, newsArrived, urgency] signal in
            steps.note(signal)
            // One ring for all signals of a round: who wakes the teller pays for it, and that is during a check.
            let (isFirst, isUrgent) = pending.value.withLock { all in
                let (wasEmpty, wasUrgent) = (all.isEmpty, all.isUrgent)
                all.note(signal)
                return (wasEmpty, all.isUrgent && !wasUrgent)
            }
            if isFirst { newsArrived.yield() }
            if isUrgent { urgency.ring() }
        }
    }

    /// Tells what was noted, until the task is cancelled.
    func run() async {
        var pace = RoundPace()
        await withDiscardingTaskGroup { rounds in
            for await _ in news {
                pace.begin(at: stopwatch.elapsed)
                let updates = pending.value.withLock { all in
                    defer { all = PendingUpdates() }
                    return all
                }
                await tell(updates)
                if rooms.feed.begin() { rounds.addTask { await self.tellEverything() } }
                if let news = list.begin() { rounds.addTask { await self.tell(news) } }
                while !Task.isCancelled, let wait = pace.wait(isUrgent: isUrgent, at: stopwatch.elapsed) {
                    await urgency.sleep(wait, on: clock)
                }
            }
        }
    }

    private var isUrgent: Bool { pending.value.withLock { $0.isUrgent } }

    private func tell(_ updates: PendingUpdates) async {
        let moment = now()
        // Who comes while this is told gets the state that it is about.
        let isHeard = rooms.hasMembers(RealtimeRoom.everyWatch)
        do {
            try await tellScreens(updates.watches, moment)
        } catch {
            // All of it comes again, so none of the rest may have been told or noted.
            failed(error)
            pending.value.withLock { $0.putBack(updates) }
            newsArrived.yield()
            return
        }
        tellDeletions(updates.deleted, moment)
        if isHeard {
            rooms.feed.note(updates.watches, deleted: updates.deleted)
        } else {
            rooms.feed.clear()
        }
        if rooms.hasMembers(RealtimeRoom.list) || rooms.hasMembers(RealtimeRoom.everyWatch) {
            list.note(updates.list)
        }
    }

    /// How many checks wait, and by how many seconds those of the last minutes were late, but for one of twenty.
    private func write(queueLength length: Int, to json: inout JSONWriter) {
        json.field("q_length", length)
        json.field("late_seconds", (lateness.summary.p95 * 10).rounded() / 10)
    }

    private func failed(_ error: any Error) {
        logger.warning("clients could not be told, trying again", metadata: ["error": "\(error)"])
    }

    /// Tells those who show the list; as long as that takes, what is newer waits.
    private func tell(_ list: ListNews) async {
        let moment = now()
        var events: [(event: RealtimeEvent, json: [UInt8])] = []
        if let length = list.queueLength {
            events.append((.queueSize, Self.json(moment) { write(queueLength: length, to: &$0) }))
        }
        if let count = list.running {
            events.append((.checkingNow, Self.json(moment) { $0.field("count", count) }))
        }
        var untold = ListNews()
        do {
            if list.totals, rooms.hasMembers(RealtimeRoom.list) {
                let totals = try await store.totals()
                events.append((.generalStatsUpdate, Self.json(moment) { Self.write(totals, to: &$0) }))
            }
        } catch {
            failed(error)
            untold.totals = true
        }
        await rooms.announce(events, to: [RealtimeRoom.list])
        let names = list.manyCreated ? [nil] : list.created.map { Optional($0.description) }
        let created = names.map { name in
            (RealtimeEvent.watchCreated, Self.json(moment) { $0.field("uuid", name) })
        }
        await rooms.announce(created, to: [RealtimeRoom.list, RealtimeRoom.everyWatch])
        if self.list.end(untold: untold) { newsArrived.yield() }
    }

    /// Tells those who hear everything: what was noted, as it is now, and what those who are behind still have to hear.
    private func tellEverything() async {
        let feed = rooms.feed
        var cut = feed.cut()
        do {
            feed.append(try await news(of: cut))
            cut = NewsFeed.Cut()
            var round: NewsFeed.Round
            repeat {
                for _ in 0..<Self.mostReread {
                    guard let (number, watches) = feed.wanted else { break }
                    feed.fill(number, with: try await news(of: NewsFeed.Cut(updates: watches), orDeletions: true))
                }
                feed.beginRound()
                await rooms.goRound()
                round = feed.endRound()
                // Who reads hears all there is before newer news is made; who does not is not waited for.
            } while round.gave && round.owes && !Task.isCancelled
        } catch {
            failed(error)
            feed.putBack(cut)
        }
        if feed.end() { newsArrived.yield() }
    }

    /// What is told of watches, as they are now and in this order; of those that are gone nothing, unless their
    /// deletion is to be told too.
    private func news(of cut: NewsFeed.Cut, orDeletions: Bool = false) async throws -> [WatchNews] {
        let moment = now()
        var news = cut.deletions.map { Self.deletion($0, moment) }
        var gone = orDeletions ? Set(cut.updates) : []
        try await forEachRow(cut.updates) { row, tags, place in
            gone.remove(row.id)
            news.append(WatchNews(watch: row.id, events: events(row, tags, place, moment)))
        }
        return news + gone.map { Self.deletion($0, moment) }
    }

    private static func deletion(_ watch: WatchID, _ moment: Date) -> WatchNews {
        WatchNews(watch: watch, events: [(.watchDeleted, json(moment) { $0.field("uuid", watch.description) })])
    }

    private func tellScreens(_ watches: Set<WatchID>, _ moment: Date) async throws {
        let seen = watches.filter { rooms.hasMembers(RealtimeRoom.watch($0.description)) }
        try await forEachRow(Array(seen)) { row, tags, place in
            let room = [RealtimeRoom.watch(row.id.description)]
            for (event, json) in events(row, tags, place, moment) {
                rooms.offer(
                    event.rawValue, json, about: event == .watchUpdate ? .update(row.id) : .passing, to: room)
            }
        }
    }

    /// Calls `body` with the rows of `watches`, in their order.
    private func forEachRow(
        _ watches: [WatchID], _ body: (WatchRow, [TagID: Tag], QueuePlace?) -> Void
    ) async throws {
        var rest = watches[...]
        while !rest.isEmpty {
            let ids = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            let rows = try await store.rows(ids)
            let places = await queue.places(of: ids)
            let tags = try await store.tags(Set(rows.flatMap(\.tags)))
            let byID = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            for id in ids {
                if let row = byID[id] { body(row, tags, places[id]) }
            }
        }
    }

    /// What is told of a watch: its state, and while it is checked where its check is, in words.
    private func events(
        _ row: WatchRow, _ tags: [TagID: Tag], _ place: QueuePlace?, _ moment: Date
    ) -> [(event: RealtimeEvent, json: [UInt8])] {
        let state = (event: RealtimeEvent.watchUpdate, json: update(row, tags, place, moment))
        guard case .running = place else { return [state] }
        let step = steps.step(of: row.id) ?? .fetching
        let comment = Self.json(moment) { json in
            json.field("uuid", row.id.description)
            json.field("status", step.text)
        }
        return [state, (.watchSmallStatusComment, comment)]
    }

    private func update(
        _ row: WatchRow, _ tags: [TagID: Tag], _ place: QueuePlace?, _ moment: Date
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 1500)
        json.object { json in
            json.key("watch")
            WatchUpdate.write(row, tags: tags, place: place, step: steps.step(of: row.id), now: moment, to: &json)
        }
        return json.bytes
    }

    /// What a client that reads slowly is told of these watches, as they are now.
    func events(of piece: BackPressure.Piece) async throws -> [(RealtimeEvent, [UInt8])] {
        let moment = now()
        let ids = Array(piece.updates)
        let rows = try await store.rows(ids)
        let tags = try await store.tags(Set(rows.flatMap(\.tags)))
        let places = await queue.places(of: ids)
        let deletions = piece.deletions.map { id in
            (RealtimeEvent.watchDeleted, Self.json(moment) { $0.field("uuid", id.description) })
        }
        return deletions + rows.map { (.watchUpdate, update($0, tags, places[$0.id], moment)) }
    }

    private func tellDeletions(_ watches: Set<WatchID>, _ moment: Date) {
        for id in watches {
            let targets = [RealtimeRoom.watch(id.description), RealtimeRoom.list]
            let json = Self.json(moment) { $0.field("uuid", id.description) }
            rooms.offer(RealtimeEvent.watchDeleted.rawValue, json, about: .deletion(id), to: targets)
        }
    }

    private static func json(_ moment: Date, _ fields: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            fields(&json)
            json.field("event_timestamp", moment.timeIntervalSince1970)
        }
        return json.bytes
    }

    /// The present state of what a client's screen shows: the answer to `subscribe`; `rest` are the watches that are
    /// too much for one message.
    func state(of watches: [WatchID]) async throws -> (json: [UInt8], rest: [WatchID]) {
        let moment = now()
        let rows = try await store.rows(watches)
        let tags = try await store.tags(Set(rows.flatMap(\.tags)))
        let places = await queue.places(of: watches)
        let totals = try await store.totals()
        let counts = await queue.counts
        let missing = Set(watches).subtracting(rows.map(\.id))
        var rest: [WatchID] = []
        var json = JSONWriter(reserving: min(Self.mostStateBytes, 1000 + rows.count * 1200))
        json.object { json in
            json.key("queue_size")
            json.object { write(queueLength: counts.length, to: &$0) }
            json.key("checking_now")
            json.object { $0.field("count", counts.running) }
            json.key("general_stats")
            json.object { Self.write(totals, to: &$0) }
            json.key("watches")
            json.array { json in
                for row in rows {
                    guard json.bytes.count <= Self.mostStateBytes else {
                        rest.append(row.id)
                        continue
                    }
                    WatchUpdate.write(
                        row, tags: tags, place: places[row.id], step: steps.step(of: row.id), now: moment, to: &json)
                }
            }
            json.key("missing")
            json.array { json in for id in missing { json.string(id.description) } }
            json.field("event_timestamp", moment.timeIntervalSince1970)
        }
        return (json.bytes, rest)
    }

    private static func write(_ totals: Totals, to json: inout JSONWriter) {
        json.field("count_errors", totals.failing)
        json.field("unread_changes_count", totals.unviewed)
        json.field("watch_count", totals.watches)
        json.field("paused_count", totals.paused)
    }
}
