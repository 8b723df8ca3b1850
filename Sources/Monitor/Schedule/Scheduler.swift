import Domain
public import Foundation
public import Logging
public import Storage
import Synchronization

/// Puts watches into the queue when they fall due.
///
/// It asks the store only for what is due, by index, and remembers how far it has come (a cursor over due time), so
/// that watches that wait in the queue are not read again and again. Whoever makes a watch due at a moment that the
/// cursor may have passed says so with `wake(from:)`; a sweep from the beginning once a minute finds whatever got lost
/// between the two.
public final class Scheduler: Sendable {
    public struct Options: Sendable {
        /// Over how long the watches that fell due while the program was stopped are spread.
        public var startSpread: Duration = .seconds(60)
        /// The longest sleep, and so the period of the heartbeat.
        public var tick: Duration = .seconds(1)
        /// How often everything due is looked at from the beginning.
        public var sweep: Duration = .seconds(60)
        /// No more is put into a queue that is longer than this.
        public var queueLimit = 5000
        /// Rows of one question to the store.
        public var batch = 500

        public init() {}
    }

    private struct Progress {
        var cursor: DueCursor?
        /// Where to go back to before the next look, set by who made something due there.
        var goBack: DueCursor?
        var sweptAt = Date.distantPast
        var lastBeat: Date?
    }

    private let store: Store
    private let queue: any CheckQueue
    private let options: Options
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let alarm = Alarm()
    private let progress = Mutex(Progress())

    public init(
        store: Store, queue: any CheckQueue, options: Options = Options(),
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.store = store
        self.queue = queue
        self.options = options
        self.clock = clock
        self.now = now
        self.logger = logger
    }

    /// When it last looked; nil before the first time.
    public var lastBeat: Date? { progress.withLock { $0.lastBeat } }

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
        let moment = now()
        do {
            try await fill(at: moment)
            progress.withLock { $0.lastBeat = moment }
            return try await untilNextDue(moment)
        } catch {
            logger.error("the scheduler could not read what is due", metadata: ["error": "\(error)"])
            return options.tick
        }
    }

    private func fill(at moment: Date) async throws {
        var cursor = startingCursor(moment)
        while await queue.counts.length < options.queueLimit {
            let due = try await store.due(at: moment, after: cursor, limit: options.batch)
            guard let last = due.last else { break }
            await queue.push(
                due.map {
                    QueuedCheck(watch: $0.id, host: $0.host, priority: .clock(due: $0.due), enqueuedAt: moment)
                })
            cursor = last.cursor
            progress.withLock { $0.cursor = last.cursor }
            if due.count < options.batch { break }
        }
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
        guard await queue.counts.length < options.queueLimit else { return options.tick }
        guard let next = try await store.nextDue(after: moment) else { return options.tick }
        return min(options.tick, max(.milliseconds(5), .seconds(next.timeIntervalSince(moment))))
    }
}
