import Domain
import Foundation
import Synchronization

/// Remembers which hosts want or need to be left alone, so that a hundred watches of one dead host do not each find
/// out.
///
/// A host is held when it asks for it (429 or 503 with Retry-After), and when three checks in a row have failed for
/// reasons that blame the host: 30 seconds, doubled with each further failure up to an hour. One good answer ends the
/// latter; what the host has asked for lasts as long as it said, an hour at most, or until it answers well to somebody
/// who asked later: a person. Kept in memory only: after a restart the first failures teach it again.
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
    static let capacity = 20_000

    private struct Memory {
        var holds: [String: Hold] = [:]
        var prunedAt = Date.distantPast
    }

    private let memory = Mutex(Memory())

    public init() {}

    /// Learns from one outcome; returns until when the host is held now.
    @discardableResult
    func learn(from outcome: CheckOutcome, host: String, now: Date) -> Date? {
        guard !host.isEmpty else { return outcome.retryAfter }
        return memory.withLock { all in
            let known = all.holds[host]
            let hold = Self.next(known ?? Hold(), outcome, now: now)
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
