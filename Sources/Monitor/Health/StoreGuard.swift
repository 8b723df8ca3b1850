public import Logging
public import Storage

/// Looks after the store while the program runs, once a second by a clock that nobody sets.
///
/// It tells when the database's files are not where they were opened, tries a small write while the store takes none,
/// so that readiness knows within seconds that there is room again, and notes every ten seconds how far the database
/// has come, so that the next start can tell what is missing.
public final class StoreGuard: Sendable {
    static let period: Duration = .seconds(1)
    /// The most looks between two attempts to write; at first there is one.
    static let longestPause = 4
    /// So many looks are between two notes.
    static let marking = 10

    private struct State {
        var told: StoreError?
        var pause = 1
        var untilAttempt = 1
        var untilMark = marking
    }

    private let store: Store
    private let trouble: WriteTrouble
    private let recorder: Recorder
    private let clock: any Clock<Duration>
    private let logger: Logger

    public init(
        store: Store, trouble: WriteTrouble, recorder: Recorder, clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.store = store
        self.trouble = trouble
        self.recorder = recorder
        self.clock = clock
        self.logger = logger
    }

    /// Looks until the task is cancelled.
    public func run() async {
        var state = State()
        while (try? await clock.sleep(for: Self.period)) != nil { await look(&state) }
    }

    private func look(_ state: inout State) async {
        let problem = store.fileProblem
        if problem != state.told {
            state.told = problem
            await tell(problem)
        }
        // Nothing can be written then, and nobody need be asked for it.
        guard problem == nil else { return }
        if await isTroubled {
            await attempt(&state)
        } else {
            (state.pause, state.untilAttempt) = (1, 1)
            await mark(&state)
        }
    }

    private func tell(_ problem: StoreError?) async {
        guard let problem else {
            return logger.notice("the database's files are back where they were opened; everything is saved again")
        }
        logger.error("\(problem)")
        // Should the program be killed now, only what is in the log would be lost.
        if case .displaced(let what) = problem, what.isLog { try? await store.checkpoint() }
    }

    private var isTroubled: Bool {
        get async {
            if trouble.current != nil { return true }
            return await recorder.trouble != nil
        }
    }

    private func attempt(_ state: inout State) async {
        state.untilAttempt -= 1
        guard state.untilAttempt <= 0 else { return }
        do {
            try await store.mark()
            trouble.clear()
            await recorder.storeTookAWrite()
            logger.notice("the database takes changes again")
        } catch {
            state.untilAttempt = state.pause
            state.pause = min(state.pause * 2, Self.longestPause)
        }
    }

    private func mark(_ state: inout State) async {
        state.untilMark -= 1
        guard state.untilMark <= 0, store.hasUnmarkedCommits else { return }
        state.untilMark = Self.marking
        do {
            try await store.mark()
        } catch let error as StoreError {
            trouble.note(error)
        } catch {
            logger.warning("the database could not be marked", metadata: ["error": "\(error)"])
        }
    }
}
