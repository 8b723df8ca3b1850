import Domain
public import Foundation
public import Storage
import Synchronization

/// Remembers which hosts want or need to be left alone, so that a hundred watches of one dead host do not each find
/// out.
///
/// A host is held when it asks for it (429 or 503 with Retry-After), and when three checks in a row have failed for
/// reasons that blame the host: 30 seconds, doubled with each further failure up to an hour. One good answer ends the
/// latter; what the host has asked for lasts as long as it said, an hour at most, or until it answers well to somebody
/// who asked later: a person. What is held is a row too (`takeChanged`), so that it survives a restart.
///
/// Times are those of the wall clock; when that is set, `clockMoved` moves them along.
public final class HostHolds: Sendable {
    struct Hold: Hashable {
        var failures = 0
        var until: Date?
        /// When the host has said so itself; nil when it was found out.
        var askedAt: Date?
    }

    /// Failures in a row before a host is held.
    static let patience = 3
    private static let first = 30.0
    private static let longest = 3600.0
    /// The most hosts remembered. When there are more, those whose hold is over are forgotten, at most once a minute;
    /// new ones are not remembered until there is room.
    public static let capacity = 20_000

    /// Wishes that went through though their host was held, since a moment.
    private struct Passed {
        var since: Date
        var count = 0
    }

    private struct Memory {
        var holds: [String: Hold] = [:]
        var prunedAt = Date.distantPast
        /// Hosts of which the row is not as it should be.
        var changed: Set<String> = []
        var passed: [String: Passed] = [:]
    }

    /// So many wishes go through to a held host in a minute: clicks on one watch, and others (what is new or edited).
    static let clicksPerMinute = 20
    static let wishesPerMinute = 3

    private let memory = Mutex(Memory())

    public init() {}

    /// Learns from one outcome; returns until when the host is held now.
    @discardableResult
    func learn(from outcome: CheckOutcome, host: String, now: Date) -> Date? {
        guard !host.isEmpty else { return outcome.retryAfter }
        return memory.withLock { all in
            let known = all.holds[host]
            let hold = Self.next(known ?? Hold(), outcome, now: now)
            if hold.until != known?.until { all.changed.insert(host) }
            guard hold.failures > 0 || hold.until != nil else {
                if known != nil { all.holds[host] = nil }
                return nil
            }
            if known != nil || Self.hasRoom(&all, now: now) { all.holds[host] = hold }
            return hold.until
        }
    }

    /// Until when the host is to be left alone; nil when it may be asked.
    func hold(of host: String, now: Date) -> Date? {
        guard let until = memory.withLock({ $0.holds[host]?.until }), until > now else { return nil }
        return until
    }

    /// Whether somebody's wish goes through though the host is held: so many do in a minute.
    func letsThrough(_ host: String, isClick: Bool, now: Date) -> Bool {
        memory.withLock { all in
            var passed = all.passed[host] ?? Passed(since: now)
            if abs(now.timeIntervalSince(passed.since)) > 60 { passed = Passed(since: now) }
            guard passed.count < (isClick ? Self.clicksPerMinute : Self.wishesPerMinute) else { return false }
            passed.count += 1
            if all.passed.count >= Self.capacity { all.passed = [:] }
            all.passed[host] = passed
            return true
        }
    }

    /// What is to be written of hosts whose hold has begun, changed or ended, each told once.
    func takeChanged() -> [HeldHost] {
        memory.withLock { all in
            defer { all.changed = [] }
            return all.changed.map { host in
                let hold = all.holds[host] ?? Hold()
                return HeldHost(host: host, until: hold.until, failures: hold.failures, askedAt: hold.askedAt)
            }
        }
    }

    /// Tells of these again, since they could not be written.
    func keepChanged(_ held: [HeldHost]) {
        memory.withLock { $0.changed.formUnion(held.map(\.host)) }
    }

    /// Takes what was held before a restart.
    public func restore(_ held: [HeldHost], now: Date) {
        memory.withLock { all in
            for one in held.prefix(Self.capacity) {
                guard let until = one.until, until > now else { continue }
                // No hold is longer, so that what says more was written under another clock.
                let end = min(until, now.addingTimeInterval(Self.longest))
                all.holds[one.host] = Hold(
                    failures: one.failures, until: end, askedAt: one.askedAt.map { min($0, now) })
            }
        }
    }

    /// Follows the wall clock, which was set by so many seconds.
    func clockMoved(by seconds: Double) {
        memory.withLock { all in
            for host in Array(all.holds.keys) {
                all.holds[host]?.until?.addTimeInterval(seconds)
                all.holds[host]?.askedAt?.addTimeInterval(seconds)
            }
            all.prunedAt = .distantPast
            all.passed = [:]
        }
    }

    private static func hasRoom(_ all: inout Memory, now: Date) -> Bool {
        if all.holds.count >= capacity, abs(now.timeIntervalSince(all.prunedAt)) > 60 {
            all.prunedAt = now
            all.holds = all.holds.filter { ($0.value.until ?? .distantPast) > now }
        }
        return all.holds.count < capacity
    }

    static func next(_ hold: Hold, _ outcome: CheckOutcome, now: Date) -> Hold {
        let wish = wish(of: hold, outlasts: outcome, now: now)
        guard case .failed(let failure) = outcome.result, failure.blamesHost else { return wish ?? Hold() }
        if let retry = outcome.retryAfter {
            let until = min(retry, now.addingTimeInterval(longest))
            return Hold(failures: hold.failures, until: max(until, hold.until ?? until), askedAt: now)
        }
        let failures = hold.failures + 1
        guard failures >= patience else {
            return Hold(failures: failures, until: wish?.until, askedAt: wish?.askedAt)
        }
        let length = min(longest, first * Double(1 << min(failures - patience, 10)))
        let until = now.addingTimeInterval(length)
        return Hold(failures: failures, until: max(until, wish?.until ?? until), askedAt: wish?.askedAt)
    }

    /// What the host has asked for, without failures counted, when it still holds: checks that ran beside the one that
    /// heard it prove nothing.
    private static func wish(of hold: Hold, outlasts outcome: CheckOutcome, now: Date) -> Hold? {
        guard let askedAt = hold.askedAt, let until = hold.until, until > now else { return nil }
        if case .failed = outcome.result { return Hold(until: until, askedAt: askedAt) }
        return outcome.startedAt > askedAt ? nil : Hold(until: until, askedAt: askedAt)
    }
}
