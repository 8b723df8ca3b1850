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
///                             giveBack           └─────► running+again ── finish ──► waiting
/// ```
/// A waiting watch whose host is at its limit is parked with its host, so that the search for the next one never walks over it
/// again; the end of a claim of that host un-parks one.
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
    }

    private struct Running {
        let claim: Claim
        var again: QueuedCheck?
        /// It counts against its host's limit; no longer once its page is fetched.
        var holdsHost = true
    }

    /// How many watches of one host may run at once; checks without a host are not limited.
    let limitPerHost: Int
    private var nextNumber: UInt64 = 0
    private var waiting: [WatchID: Waiting] = [:]
    private var running: [WatchID: Running] = [:]
    private var ready = Heap<Ticket>()
    private var parked: [String: Heap<Ticket>] = [:]
    private var runningPerHost: [String: Int] = [:]

    init(limitPerHost: Int) {
        self.limitPerHost = max(1, limitPerHost)
    }

    /// How many watches wait, those that wait to run again included.
    var length: Int { waiting.count + rerunCount }
    private(set) var rerunCount = 0
    var runningCount: Int { running.count }

    /// What a push did.
    enum PushResult { case added, movedForward, nothingNew }

    mutating func push(_ check: QueuedCheck) -> PushResult {
        if let current = running[check.watch] { return pushRunning(check, current) }
        guard let current = waiting[check.watch] else {
            enqueue(check)
            return .added
        }
        guard check.priority < current.check.priority else { return .nothingNew }
        var moved = current.check
        moved.priority = check.priority
        enqueue(moved)
        return .movedForward
    }

    private mutating func pushRunning(_ check: QueuedCheck, _ current: Running) -> PushResult {
        // The clock never asks twice: what runs now is what it wanted.
        guard check.priority <= .clone else { return .nothingNew }
        if let again = current.again {
            guard check.priority < again.priority else { return .nothingNew }
            running[check.watch]?.again = check
            return .movedForward
        }
        running[check.watch]?.again = check
        rerunCount += 1
        return .added
    }

    private mutating func enqueue(_ check: QueuedCheck) {
        nextNumber += 1
        waiting[check.watch] = Waiting(check: check, arrival: nextNumber)
        ready.insert(Ticket(priority: check.priority, arrival: nextNumber, watch: check.watch))
    }

    /// The most urgent check whose host has room, now claimed; nil when there is none.
    mutating func claim(at now: Date) -> Claim? {
        while let ticket = ready.popMin() {
            guard let entry = waiting[ticket.watch], entry.arrival == ticket.arrival else {
                // Stale: its watch was moved forward (and has a newer ticket) or removed.
                continue
            }
            let host = entry.check.host
            guard host.isEmpty || runningPerHost[host, default: 0] < limitPerHost else {
                parked[host, default: Heap()].insert(ticket)
                continue
            }
            waiting[ticket.watch] = nil
            nextNumber += 1
            let claim = Claim(check: entry.check, token: nextNumber, claimedAt: now)
            running[ticket.watch] = Running(claim: claim)
            if !host.isEmpty { runningPerHost[host, default: 0] += 1 }
            return claim
        }
        return nil
    }

    /// Ends a claim; returns the check that is queued again, if any. A claim that is not current changes nothing.
    mutating func end(_ claim: Claim, returning: Bool) -> (ended: Bool, queued: QueuedCheck?) {
        guard let entry = running[claim.check.watch], entry.claim.token == claim.token else { return (false, nil) }
        running[claim.check.watch] = nil
        if entry.holdsHost { releaseHost(claim.check.host) }
        if entry.again != nil { rerunCount -= 1 }
        guard var next = entry.again ?? (returning ? claim.check : nil) else { return (true, nil) }
        if returning { next.priority = min(next.priority, claim.check.priority) }
        enqueue(next)
        return (true, next)
    }

    /// Lets another watch of the host be claimed, while this claim goes on without asking the host for anything.
    mutating func releaseHost(of claim: Claim) {
        guard let entry = running[claim.check.watch], entry.claim.token == claim.token, entry.holdsHost else { return }
        running[claim.check.watch]?.holdsHost = false
        releaseHost(claim.check.host)
    }

    private mutating func releaseHost(_ host: String) {
        guard !host.isEmpty else { return }
        let left = runningPerHost[host, default: 1] - 1
        runningPerHost[host] = left > 0 ? left : nil
        // As many valid tickets come forward as there is room: a ticket that comes forward in vain is parked again when it comes up.
        guard var behind = parked[host] else { return }
        var room = limitPerHost - left
        while room > 0, let ticket = behind.popMin() {
            guard waiting[ticket.watch]?.arrival == ticket.arrival else { continue }
            ready.insert(ticket)
            room -= 1
        }
        parked[host] = behind.isEmpty ? nil : behind
    }

    /// Takes a watch out; true when it was waiting (to run or to run again).
    mutating func remove(_ watch: WatchID) -> Bool {
        if running[watch]?.again != nil {
            running[watch]?.again = nil
            rerunCount -= 1
            return true
        }
        guard let gone = waiting.removeValue(forKey: watch) else { return false }
        unparkOne(of: gone.check.host)
        return true
    }

    private mutating func unparkOne(of host: String) {
        guard var behind = parked[host] else { return }
        while let ticket = behind.popMin() {
            guard waiting[ticket.watch]?.arrival == ticket.arrival else { continue }
            ready.insert(ticket)
            break
        }
        parked[host] = behind.isEmpty ? nil : behind
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
