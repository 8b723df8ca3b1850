import Domain
import NIOCore
import SocketIO
import Synchronization

/// What those who want every watch's updates are told, and how far each of them has heard.
///
/// What happens is noted by name; when all who read have heard what there was, it is told as it is by then. So a watch
/// is told the less often the more there are to tell and the slower they are, and a client that hears everything costs
/// a number and references to what all of them hear.
final class NewsFeed: Sendable {
    /// The most watches that are read at a time: what is read is told before more is.
    static let mostWatches = 1_000
    /// So many bytes of news are kept for those who are behind; beyond that only the names.
    static let mostBytes = 8_388_608

    /// What is to be told next.
    struct Cut: Sendable {
        var updates: [WatchID] = []
        var deletions: [WatchID] = []

        var isEmpty: Bool { updates.isEmpty && deletions.isEmpty }
    }

    /// What a round has found out.
    struct Round: Sendable {
        /// Whether anybody took anything.
        var gave = false
        /// Whether anybody has not heard all.
        var owes = false
        /// The chunk that whoever is furthest behind is to hear next.
        fileprivate var lowest = UInt64.max
    }

    private struct State {
        var reel: NewsReel<EventBundle>
        /// In the order in which they were noted, each once.
        var noted: [WatchID] = []
        var known: Set<WatchID> = []
        var deleted: [WatchID] = []
        var round = Round()
        var isTelling = false
    }

    private let state: Mutex<State>

    init(bundle: @escaping @Sendable ([WatchNews]) -> EventBundle) {
        state = Mutex(State(reel: NewsReel(bundle: bundle)))
    }

    /// Notes what has happened, for whoever hears everything now.
    func note(_ watches: some Sequence<WatchID>, deleted: some Sequence<WatchID>) {
        state.withLock { state in
            for watch in watches where state.known.insert(watch).inserted { state.noted.append(watch) }
            state.deleted += deleted
        }
    }

    /// Forgets everything: nobody is there who wants it.
    func clear() {
        state.withLock { state in
            state.noted = []
            state.known = []
            state.deleted = []
            state.reel.forget(before: state.reel.end)
        }
    }

    /// Says that the caller tells from now on; false when somebody does already, or there is nothing to tell.
    func begin() -> Bool {
        state.withLock { state in
            guard !state.isTelling, !state.noted.isEmpty || !state.deleted.isEmpty || state.round.owes else {
                return false
            }
            state.isTelling = true
            return true
        }
    }

    /// Says that the caller tells no longer; true when there is more to tell.
    func end() -> Bool {
        state.withLock { state in
            state.isTelling = false
            return !state.noted.isEmpty || !state.deleted.isEmpty || state.round.owes
        }
    }

    /// Takes out what has been noted for longest.
    func cut() -> Cut {
        state.withLock { state in
            var cut = Cut(deletions: Array(state.deleted.prefix(Self.mostWatches)))
            state.deleted.removeFirst(cut.deletions.count)
            // In another order each time: who is always behind would else hear only of the first ones.
            cut.updates = state.noted.prefix(Self.mostWatches).shuffled()
            state.noted.removeFirst(cut.updates.count)
            state.known.subtract(cut.updates)
            return cut
        }
    }

    /// Takes back what could not be read.
    func putBack(_ cut: Cut) {
        state.withLock { state in
            let missed = cut.updates.filter { state.known.insert($0).inserted }
            state.noted = missed + state.noted
            state.deleted = cut.deletions + state.deleted
        }
    }

    func append(_ news: [WatchNews]) {
        state.withLock { state in
            state.reel.append(news)
        }
    }
}

// MARK: rounds

extension NewsFeed {
    /// The place of one who is to hear what comes from now on.
    var place: UInt64 { state.withLock { $0.reel.end } }

    func beginRound() {
        state.withLock { $0.round = Round() }
    }

    /// Ends a round that has been to everybody; what all have heard is forgotten.
    func endRound() -> Round {
        state.withLock { state in
            state.reel.forget(before: min(state.round.lowest, state.reel.end))
            state.reel.giveUp(keeping: Self.mostBytes)
            return state.round
        }
    }

    /// What is next for a listener whose place is `place`, at most `room` bytes or, if `orOne`, one chunk; moves
    /// `place` on.
    func take(_ place: inout UInt64, room: Int, orOne: Bool) -> (bundles: [EventBundle], owes: Bool) {
        state.withLock { state in
            let bundles = room > 0 ? state.reel.take(&place, most: room, orOne: orOne) : []
            let owes = state.reel.owes(place)
            if !bundles.isEmpty { state.round.gave = true }
            if owes { state.round.owes = true }
            state.round.lowest = min(state.round.lowest, place)
            return (bundles, owes)
        }
    }

    /// A chunk that somebody waits for and that is to be read anew.
    var wanted: (number: UInt64, watches: [WatchID])? { state.withLock { $0.reel.wanted } }

    func fill(_ number: UInt64, with news: [WatchNews]) {
        state.withLock { $0.reel.fill(number, with: news) }
    }
}
