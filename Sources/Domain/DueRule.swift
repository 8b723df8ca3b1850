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

    /// The plan of this check plus the interval, moved by the jitter, and not before the server's or the host's wish;
    /// whoever caused that wish, a while after it: so each watch of a host that does not answer has its turn at finding
    /// out whether it does again. With a schedule it is moved into that, and is the distant future
    /// when the schedule never opens.
    ///
    /// From plan to plan, so that an interval of ten seconds is ten seconds and not ten and what a check takes. A check
    /// that began later than half an interval after its plan, or for which there was no plan, counts from its start.
    public func nextDue(
        after outcome: CheckOutcome, of watch: WatchSettings, _ settings: Settings, plan: CheckPlan = CheckPlan(),
        notBefore hold: Date? = nil, schedule: TimeSchedule? = nil
    ) -> Date {
        let (before, shift) = (plan.jitter * settings.jitterSeconds, plan.nextJitter * settings.jitterSeconds)
        let interval = interval(of: watch, settings).seconds
        // A start that lies in the future was noted by a clock that has been set since.
        let start = min(outcome.startedAt, plan.recordedAt ?? outcome.startedAt)
        var wait = interval
        if let due = plan.due {
            let late = start.timeIntervalSince(due)
            if late >= 0, late <= interval / 2 { wait -= late + before }
        }
        let moved = putOff(max(wait + shift, minimum.seconds), after: outcome, from: start, notBefore: hold)
        guard let schedule, !schedule.isOpen(at: moved) else { return moved }
        return Self.opening(
            of: schedule, putOff(max(wait, minimum.seconds), after: outcome, from: start, notBefore: hold),
            jitter: abs(shift))
    }

    private func putOff(
        _ wait: Double, after outcome: CheckOutcome, from start: Date, notBefore hold: Date?
    ) -> Date {
        var due = start.addingTimeInterval(wait)
        if let retry = outcome.retryAfter { due = max(due, retry) }
        if let hold {
            due = max(due, outcome.isRefused ? hold + Self.turn(after: hold, since: start) : hold)
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

    /// A host is left alone for an hour at most, and a watch's turn comes up to a minute after that.
    public static let longestHold = 3660.0

    /// By how many seconds a watch that was told to wait comes after the others of its host, which waited with it:
    /// first, a page that is refused again and again would keep them waiting for ever.
    public static func turn(after hold: Date, since start: Date) -> Double {
        min(60, max(shortestTurn, hold.timeIntervalSince(start) / 10))
    }

    private static let shortestTurn = 5.0

    /// By how many seconds a watch comes after the end of a hold that it waits for: the longer ago it was checked, the
    /// earlier, and all before the one that was told to wait (`turn`). So each has its turn at finding out whether the
    /// host answers again.
    ///
    /// It goes by nothing else, above all not by when the watch was found to be held: else those that fall due late in
    /// a hold would go before those that have waited since its beginning, hold after hold. Who was checked in the
    /// future, by a clock that has been set since, is taken for one that never was: else he would come last until then.
    public static func place(after hold: Date, lastChecked: Date?) -> Double {
        guard let lastChecked, lastChecked <= hold else { return 0 }
        return shortestTurn * 3600 / (3600 + hold.timeIntervalSince(lastChecked))
    }
}

extension CheckOutcome {
    /// Its host has asked to be left alone, or is to blame for the failure.
    fileprivate var isRefused: Bool { retryAfter != nil || failure?.blamesHost == true }
}

/// When a check was to be, and by how much chance moves that and the next.
public struct CheckPlan: Sendable {
    /// The due time that the check was for, with its jitter; nil when somebody asked for it or nobody knows.
    public var due: Date?
    /// When the outcome is recorded, by the clock that due times go by; nil when that is of no interest.
    public var recordedAt: Date?
    /// Fractions from -1 to 1 of the jitter that is set: that of `due`, and that of the next due time.
    public var jitter = 0.0
    public var nextJitter = 0.0

    public init(due: Date? = nil, recordedAt: Date? = nil, jitter: Double = 0, nextJitter: Double = 0) {
        self.due = due
        self.recordedAt = recordedAt
        self.jitter = jitter
        self.nextJitter = nextJitter
    }

    /// The plan of a watch's check of this number. Its jitter is no chance, but follows from watch and number: so it is
    /// known what a due time was moved by, and the plan behind it does not wander.
    public init(of watch: WatchID, number: Int64, due: Date?, recordedAt: Date?) {
        self.init(
            due: due, recordedAt: recordedAt, jitter: Self.fraction(watch, number),
            nextJitter: Self.fraction(watch, number + 1))
    }

    private static func fraction(_ watch: WatchID, _ number: Int64) -> Double {
        let mixed = withUnsafeBytes(of: watch.uuid.uuid) { id in
            // Safety: a UUID is 16 bytes.
            id.loadUnaligned(as: UInt64.self) ^ id.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        }
        return Double(Self.scattered(mixed &+ UInt64(bitPattern: number)) >> 11) / Double(1 << 52) - 1
    }

    /// SplitMix64's output function (Steele, Lea, Flood 2014): neighbours in, strangers out.
    private static func scattered(_ value: UInt64) -> UInt64 {
        var z = value &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

private func * (fraction: Double, seconds: Int) -> Double { fraction * Double(seconds) }

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
