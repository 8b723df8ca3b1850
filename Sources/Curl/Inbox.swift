internal import CCurl
internal import Glibc
internal import Synchronization

/// What other threads ask of a client's event loop, and the bell that wakes it.
final class Inbox: Sendable {
    /// One wish, in the order in which they were made.
    enum Wish: Sendable {
        case start(UInt64, CurlTransfer, CheckedContinuation<Result<CurlAnswer, CurlError>, Never>)
        case cancel(UInt64)
        case close
    }

    private struct State {
        var wishes: [Wish] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// An eventfd; readable while there are wishes.
    let bell: Int32

    init() throws(CurlError) {
        bell = ccurl_bell()
        guard bell >= 0 else { throw .failed("no eventfd: \(String(cString: strerror(errno)))") }
    }

    deinit {
        Glibc.close(bell)
    }

    /// Leaves a wish; false when the client is closed, and the wish is not taken.
    func leave(_ wish: Wish) -> Bool {
        let (isTaken, wasEmpty) = state.withLock { state in
            if state.isClosed { return (false, false) }
            let wasEmpty = state.wishes.isEmpty
            state.wishes.append(wish)
            if case .close = wish { state.isClosed = true }
            return (true, wasEmpty)
        }
        if wasEmpty { ccurl_bell_ring(bell) }
        return isTaken
    }

    /// Takes all wishes.
    func take() -> [Wish] {
        ccurl_bell_silence(bell)
        return state.withLock { state in
            var taken: [Wish] = []
            swap(&taken, &state.wishes)
            return taken
        }
    }
}
