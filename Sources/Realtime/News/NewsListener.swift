import NIOCore
import SocketIO
import Synchronization

/// One client that hears everything, kept with its socket.
final class NewsListener: Sendable {
    private struct State {
        var place: UInt64
        /// The least that has waited for it since it last took anything, and since when.
        var least = Int.max
        var since = NIODeadline.now()
    }

    /// So much may wait for it when it is given more: what the system takes at once, so that handing it on later is no
    /// work that comes for thousands of clients in one moment.
    static let mostWaiting = 65_536

    private let state: Mutex<State>
    /// How long it may take to read what it was sent before it is dropped.
    private let readTimeout: TimeAmount

    /// Hears what comes from chunk `place` on.
    init(from place: UInt64, readTimeout: TimeAmount) {
        state = Mutex(State(place: place))
        self.readTimeout = readTimeout
    }

    /// What it is told now, given how many bytes wait for it; nil when it has read nothing for too long.
    func next(_ feed: NewsFeed, waiting: Int) -> [EventBundle]? {
        state.withLock { state in
            let room = Self.mostWaiting - waiting
            let (bundles, owes) = feed.take(&state.place, room: room, orOne: waiting == 0)
            let now = NIODeadline.now()
            // Where nothing waits the client is not to blame.
            if !bundles.isEmpty || !owes || waiting == 0 || waiting < state.least {
                state.least = bundles.isEmpty && owes ? waiting : Int.max
                state.since = now
                return bundles
            }
            return now - state.since > readTimeout ? nil : []
        }
    }
}
