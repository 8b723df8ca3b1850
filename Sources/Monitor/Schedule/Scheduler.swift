import Domain
public import Foundation
public import Logging
public import Storage
import Synchronization

/// Puts watches into the queue when they fall due.
///
/// It asks the store only for what is due, by index, and remembers how far it has come (a cursor over due time), so
/// that watches that wait in the queue are not read again and again. The cursor never stops for a host: of one that has
/// many watches due the queue takes a few, and names it when there is room for more (`refill`). Whoever makes a watch
/// due at a moment that the cursor may have passed says so with `wake(from:)`; a sweep from the beginning once a minute
/// finds whatever got lost between the two.
public final class Scheduler: Sendable {
    public struct Options: Sendable {
        /// Over how long the watches that fell due while the program was stopped are spread.
        public var startSpread: Duration = .seconds(60)
        /// The longest sleep, and so the period of the heartbeat.
        public var tick: Duration = .seconds(1)
        /// How often everything due is looked at from the beginning.
        public var sweep: Duration = .seconds(60)
        /// Rows of one question to the store.
        public var batch = 500
        /// The wall clock was set when it moved by this much against one that nobody sets.
        public var clockStep: Duration = .seconds(2)
        /// How often due times are looked through for those that a wrong clock has made.
        public var audit: Duration = .seconds(3600)
        /// No interval is shorter.
        public var minimum: Duration = .seconds(3)

        public init() {}
    }

    private struct Progress {
        var cursor: DueCursor?
        /// Where to go back to before the next look, set by who made something due there.
        var goBack: DueCursor?
        var sweptAt = Date.distantPast
        /// On the stopwatch, as the others of these.
        var lastBeat: Duration?
        var auditedAt: Duration?
        /// Hosts with room in the queue that were not refilled yet.
        var roomy: [String] = []
        /// What the wall clock said when the stopwatch was started, had nobody set it since.
        var epoch: Date
    }

    private let store: Store
    private let queue: any CheckQueue
    private let options: Options
    private let holds: HostHolds
    private let clock: any Clock<Duration>
    private let stopwatch: Stopwatch
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let alarm: Alarm
    private let progress: Mutex<Progress>

    public init(
        store: Store, queue: any CheckQueue, options: Options = Options(), alarm: Alarm = Alarm(),
        holds: HostHolds = HostHolds(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.store = store
        self.queue = queue
        self.options = options
        self.alarm = alarm
        self.holds = holds
        self.clock = clock
        stopwatch = Stopwatch(clock)
        self.now = now
        progress = Mutex(Progress(epoch: now()))
        self.logger = logger
    }

    /// How long ago it last looked, by a clock that nobody sets; nil before the first time.
    public var sinceLastBeat: Duration? { progress.withLock { $0.lastBeat }.map { stopwatch.elapsed - $0 } }

    /// Looks again at once: something has become due at `moment` or later.
    ///
    /// Called after the row is stored; a look that is under way may have been past the place already.
    public func wake(from moment: Date) {
        let place = DueCursor(before: moment)
        progress.withLock { all in all.goBack = min(all.goBack ?? place, place) }
        alarm.ring()
    }

    /// Works until the task is cancelled; a store that fails is asked again at the next tick.
    public func run() async {
        await spreadOverdue()
        while !Task.isCancelled {
            let sleep = await pass()
            await alarm.sleep(sleep, on: clock)
        }
    }

    private func spreadOverdue() async {
        guard options.startSpread > .zero else { return }
        do {
            let count = try await store.spreadOverdue(at: now(), over: options.startSpread, keepNew: true)
            if count > 0 { logger.info("watches fell due while stopped", metadata: ["count": "\(count)"]) }
        } catch {
            logger.warning("overdue watches could not be spread", metadata: ["error": "\(error)"])
        }
    }

    /// One look at what is due; returns how long to sleep.
    func pass() async -> Duration {
        do {
            try await followClock()
            let moment = now()
            try await fill(at: moment)
            progress.withLock { $0.lastBeat = stopwatch.elapsed }
            return try await untilNextDue(moment)
        } catch {
            logger.error("the scheduler could not read what is due", metadata: ["error": "\(error)"])
            return options.tick
        }
    }

    private func fill(at moment: Date) async throws {
        var cursor = startingCursor(moment)
        while true {
            try await refill(at: moment)
            let due = try await store.due(at: moment, after: cursor, limit: options.batch)
            guard let last = due.last else { break }
            await queue.push(due.map { QueuedCheck($0, at: moment) })
            cursor = last.cursor
            progress.withLock { $0.cursor = last.cursor }
            if due.count < options.batch { break }
        }
    }

    /// Lets more of those hosts wait for which there was no room when the cursor came by. What the store fails to tell
    /// is asked again at the next look.
    private func refill(at moment: Date) async throws {
        let told = await queue.takeRoom()
        progress.withLock { $0.roomy += told }
        while let host = progress.withLock({ $0.roomy.last }) {
            try await refill(host, at: moment)
            progress.withLock { all in all.roomy.removeAll { $0 == host } }
        }
    }

    private func refill(_ host: String, at moment: Date) async throws {
        var cursor: DueCursor?
        let limit = queue.rules.waitingPerHost
        // Those that run or are being stored are still due in the store, and may be all of one batch. It ends with the
        // first that has no room: so the queue knows that there are more.
        while true {
            let due = try await store.due(at: moment, host: host, after: cursor, limit: limit)
            await queue.push(due.map { QueuedCheck($0, at: moment) })
            guard due.count == limit, await queue.places(of: due.map(\.id)).count == limit else { return }
            cursor = due.last?.cursor
        }
    }

    /// Moves all that is planned along with a wall clock that was set, so that it comes neither early nor late, and now
    /// and then brings back what a clock had moved while nobody looked.
    private func followClock() async throws {
        let (wall, elapsed) = (now(), stopwatch.elapsed)
        let epoch = wall.addingTimeInterval(-elapsed.seconds)
        let moved = epoch.timeIntervalSince(progress.withLock { $0.epoch })
        if abs(moved) >= options.clockStep.seconds {
            try await move(by: moved)
            progress.withLock { all in
                all.epoch = epoch
                all.auditedAt = nil
                all.cursor = nil
            }
        }
        guard progress.withLock({ $0.auditedAt }).map({ elapsed - $0 >= options.audit }) ?? true else { return }
        let count = try await store.bringBackDueTimes(
            now: now(), minimum: options.minimum, spread: max(.seconds(60), options.startSpread))
        try await store.dropHolds(now: now())
        progress.withLock { $0.auditedAt = elapsed }
        guard count > 0 else { return }
        progress.withLock { $0.cursor = nil }
        logger.warning(
            "watches were due later than their intervals allow and are brought back", metadata: ["count": "\(count)"])
    }

    private func move(by seconds: Double) async throws {
        let count = try await store.moveDueTimes(by: seconds)
        await queue.clockMoved(by: seconds)
        holds.clockMoved(by: seconds)
        logger.warning(
            "the system's clock was set, and all due times with it",
            metadata: ["seconds": "\(Int(seconds.rounded()))", "watches": "\(count)"])
    }

    private func startingCursor(_ moment: Date) -> DueCursor? {
        progress.withLock { all in
            if let place = all.goBack, let cursor = all.cursor { all.cursor = min(cursor, place) }
            all.goBack = nil
            guard moment.timeIntervalSince(all.sweptAt) < options.sweep.seconds, moment >= all.sweptAt else {
                all.sweptAt = moment
                all.cursor = nil
                return nil
            }
            return all.cursor
        }
    }

    private func untilNextDue(_ moment: Date) async throws -> Duration {
        guard let next = try await store.nextDue(after: moment) else { return options.tick }
        return min(options.tick, max(.milliseconds(5), .seconds(next.timeIntervalSince(moment))))
    }
}

extension QueuedCheck {
    fileprivate init(_ due: DueWatch, at moment: Date) {
        self.init(
            watch: due.id, host: due.host, priority: .clock(due: due.due), enqueuedAt: moment, temper: due.temper)
    }
}
