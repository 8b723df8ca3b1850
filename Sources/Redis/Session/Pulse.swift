/// Tells a silent server from one that has nothing to say: it is asked after one interval and counts as gone after
/// the next.
struct Pulse: Sendable {
    private var wasHeard = true
    private var wasAsked = false

    mutating func heard() {
        wasHeard = true
    }

    /// An interval is over; true when a sign of life is to be asked for.
    mutating func beat() throws(LinkFailure) -> Bool {
        if wasAsked, !wasHeard { throw .silent }
        wasAsked = !wasHeard
        wasHeard = false
        return wasAsked
    }

    /// An interval is over in which silence was promised.
    mutating func pause() {
        (wasHeard, wasAsked) = (true, false)
    }
}
