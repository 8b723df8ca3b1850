import Domain
import Foundation
import Logging
import Storage
import StoreTestKit
import Synchronization
import TestSupport

@testable import Monitor

/// A simulated world on a manual clock: hosts of every temper, a real store, scheduler, desk and recorder, the queue's
/// rules, people who edit, restarts, and a wall clock that somebody sets. It notes every broken promise.
///
/// Time is true time, in seconds since the world began; the wall clock is that and what somebody has set it by.
final class World {
    struct Size {
        var hosts = 100
        var watchesPerHost = 1...3
        var inFlight = 20
        var days = 3.0
        /// Seconds; drawn evenly on a logarithmic scale.
        var intervals = 3600.0...172_800
        /// How many of a hundred hosts are of each temper; quick ones are the rest.
        var sick = 40
        /// How many edits, restarts and settings of the clock there are in a day.
        var edits = 60.0
        var restarts = 1.0
        var clockSteps = 1.5
        /// The scheduler's, in seconds.
        var tick = 60.0
    }

    /// What is known of a watch without asking the store.
    private struct Watched {
        let host: Int
        var interval: Double
        var isPaused = false
        /// From when on the next check is expected within the interval: its last check, or what somebody did.
        var since: Double
        var lastStart: Double?
        /// Somebody asked for the next check, which may come at any time.
        var isAskedFor = true
    }

    private struct Running {
        let claim: Claim
        let end: Double
        let answer: SimulatedHost.Answer
        let outcome: CheckOutcome
    }

    /// How much later than its interval a check of a host that is known to be well may begin: a sweep of the
    /// scheduler's, and what the others that are well take.
    static let bound = 75.0
    /// An hour's hold, a turn after it and a check that times out.
    static let longestHold = 3600.0 + 60 + SimulatedHost.patience

    private(set) var broken: [String] = []
    private(set) var checks = 0
    private(set) var worstLateness = 0.0

    private var random: SeededGenerator
    private let size: Size
    private let clock = ManualClock()
    private let wallOffset: Wall
    private var moment = 0.0
    private var hosts: [SimulatedHost] = []
    private var watches: [WatchID: Watched] = [:]
    private var order: [WatchID] = []
    private var running: [Running] = []
    private var runningPerHost: [Int: Int] = [:]
    private var watchesPerHost: [Int: Int] = [:]

    private let store: Store
    private var queue: SimulatedQueue
    private var holds: HostHolds
    private var scheduler: Scheduler
    private var recorder: Recorder
    private var desk: CheckDesk
    private var nextPass = 0.0

    /// What somebody has set the wall clock by, and the clock that runs on.
    private final class Wall: Sendable {
        static let start = Date(timeIntervalSince1970: 1_790_000_000)
        private let clock: ManualClock
        private let offset = Mutex(0.0)

        init(_ clock: ManualClock) { self.clock = clock }

        @Sendable func now() -> Date { Self.start + clock.now.offset.seconds + offset.withLock { $0 } }
        func set(to seconds: Double) { offset.withLock { $0 = seconds } }
    }

    init(seed: UInt64, size: Size, store: Store) async throws {
        random = SeededGenerator(seed: seed)
        self.size = size
        self.store = store
        wallOffset = Wall(clock)
        let queue = SimulatedQueue(
            QueueRules(perHost: 1, inFlight: size.inFlight), clock: clock, now: wallOffset.now)
        let holds = HostHolds()
        self.queue = queue
        self.holds = holds
        (scheduler, recorder, desk) = Self.parts(store, queue, holds, clock, wallOffset, size)
        for number in 0..<size.hosts {
            let tempers = SimulatedHost.Temper.allCases.filter { $0 != .quick }
            let isSick = random.below(100) < size.sick
            let temper = isSick ? tempers.randomElement(using: &random)! : .quick
            hosts.append(SimulatedHost(number: number, temper: temper, &random))
        }
        for host in hosts.indices {
            for _ in 0..<Int.random(in: size.watchesPerHost, using: &random) { try await create(host) }
        }
    }

    private static func parts(
        _ store: Store, _ queue: SimulatedQueue, _ holds: HostHolds, _ clock: ManualClock, _ wall: Wall,
        _ size: Size
    ) -> (Scheduler, Recorder, CheckDesk) {
        var options = Recorder.Options()
        options.linger = .zero
        var scheduling = Scheduler.Options()
        scheduling.tick = .seconds(size.tick)
        let bus = SignalBus()
        let scheduler = Scheduler(
            store: store, queue: queue, options: scheduling, holds: holds, clock: clock, now: wall.now,
            logger: Loggers.quiet)
        let recorder = Recorder(
            store: store, queue: queue, bus: bus, holds: holds, rule: DueRule(minimum: .seconds(3)), options: options,
            wakeScheduler: scheduler.wake, clock: clock, now: wall.now, logger: Loggers.quiet)
        return (
            scheduler, recorder,
            CheckDesk(store: store, queue: queue, recorder: recorder, holds: holds, bus: bus, now: wall.now)
        )
    }

    /// Lets the days pass.
    func run() async throws {
        let end = size.days * 86_400
        var nextEdit = wait(size.edits)
        var nextRestart = wait(size.restarts)
        var nextStep = wait(size.clockSteps)
        while moment < end {
            try await pass()
            try await claim()
            let next = [running.map(\.end).min() ?? end, nextPass, nextEdit, nextRestart, nextStep].min() ?? end
            advance(to: max(next, moment))
            try await finishChecks()
            if moment >= nextEdit {
                try await edit()
                nextEdit = moment + wait(size.edits)
            }
            if moment >= nextRestart {
                try await restart()
                nextRestart = moment + wait(size.restarts)
            }
            if moment >= nextStep {
                setClock()
                nextStep = moment + wait(size.clockSteps)
            }
        }
        lookForForgotten()
    }

    /// Seconds to the next of what happens so often a day.
    private func wait(_ perDay: Double) -> Double {
        perDay > 0 ? -log(.random(in: 0.0001..<1, using: &random)) * 86_400 / perDay : .infinity
    }

    private func advance(to next: Double) {
        clock.advance(by: .seconds(next - moment))
        moment = next
    }

    private func pass() async throws {
        guard moment >= nextPass || queue.hasRoom else { return }
        nextPass = moment + max(0.001, await scheduler.pass().seconds)
    }

    private func claim() async throws {
        while let claim = queue.next() {
            guard let job = try await desk.job(for: claim), var watched = watches[job.watch] else { continue }
            let host = hosts[watched.host]
            judge(watched, claim, host)
            watched.since = moment
            watched.lastStart = moment
            watched.isAskedFor = false
            watches[job.watch] = watched
            runningPerHost[watched.host, default: 0] += 1
            let answer = host.answer(at: moment, &random)
            let outcome = CheckOutcome(
                watch: job.watch, revision: job.revision, startedAt: wallOffset.now(),
                duration: .seconds(answer.seconds),
                result: answer.failure.map { .failed($0) } ?? .notModified)
            running.append(Running(claim: claim, end: moment + answer.seconds, answer: answer, outcome: outcome))
            checks += 1
        }
    }

    /// Looks whether a check that begins now keeps what was promised.
    private func judge(_ watched: Watched, _ claim: Claim, _ host: SimulatedHost) {
        let late = lateness(of: watched)
        if host.isWell { worstLateness = max(worstLateness, late) }
        if late > bound(watched) {
            broken.append(
                "\(host.name): \(late) s late at \(moment), interval \(watched.interval), bound \(bound(watched)), one of \(watchesPerHost[watched.host, default: 0])"
            )
        }
        if runningPerHost[watched.host, default: 0] >= queue.rules.perHost {
            broken.append("\(host.name): more than its limit at once at \(moment)")
        }
        if let last = watched.lastStart, !watched.isAskedFor, moment - last < watched.interval / 2 - 1 {
            broken.append("\(host.name): again after \(moment - last) s at \(moment), interval \(watched.interval)")
        }
        if host.closedUntil > moment + 1, !claim.check.isClick {
            broken.append("\(host.name): asked \(host.closedUntil - moment) s before it allows at \(moment)")
        }
    }

    private func lateness(of watched: Watched) -> Double {
        moment - watched.since - (watched.isAskedFor ? 0 : watched.interval)
    }

    /// How late the next check may be: of a host that is not known yet by as much as those take that let us wait, of
    /// one that does not answer by a hold for each of its watches.
    private func bound(_ watched: Watched) -> Double {
        let rules = queue.rules
        let waves = Double(hosts.count / max(1, rules.unprovenShare - rules.slowShare) + 1)
        let unknown = waves * SimulatedHost.patience + Self.bound
        guard !hosts[watched.host].isWell else { return watched.lastStart == nil ? unknown : Self.bound }
        let siblings = watchesPerHost[watched.host, default: 0]
        // Its turn among all of its temper comes after a wave for each share.
        let turn = Double(hosts.count / rules.doubtfulShare + 1) * SimulatedHost.patience
        // A clock that was set while the program was away may add as much as a hold could have been, or a server's
        // wish.
        let unseen = hosts[watched.host].temper == .limiting ? 86_400 : DueRule.longestHold
        return Double(siblings + 1) * (Self.longestHold + turn) + unknown + unseen
    }

    private func finishChecks() async throws {
        let done = running.filter { $0.end <= moment }
        guard !done.isEmpty else { return }
        running.removeAll { $0.end <= moment }
        for one in done {
            var outcome = one.outcome
            if let wait = one.answer.retryAfter { outcome.retryAfter = wallOffset.now() + wait }
            guard let watched = watches[outcome.watch] else { continue }
            runningPerHost[watched.host, default: 1] -= 1
            if let wait = one.answer.retryAfter { hosts[watched.host].closedUntil = moment + wait }
            // It has answered somebody who clicked, and so may be asked by all.
            if one.answer.failure == nil { hosts[watched.host].closedUntil = -1 }
            try await recorder.record(outcome, claim: one.claim)
        }
        await recorder.flush(within: .seconds(60))
        // Whoever was put off by what his host asks for, or by a hold, waits from the end of that on.
        nextPass = min(nextPass, moment)
    }

    private func create(_ host: Int) async throws {
        let interval = exp(
            .random(in: log(size.intervals.lowerBound)...log(size.intervals.upperBound), using: &random)
        ).rounded()
        var settings = WatchSettings()
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck = CheckInterval(seconds: Int(interval))
        let url = "https://\(hosts[host].name)/\(order.count)"
        let now = wallOffset.now()
        let new = NewWatch(url: url, settings: settings, firstDue: now)
        let watch = try await store.create([new], now: now)[0].id
        watches[watch] = Watched(host: host, interval: interval, since: moment)
        watchesPerHost[host, default: 0] += 1
        order.append(watch)
        scheduler.wake(from: now)
        nextPass = moment
    }

    private func edit() async throws {
        guard let watch = order.randomElement(using: &random), var watched = watches[watch] else { return }
        let now = wallOffset.now()
        switch random.below(5) {
        case 0:
            watched.isPaused.toggle()
            _ = try await store.setPaused([watch], watched.isPaused, now: now)
            if watched.isPaused { await queue.remove([watch]) } else { scheduler.wake(from: now) }
            watched.since = moment
            watched.isAskedFor = true
        case 1:
            let interval = (watched.interval * .random(in: 0.3...3, using: &random)).rounded() + 600
            _ = try await store.update(watch, now: now) {
                $0.settings.timeBetweenCheck = CheckInterval(seconds: Int(interval))
            }
            scheduler.wake(from: now)
            watched.interval = interval
            // Whoever edits a watch sees at once what comes of it.
            watched.since = moment
            watched.isAskedFor = true
        case 2:
            try await store.makeDue([watch], now: now)
            let check = QueuedCheck(
                watch: watch, host: hosts[watched.host].name, priority: .person, enqueuedAt: now, isClick: true)
            _ = await queue.push([check])
            watched.isAskedFor = true
            watched.since = moment
        case 3:
            await queue.remove([watch])
            _ = try await store.delete([watch])
            watches[watch] = nil
            watchesPerHost[watched.host, default: 1] -= 1
            order.removeAll { $0 == watch }
            runningPerHost[watched.host, default: 0] -= running.count { $0.outcome.watch == watch }
            running.removeAll { $0.outcome.watch == watch }
            return try await create(watched.host)
        default: return try await create(watched.host)
        }
        watches[watch] = watched
        nextPass = moment
    }

    /// The program ends at once, is away for a while, and begins anew with what is in the store.
    private func restart() async throws {
        running = []
        runningPerHost = [:]
        let away = Double.random(in: 1...7200, using: &random)
        advance(to: moment + away)
        let isSet = random.below(3) == 0
        if isSet { setClock() }
        queue = SimulatedQueue(queue.rules, clock: clock, now: wallOffset.now)
        holds = HostHolds()
        let held = try await store.heldHosts(now: wallOffset.now(), limit: 1000)
        holds.restore(held, now: wallOffset.now())
        await queue.doubt(held.filter { $0.failures > 0 }.map(\.host))
        (scheduler, recorder, desk) = Self.parts(store, queue, holds, clock, wallOffset, size)
        _ = try await store.spreadOverdue(at: wallOffset.now(), over: .seconds(60), keepNew: true)
        for watch in order {
            guard let watched = watches[watch] else { continue }
            // What fell due meanwhile is due now. With a clock that was set while nobody looked it may take its
            // interval anew, and nobody knows when a host allows to be asked.
            watches[watch]?.since = isSet ? moment : max(watched.since, moment - watched.interval)
            watches[watch]?.lastStart = nil
            if watched.isAskedFor { watches[watch]?.since = moment }
        }
        if isSet { for host in hosts.indices { hosts[host].closedUntil = -1 } }
        nextPass = moment
    }

    private func setClock() {
        let choices = [0.0, 0, -3600, 3600, -86_400 * 30, 86_400 * 30, .random(in: -7200...7200, using: &random)]
        wallOffset.set(to: choices.randomElement(using: &random)!)
        // What runs was begun under the other clock, and its next check may come early.
        for one in running { watches[one.outcome.watch]?.lastStart = nil }
        nextPass = moment
    }

    private func lookForForgotten() {
        for watch in order {
            guard let watched = watches[watch], !watched.isPaused else { continue }
            let host = hosts[watched.host]
            if lateness(of: watched) > bound(watched) {
                broken.append(
                    "\(host.name): not checked for \(moment - watched.since) s at the end, interval \(watched.interval), bound \(bound(watched))"
                )
            }
        }
    }
}
