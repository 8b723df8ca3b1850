internal import CCurl
internal import Glibc
internal import Synchronization

/// What other threads ask of a client's event loop, and the bell that wakes it.
final class LoopCommands: Sendable {
    /// One command, in the order in which they were made.
    enum Command: Sendable {
        /// Indirect, so that the queue moves a word and not the request.
        indirect case start(UInt64, CurlTransfer, CheckedContinuation<Result<CurlAnswer, CurlError>, Never>)
        case cancel(UInt64)
        case close
    }

    private struct State {
        var waiting: [Command] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// An eventfd; readable while commands wait.
    let bell: Int32

    init() throws(CurlError) {
        bell = ccurl_bell()
        guard bell >= 0 else { throw .failed("no eventfd: \(String(cString: strerror(errno)))") }
    }

    deinit {
        Glibc.close(bell)
    }

    /// Leaves a command; false when the client is closed, and the command is not taken.
    func leave(_ command: Command) -> Bool {
        let (isTaken, wasEmpty) = state.withLock { state in
            if state.isClosed { return (false, false) }
            let wasEmpty = state.waiting.isEmpty
            state.waiting.append(command)
            if case .close = command { state.isClosed = true }
            return (true, wasEmpty)
        }
        if wasEmpty { ccurl_bell_ring(bell) }
        return isTaken
    }

    /// Takes all that wait.
    func take() -> [Command] {
        ccurl_bell_silence(bell)
        return state.withLock { state in
            var taken: [Command] = []
            swap(&taken, &state.waiting)
            return taken
        }
    }
}
