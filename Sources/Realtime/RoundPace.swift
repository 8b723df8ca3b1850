/// When the next round of telling may begin: at most ten in a second, and what somebody waits for as soon as it can be.
///
/// ```
///     round ──a window of 100 ms: beginnings are gathered──► next round
///               └─ an end, or what a person did ──credit is left──► next round at once
/// ```
/// After a quiet moment there is credit for two rounds, and a tenth of a second gives back one: so that the beginning
/// of a check and its end are both told at once, and under load no more rounds are made than without this.
///
/// A value that is told the time, so that it can be tried in any order.
struct RoundPace {
    static let window: Duration = .milliseconds(100)
    private static let mostCredit = 2.0

    private var credit = mostCredit
    private var last: Duration?

    /// A round begins at `now`.
    mutating func begin(at now: Duration) {
        credit = credit(at: now) - 1
        last = now
    }

    /// How long the next round has to wait; nil when it may begin.
    func wait(isUrgent: Bool, at now: Duration) -> Duration? {
        guard let last else { return nil }
        var wait = last + Self.window - now
        if isUrgent {
            let missing = max(0, 1 - credit(at: now))
            wait = min(wait, Self.window * missing)
        }
        return wait > .zero ? wait : nil
    }

    private func credit(at now: Duration) -> Double {
        guard let last else { return Self.mostCredit }
        return min(Self.mostCredit, credit + (now - last) / Self.window)
    }
}
