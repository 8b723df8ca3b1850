import DequeModule
import Domain
import Foundation
import HeapModule

/// The rules of the queue as a value: no lock, no clock, no waiting, so that any order of events can be tried.
///
/// A watch is in one of these places:
/// ```
///            push                claim               finish
///   (none) ───────► waiting ───────────────► running ───────► (none)
///                    ▲  │  ▲                  │  │
///      moved forward └──┘  └──────────────────┘  │ push by a person: waits "again"
///                         giveBack, rescue       └─────► running+again ── finish ──► waiting
/// ```
/// A person's wish that is older than the check which runs is fulfilled by it; it waits only when that is not done.
///
/// What waits stands in a line of its host, one for each kind of worker, and only lines whose host has room stand in
/// the order of their `Lane`: the search for the next check never walks over a host that is at its limit, and nothing
/// that one host does moves another's line.
struct QueueState {
    private struct Waiting {
        var check: QueuedCheck
        var arrival: UInt64
        let host: Int
    }

    private struct Running {
        let claim: Claim
        let host: Int
        /// When it was claimed, on the queue's stopwatch.
        let since: Duration
        /// What its host's line has paid for it in advance, in seconds.
        let paid: Double
        /// As the claim's, but moved with the wall clock when that is set.
        var claimedAt: Date
        var again: QueuedCheck?
        /// A person's wish that is older than the claim: this check fulfils it, if it is done.
        var wish: QueuedCheck?
        /// It counts against its host's limit; no longer once its outcome is to be stored.
        var holdsHost = true
        /// By what its host is counted in the lane.
        var countedAs: HostTemper
        /// How long it waited for the page; nil while it does.
        var waited: Duration?
        var step = CheckStep.fetching
        /// When the lease runs out, on the queue's stopwatch.
        var deadline: Duration

        /// What waits once this has ended.
        func next(after end: ClaimEnd) -> QueuedCheck? {
            switch end {
            case .recorded: return again
            case .unwanted: return again ?? wish
            case .undone, .lost:
                var next = again ?? wish ?? claim.check
                next.priority = min(next.priority, wish?.priority ?? next.priority, claim.check.priority)
                return next
            }
        }
    }

    private typealias RunningPlace = Dictionary<WatchID, Running>.Index

    let rules: QueueRules
    private var nextNumber: UInt64 = 0
    private var waiting: [WatchID: Waiting] = [:]
    private var running: [WatchID: Running] = [:]
    private var hosts: [HostLine] = []
    private var hostNumbers: [String: Int] = [:]
    private var freeNumbers: [Int] = []
    /// One for each kind that was ever asked for; there are few.
    private var lanes: [Lane] = []
    /// Hosts of which the clock wanted to let more wait, and that have room again.
    private var roomy: [String] = []

    /// Hosts that are remembered, those that were first in front; a host that has something again stays until its turn.
    private var noted = Deque<Int>()
    /// So many hosts are remembered for how they answered while nothing of them waits; others are known by their
    /// watches' rows.
    private let remembered: Int

    init(_ rules: QueueRules, remembered: Int = 20_000) {
        self.rules = rules
        self.remembered = remembered
    }

    /// `length` and `parked` aside.
    private var tally = QueueCounts()
    private var rerunCount = 0
    private var parkedCount = 0

    /// How many watches wait, those that wait to run again included.
    var length: Int { waiting.count + rerunCount }
    var runningCount: Int { running.count }

    var counts: QueueCounts {
        var counts = tally
        counts.length = length
        counts.parked = parkedCount
        return counts
    }

    /// What a push did; `fulfilled` is a wish that the running check is for, since it began after the wish; `noRoom` is
    /// a check of the clock's that stays in the store until `takeRoom` names its host.
    enum PushResult { case added, movedForward, fulfilled, nothingNew, noRoom }

    /// How a claim ends: its check is stored, was not to be done, was to be done and is not, or nobody has said
    /// anything of it for the length of a lease.
    enum ClaimEnd: CaseIterable { case recorded, unwanted, undone, lost }

    mutating func push(_ check: QueuedCheck) -> PushResult {
        if let place = running.index(forKey: check.watch) { return pushRunning(check, place) }
        guard let place = waiting.index(forKey: check.watch) else { return pushNew(check) }
        let current = waiting.values[place]
        if check.host != current.check.host { return move(check, from: current) }
        guard check.priority < current.check.priority else { return .nothingNew }
        var moved = current.check
        moved.priority = check.priority
        moved.isClick = moved.isClick || check.isClick
        nextNumber += 1
        waiting.values[place].check = moved
        waiting.values[place].arrival = nextNumber
        insert(moved, nextNumber, current.host)
        return .movedForward
    }

    /// Gives a watch that waits its place at another host, since its address was edited.
    private mutating func move(_ check: QueuedCheck, from old: Waiting) -> PushResult {
        var moved = check
        moved.priority = min(check.priority, old.check.priority)
        moved.isClick = check.isClick || old.check.isClick
        moved.enqueuedAt = min(check.enqueuedAt, old.check.enqueuedAt)
        _ = remove(check.watch)
        enqueue(moved, number(of: moved.host, moved.temper))
        return .movedForward
    }

    private mutating func pushNew(_ check: QueuedCheck) -> PushResult {
        let host = number(of: check.host, check.temper)
        if check.priority > .clone, !check.host.isEmpty,
            hosts[host].waiting >= rules.waitingPerHost(at: length)
        {
            hosts[host].isShort = true
            return .noRoom
        }
        enqueue(check, host)
        return .added
    }

    private mutating func pushRunning(_ check: QueuedCheck, _ place: RunningPlace) -> PushResult {
        // The clock never asks twice: what runs now is what it wanted.
        guard check.priority <= .clone else { return .nothingNew }
        // The wish was a due time before it came here, and the clock was faster.
        if running.values[place].claimedAt > check.enqueuedAt { return fulfil(check, place) }
        if let again = running.values[place].again {
            guard check.priority < again.priority else { return .nothingNew }
            running.values[place].again = check
            return .movedForward
        }
        running.values[place].again = check
        rerunCount += 1
        return .added
    }

    private mutating func fulfil(_ check: QueuedCheck, _ place: RunningPlace) -> PushResult {
        if let wish = running.values[place].wish, wish.priority <= check.priority { return .nothingNew }
        defer { running.values[place].wish = check }
        return running.values[place].wish == nil ? .fulfilled : .nothingNew
    }

    /// The host's number, which it keeps while anything of it is here.
    private mutating func number(of host: String, _ hint: HostTemper?) -> Int {
        if let known = hostNumbers[host] {
            hosts[known].hear(hint)
            return known
        }
        let line = HostLine(name: host, temper: hint ?? .unknown)
        let number = freeNumbers.popLast() ?? hosts.count
        if number == hosts.count { hosts.append(line) } else { hosts[number] = line }
        hostNumbers[host] = number
        return number
    }

    /// Gives a check a new place at its host.
    private mutating func enqueue(_ check: QueuedCheck, _ host: Int) {
        nextNumber += 1
        waiting[check.watch] = Waiting(check: check, arrival: nextNumber, host: host)
        hosts[host].waiting += 1
        let lane = lane(of: check.kind)
        lanes[lane].begin(host)
        lanes[lane].lines[host]?.count += 1
        insert(check, nextNumber, host)
    }

    private mutating func insert(_ check: QueuedCheck, _ arrival: UInt64, _ host: Int) {
        let ticket = Ticket(priority: check.priority, arrival: arrival, watch: check.watch)
        lanes[lane(of: check.kind)].lines[host]?.tickets.insert(ticket)
        settlePlace(of: host)
    }

    private mutating func lane(of kind: FetcherKind) -> Int {
        if let known = lanes.firstIndex(where: { $0.kind == kind }) { return known }
        lanes.append(Lane(kind: kind))
        return lanes.count - 1
    }

    /// Puts the host's lines where they belong now: in the order of their lanes while it has room, else nowhere.
    private mutating func settlePlace(of host: Int) {
        let line = hosts[host]
        let hasRoom = line.name.isEmpty || line.holding < rules.limit(line.temper)
        let parked = hasRoom ? 0 : line.waiting
        parkedCount += parked - line.parked
        hosts[host].parked = parked
        for lane in lanes.indices {
            guard let head = head(of: host, lane) else { continue }
            let tag = lanes[lane].lines[host]?.tag ?? 0
            let standing = Standing(tag: tag, head: head, temper: line.temper, host: host)
            lanes[lane].place(host, hasRoom ? standing : nil)
        }
        noteRoom(of: host)
        if hosts[host].isIdle { forget(host) }
    }

    /// The most urgent of a host's checks of a kind; a line without any stands nowhere.
    private mutating func head(of host: Int, _ lane: Int) -> Ticket? {
        while let ticket = lanes[lane].lines[host]?.tickets.min {
            if waiting[ticket.watch]?.arrival == ticket.arrival { return ticket }
            // Stale: its watch was moved forward (and has a newer ticket), claimed or removed.
            lanes[lane].lines[host]?.tickets.removeMin()
        }
        lanes[lane].place(host, nil)
        return nil
    }

    private mutating func noteRoom(of host: Int) {
        guard hosts[host].isShort, hosts[host].waiting <= rules.waitingPerHost(at: length) / 2 else { return }
        hosts[host].isShort = false
        roomy.append(hosts[host].name)
    }

    /// There is something for `takeRoom` to tell.
    var hasRoom: Bool { !roomy.isEmpty }

    /// The hosts of which the clock may let more wait, each told once; empty when nobody is short of room.
    mutating func takeRoom() -> [String] {
        defer { roomy = [] }
        return roomy
    }

    /// Lets go of a host of which nothing is here, unless it is worth remembering how it answered; then of the one that
    /// was first remembered, when there are too many.
    private mutating func forget(_ host: Int) {
        guard hosts[host].isRemarkable else { return drop(host) }
        if !hosts[host].isNoted {
            hosts[host].isNoted = true
            noted.append(host)
        }
        while noted.count > remembered, let first = noted.popFirst() {
            // A number may have gone to another host since.
            guard hosts[first].isNoted else { continue }
            hosts[first].isNoted = false
            if hosts[first].isIdle { drop(first) }
        }
    }

    /// How many hosts are known of which nothing waits or runs.
    var rememberedHosts: Int { hostNumbers.values.count { hosts[$0].isIdle } }

    private mutating func drop(_ host: Int) {
        for lane in lanes.indices { lanes[lane].lines[host] = nil }
        hostNumbers[hosts[host].name] = nil
        hosts[host] = HostLine(name: "", temper: .unknown)
        freeNumbers.append(host)
    }

    /// The check of this kind that comes next, now claimed until a lease after `moment`; nil when there is none whose
    /// host and whose share have room.
    mutating func claim(_ kind: FetcherKind, at now: Date, moment: Duration) -> Claim? {
        let lane = lane(of: kind)
        countAged(lane, before: moment - rules.brief)
        guard let standing = lanes[lane].next(rules), let gone = waiting.removeValue(forKey: standing.head.watch)
        else { return nil }
        nextNumber += 1
        let claim = Claim(check: gone.check, token: nextNumber, claimedAt: now)
        running[standing.head.watch] = Running(
            claim: claim, host: gone.host, since: moment, paid: lanes[lane].lines[gone.host]?.cost ?? 0,
            claimedAt: now, countedAs: standing.temper, deadline: moment + rules.lease)
        tally.fetching += 1
        hosts[gone.host].waiting -= 1
        hosts[gone.host].holding += 1
        lanes[lane].lines[gone.host]?.count -= 1
        lanes[lane].claimed(standing, token: claim.token, at: moment)
        settlePlace(of: gone.host)
        return claim
    }

    /// Counts the quick hosts' checks that have waited for their page since before `moment` as those of slow ones.
    private mutating func countAged(_ lane: Int, before moment: Duration) {
        while let aged = lanes[lane].popAged(moment) {
            guard let place = running.index(forKey: aged.watch), running.values[place].claim.token == aged.token,
                running.values[place].countedAs == .quick, running.values[place].step == .fetching
            else { continue }
            running.values[place].countedAs = .slow
            lanes[lane].countAsSlow()
        }
    }

    /// Ends a claim; returns the check that is queued again, if any. A claim that is not current changes nothing.
    mutating func end(_ claim: Claim, _ end: ClaimEnd, moment: Duration) -> (ended: Bool, queued: QueuedCheck?) {
        guard let place = place(of: claim) else { return (false, nil) }
        let entry = running.remove(at: place).value
        tally.add(-1, to: entry.step)
        if entry.again != nil { rerunCount -= 1 }
        if entry.holdsHost {
            if end == .lost { hosts[entry.host].learn(timedOut: true, after: .zero, brief: rules.brief) }
            releaseHost(entry, moment)
        }
        let next = entry.next(after: end)
        if let next { enqueue(next, number(of: next.host, next.temper)) }
        return (true, next)
    }

    /// Where the claim is noted; nil when it is not current. Each search costs a hash, so that what is noted there is
    /// changed in its place.
    private func place(of claim: Claim) -> RunningPlace? {
        running.index(forKey: claim.check.watch).flatMap { running.values[$0].claim.token == claim.token ? $0 : nil }
    }

    /// Notes where a claim's check is, and lends it for another lease; false when it is not current. From `storing` on
    /// another watch of the host may be claimed, and the queue knows how the host has answered.
    mutating func reach(_ step: CheckStep, _ claim: Claim, timedOut: Bool = false, moment: Duration) -> Bool {
        guard let place = place(of: claim) else { return false }
        tally.add(-1, to: running.values[place].step)
        tally.add(1, to: step)
        running.values[place].step = step
        running.values[place].deadline = moment + rules.lease
        if step != .fetching, running.values[place].waited == nil {
            running.values[place].waited = moment - running.values[place].since
        }
        if step == .storing, running.values[place].holdsHost {
            running.values[place].holdsHost = false
            let entry = running.values[place]
            hosts[entry.host].learn(
                timedOut: timedOut, after: entry.waited ?? moment - entry.since, brief: rules.brief)
            releaseHost(entry, moment)
        }
        return true
    }

    /// Lends a claim for another lease; false when it is not current.
    mutating func extend(_ claim: Claim, moment: Duration) -> Bool {
        guard let place = place(of: claim) else { return false }
        running.values[place].deadline = moment + rules.lease
        return true
    }

    /// The claims whose leases have run out at `moment`, in the order in which they were claimed.
    func overdue(at moment: Duration) -> [Claim] {
        running.values.filter { $0.deadline <= moment }.map(\.claim).sorted { $0.token < $1.token }
    }

    private mutating func releaseHost(_ entry: Running, _ moment: Duration) {
        hosts[entry.host].holding -= 1
        let lane = lane(of: entry.claim.check.kind)
        lanes[lane].ended(countedAs: entry.countedAs)
        lanes[lane].settle(entry.host, paid: entry.paid, took: (moment - entry.since).seconds)
        settlePlace(of: entry.host)
    }

    /// Takes a watch out; true when it was waiting (to run or to run again).
    mutating func remove(_ watch: WatchID) -> Bool {
        if let place = running.index(forKey: watch) {
            running.values[place].wish = nil
            guard running.values[place].again != nil else { return false }
            running.values[place].again = nil
            rerunCount -= 1
            return true
        }
        guard let gone = waiting.removeValue(forKey: watch) else { return false }
        hosts[gone.host].waiting -= 1
        lanes[lane(of: gone.check.kind)].lines[gone.host]?.count -= 1
        settlePlace(of: gone.host)
        return true
    }

    /// Takes what was seen of a host before a restart: that it let somebody wait in vain.
    mutating func doubt(_ host: String) {
        guard hostNumbers[host] == nil else { return }
        let number = number(of: host, nil)
        hosts[number].learn(timedOut: true, after: .zero, brief: rules.brief)
        forget(number)
    }

    /// Follows the wall clock, which has been set by so much: what ran before and what is wished after keep their
    /// order.
    mutating func clockMoved(by seconds: Double) {
        for watch in Array(running.keys) {
            running[watch]?.claimedAt += seconds
            running[watch]?.again?.move(by: seconds)
            running[watch]?.wish?.move(by: seconds)
        }
        let inOrder = waiting.sorted {
            ($0.value.check.priority, $0.value.arrival) < ($1.value.check.priority, $1.value.arrival)
        }
        for (watch, entry) in inOrder {
            var check = entry.check
            check.move(by: seconds)
            nextNumber += 1
            waiting[watch]?.check = check
            waiting[watch]?.arrival = nextNumber
            insert(check, nextNumber, entry.host)
        }
    }

    /// For how many seconds the eldest of those waits that come next of their temper, while there are places.
    mutating func waitsThoughIdle(at now: Date) -> Double {
        var longest = 0.0
        for lane in lanes.indices where lanes[lane].isIdle(rules) {
            for head in lanes[lane].heads() {
                guard let check = waiting[head.watch]?.check else { continue }
                longest = max(longest, now.timeIntervalSince(check.enqueuedAt))
            }
        }
        return longest
    }

    func place(of watch: WatchID) -> QueuePlace? {
        if let entry = running[watch] { return .running(again: entry.again != nil) }
        return waiting[watch] == nil ? nil : .waiting
    }

    /// Everything, in order; O(n log n), for people who look.
    func snapshot() -> QueueSnapshot {
        let ordered = waiting.values.sorted {
            ($0.check.priority, $0.arrival) < ($1.check.priority, $1.arrival)
        }
        let again = running.values.compactMap(\.again)
        return QueueSnapshot(
            waiting: again + ordered.map(\.check), running: running.values.map(\.claim).sorted { $0.token < $1.token })
    }
}

extension QueuedCheck {
    fileprivate mutating func move(by seconds: Double) {
        enqueuedAt += seconds
        priority = priority.moved(by: seconds)
    }
}

extension QueueCounts {
    fileprivate mutating func add(_ number: Int, to step: CheckStep) {
        switch step {
        case .fetching: fetching += number
        case .comparing: comparing += number
        case .storing: storing += number
        }
    }
}
