public import Foundation

/// Says when a watch is due again, from what was set and what was found.
public struct DueRule: Hashable, Sendable {
    /// No watch is checked by the clock more often than this, whatever it is set to.
    public let minimum: Duration

    public init(minimum: Duration) {
        self.minimum = minimum
    }

    /// The interval that counts for a watch: its own, or that of all, but never less than the minimum.
    public func interval(of watch: WatchSettings, _ settings: Settings) -> Duration {
        // By their groups: every check asks, and a member that is found through two key paths costs microseconds.
        let own = watch.timing.usesDefaultInterval ? 0 : watch.timing.timeBetweenCheck.totalSeconds
        let seconds = own > 0 ? own : settings.watches.timing.timeBetweenCheck.totalSeconds
        return max(.seconds(seconds), minimum)
    }

    /// Start of the check plus the interval, moved by the jitter, and not before the server's or the host's wish;
    /// whoever caused that wish, a while after it. With a schedule it is moved into that, and is the distant future
    /// when the schedule never opens.
    ///
    /// `jitter` is a fraction from -1 to 1, drawn by the caller, so that the rule itself has no chance in it.
    public func nextDue(
        after outcome: CheckOutcome, of watch: WatchSettings, _ settings: Settings, jitter: Double,
        notBefore hold: Date? = nil, schedule: TimeSchedule? = nil
    ) -> Date {
        let shift = jitter * Double(settings.jitterSeconds)
        let wait = interval(of: watch, settings).seconds
        let moved = putOff(max(wait + shift, minimum.seconds), after: outcome, notBefore: hold)
        guard let schedule, !schedule.isOpen(at: moved) else { return moved }
        return Self.opening(of: schedule, putOff(wait, after: outcome, notBefore: hold), jitter: abs(shift))
    }

    private func putOff(_ wait: Double, after outcome: CheckOutcome, notBefore hold: Date?) -> Date {
        var due = outcome.startedAt.addingTimeInterval(wait)
        if let retry = outcome.retryAfter { due = max(due, retry) }
        if let hold {
            due = max(due, outcome.retryAfter == nil ? hold : hold + Self.turn(after: hold, since: outcome.startedAt))
        }
        return due
    }

    /// The due time itself, without jitter, when the schedule is open then. Else some time after its next opening, when
    /// that is still open: all watches of one schedule would be due at the same second otherwise.
    private static func opening(of schedule: TimeSchedule, _ due: Date, jitter: Double) -> Date {
        let opening = schedule.adjusted(due: due)
        guard opening > due, opening != .distantFuture else { return opening }
        let spread = opening.addingTimeInterval(jitter)
        return schedule.closing(after: opening).map({ spread < $0 }) ?? true ? spread : opening
    }

    /// By how many seconds a watch that was told to wait comes after the others of its host, which waited with it:
    /// first, a page that is refused again and again would keep them waiting for ever.
    private static func turn(after hold: Date, since start: Date) -> Double {
        min(60, max(5, hold.timeIntervalSince(start) / 10))
    }
}

extension WatchSettings {
    /// The schedule that counts, in the zone of all watches where it has none of its own; nil for any time. Of settings
    /// that are merged already.
    public func schedule(under all: Settings) -> TimeSchedule? {
        timing.schedule.isEnabled ? timing.schedule.inZone(ofAll: all.timeZone) : nil
    }
}

extension Duration {
    /// The length in seconds, with a fraction.
    public var seconds: Double {
        let parts = components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}
