import Synchronization

/// The counts that the list shows, as they are to be told next: the latest wins.
struct ListCounts: Equatable, Sendable {
    var queueLength: Int?
    var running: Int?
    var totals = false

    var isEmpty: Bool { queueLength == nil && running == nil && !totals }

    /// Takes in what is newer.
    mutating func note(_ newer: ListCounts) {
        queueLength = newer.queueLength ?? queueLength
        running = newer.running ?? running
        totals = totals || newer.totals
    }
}

/// Counts that wait to be told, and whether somebody is telling some now.
final class CountsDesk: Sendable {
    private struct State {
        var counts = ListCounts()
        var isTelling = false
    }

    private let state = Mutex(State())

    func note(_ newer: ListCounts) {
        state.withLock { $0.counts.note(newer) }
    }

    /// Takes out what is to be told; nil when somebody tells already, or there is nothing.
    func begin() -> ListCounts? {
        state.withLock { state in
            guard !state.isTelling, !state.counts.isEmpty else { return nil }
            defer { state.counts = ListCounts() }
            state.isTelling = true
            return state.counts
        }
    }

    /// Ends what `begin` began, with what could not be told; true when there is more.
    func end(untold: ListCounts?) -> Bool {
        state.withLock { state in
            state.isTelling = false
            if var all = untold {
                all.note(state.counts)
                state.counts = all
            }
            return !state.counts.isEmpty
        }
    }
}
