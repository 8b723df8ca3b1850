import Domain
import Synchronization

/// What those who show the list are to be told next: of counts the latest wins, of new watches so many are named.
struct ListNews: Equatable, Sendable {
    var queueLength: Int?
    var running: Int?
    var totals = false
    var created: [WatchID] = []
    /// Whether there are more new watches than are named: then the list is to be looked at as a whole.
    var manyCreated = false

    var isEmpty: Bool {
        queueLength == nil && running == nil && !totals && created.isEmpty && !manyCreated
    }

    /// Takes in what is newer.
    mutating func note(_ newer: ListNews) {
        queueLength = newer.queueLength ?? queueLength
        running = newer.running ?? running
        totals = totals || newer.totals
        let all = created + newer.created
        manyCreated = manyCreated || newer.manyCreated || all.count > PendingUpdates.namedCreations
        created = Array(all.prefix(PendingUpdates.namedCreations))
    }
}

/// News of the list that waits to be told, and whether somebody is telling some now.
final class ListDesk: Sendable {
    private struct State {
        var news = ListNews()
        var isTelling = false
    }

    private let state = Mutex(State())

    func note(_ newer: ListNews) {
        state.withLock { $0.news.note(newer) }
    }

    /// Takes out what is to be told; nil when somebody tells already, or there is nothing.
    func begin() -> ListNews? {
        state.withLock { state in
            guard !state.isTelling, !state.news.isEmpty else { return nil }
            defer { state.news = ListNews() }
            state.isTelling = true
            return state.news
        }
    }

    /// Ends what `begin` began, with what could not be told; true when there is more.
    func end(untold: ListNews) -> Bool {
        state.withLock { state in
            state.isTelling = false
            var all = untold
            all.note(state.news)
            state.news = all
            return !all.isEmpty
        }
    }
}
