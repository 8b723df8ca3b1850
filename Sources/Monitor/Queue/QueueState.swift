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
/// What waits for workers of one kind stands in a heap of its own, so that no kind is searched for another's.
/// A waiting watch whose host is at its limit is parked with its host, so that the search for the next one never walks
/// over it again; the end of a claim of that host un-parks one.
struct QueueState {
    /// A heap entry is stale when its ticket is no longer the one its watch waits with.
    private struct Ticket: Comparable {
        let priority: CheckPriority
        let arrival: UInt64
        let watch: WatchID

        static func < (one: Self, other: Self) -> Bool {
            (one.priority, one.arrival) < (other.priority, other.arrival)
        }
    }

    private struct Waiting {
        var check: QueuedCheck
        var arrival: UInt64
        /// It was passed over because its host had no room.
        var isParked = false
    }

    private struct Running {
        let claim: Claim
        var again: QueuedCheck?
        /// A person's wish that is older than the claim: this check fulfils it, if it is done.
        var wish: QueuedCheck?
        /// It counts against its host's limit; no longer once its outcome is to be stored.
        var holdsHost = true
        var step = CheckStep.fetching
        /// When the lease runs out, on the queue's stopwatch.
        var deadline: Duration

        /// What waits once this has ended.
        func next(after end: ClaimEnd) -> QueuedCheck? {
            switch end {
            case .recorded: return again
            case .unwanted: return again ?? wish
            case .undone:
                var next = again ?? wish ?? claim.check
                next.priority = min(next.priority, wish?.priority ?? next.priority, claim.check.priority)
                return next
            }
        }
    }

    private typealias RunningPlace = Dictionary<WatchID, Running>.Index

    /// How many watches of one host may run at once; checks without a host are not limited.
    let limitPerHost: Int
    private var nextNumber: UInt64 = 0
    private var waiting: [WatchID: Waiting] = [:]
    private var running: [WatchID: Running] = [:]
    private var ready: [FetcherKind: Heap<Ticket>] = [:]
    private var parked: [String: [FetcherKind: Heap<Ticket>]] = [:]
    private var runningPerHost: [String: Int] = [:]

    init(limitPerHost: Int) {
        self.limitPerHost = max(1, limitPerHost)
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

    /// What a push did; `fulfilled` is a wish that the running check is for, since it began after the wish.
    enum PushResult { case added, movedForward, fulfilled, nothingNew }

    /// How a claim ends: its check is stored, was not to be done, or was to be done and is not.
    enum ClaimEnd: CaseIterable { case recorded, unwanted, undone }

    mutating func push(_ check: QueuedCheck) -> PushResult {
        if let place = running.index(forKey: check.watch) { return pushRunning(check, place) }
        guard let place = waiting.index(forKey: check.watch) else {
            enqueue(check)
            return .added
        }
        let current = waiting.values[place]
        guard check.priority < current.check.priority else { return .nothingNew }
        if current.isParked { parkedCount -= 1 }
        var moved = current.check
        moved.priority = check.priority
        enqueue(moved)
        return .movedForward
    }

    private mutating func pushRunning(_ check: QueuedCheck, _ place: RunningPlace) -> PushResult {
        // The clock never asks twice: what runs now is what it wanted.
        guard check.priority <= .clone else { return .nothingNew }
        // The wish was a due time before it came here, and the clock was faster.
        if running.values[place].claim.claimedAt > check.enqueuedAt { return fulfil(check, place) }
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

    /// Gives a check a new place, in which it is not parked.
    private mutating func enqueue(_ check: QueuedCheck) {
        nextNumber += 1
        waiting[check.watch] = Waiting(check: check, arrival: nextNumber)
        let ticket = Ticket(priority: check.priority, arrival: nextNumber, watch: check.watch)
        ready[check.kind, default: Heap()].insert(ticket)
    }

    /// The most urgent check of this kind whose host has room, now claimed until `deadline`; nil when there is none.
    mutating func claim(_ kind: FetcherKind, at now: Date, until deadline: Duration) -> Claim? {
        while let ticket = ready[kind]?.popMin() {
            guard let place = waiting.index(forKey: ticket.watch), waiting.values[place].arrival == ticket.arrival
            else {
                // Stale: its watch was moved forward (and has a newer ticket) or removed.
                continue
            }
            let host = waiting.values[place].check.host
            guard host.isEmpty || runningPerHost[host, default: 0] < limitPerHost else {
                parked[host, default: [:]][kind, default: Heap()].insert(ticket)
                waiting.values[place].isParked = true
                parkedCount += 1
                continue
            }
            nextNumber += 1
            let claim = Claim(check: waiting.remove(at: place).value.check, token: nextNumber, claimedAt: now)
            running[ticket.watch] = Running(claim: claim, deadline: deadline)
            tally.fetching += 1
            if !host.isEmpty { runningPerHost[host, default: 0] += 1 }
            return claim
        }
        return nil
    }

    /// Ends a claim; returns the check that is queued again, if any. A claim that is not current changes nothing.
    mutating func end(_ claim: Claim, _ end: ClaimEnd) -> (ended: Bool, queued: QueuedCheck?) {
        guard let place = place(of: claim) else { return (false, nil) }
        let entry = running.remove(at: place).value
        tally.add(-1, to: entry.step)
        if entry.holdsHost { releaseHost(claim.check.host) }
        if entry.again != nil { rerunCount -= 1 }
        guard let next = entry.next(after: end) else { return (true, nil) }
        enqueue(next)
        return (true, next)
    }

    /// Where the claim is noted; nil when it is not current. Each search costs a hash, so that what is noted there is
    /// changed in its place.
    private func place(of claim: Claim) -> RunningPlace? {
        running.index(forKey: claim.check.watch).flatMap { running.values[$0].claim.token == claim.token ? $0 : nil }
    }

    /// Notes where a claim's check is, and lends it until `deadline`; false when it is not current. From `storing` on
    /// another watch of the host may be claimed.
    mutating func reach(_ step: CheckStep, _ claim: Claim, until deadline: Duration) -> Bool {
        guard let place = place(of: claim) else { return false }
        tally.add(-1, to: running.values[place].step)
        tally.add(1, to: step)
        running.values[place].step = step
        running.values[place].deadline = deadline
        if step == .storing, running.values[place].holdsHost {
            running.values[place].holdsHost = false
            releaseHost(claim.check.host)
        }
        return true
    }

    /// Lends a claim until `deadline`; false when it is not current.
    mutating func extend(_ claim: Claim, until deadline: Duration) -> Bool {
        guard let place = place(of: claim) else { return false }
        running.values[place].deadline = deadline
        return true
    }

    /// The claims whose leases have run out at `moment`, in the order in which they were claimed.
    func overdue(at moment: Duration) -> [Claim] {
        running.values.filter { $0.deadline <= moment }.map(\.claim).sorted { $0.token < $1.token }
    }

    private mutating func releaseHost(_ host: String) {
        guard !host.isEmpty else { return }
        let left = runningPerHost[host, default: 1] - 1
        runningPerHost[host] = left > 0 ? left : nil
        // As many valid tickets of each kind come forward as there is room, since nobody knows whose worker is free
        // first: a ticket that comes forward in vain is parked again when it comes up.
        guard let kinds = parked[host]?.keys else { return }
        for kind in kinds { unpark(limitPerHost - left, of: host, kind) }
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
        if gone.isParked { parkedCount -= 1 }
        unpark(1, of: gone.check.host, gone.check.kind)
        return true
    }

    /// Lets so many of the checks that wait for their host come up again.
    private mutating func unpark(_ count: Int, of host: String, _ kind: FetcherKind) {
        var left = count
        while left > 0, let ticket = parked[host]?[kind]?.popMin() {
            if unpark(ticket) { left -= 1 }
        }
        if parked[host]?[kind]?.isEmpty == true { parked[host]?[kind] = nil }
        if parked[host]?.isEmpty == true { parked[host] = nil }
    }

    /// Lets a ticket come up again; false when it is stale.
    private mutating func unpark(_ ticket: Ticket) -> Bool {
        guard let entry = waiting[ticket.watch], entry.arrival == ticket.arrival else { return false }
        waiting[ticket.watch]?.isParked = false
        parkedCount -= 1
        ready[entry.check.kind, default: Heap()].insert(ticket)
        return true
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

extension QueueCounts {
    fileprivate mutating func add(_ number: Int, to step: CheckStep) {
        switch step {
        case .fetching: fetching += number
        case .comparing: comparing += number
        case .storing: storing += number
        }
    }
}
