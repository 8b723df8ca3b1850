import Domain
public import Storage

/// Says whether the program can do its work, and if not, why.
public struct Readiness: Sendable {
    /// One part's state; `problem` is nil when it is good.
    public struct Part: Sendable, Equatable {
        public let name: String
        public let problem: String?

        public init(name: String, problem: String?) {
            self.name = name
            self.problem = problem
        }
    }

    /// A scheduler that has not looked for this long is not well.
    static let heartbeatLimit: Duration = .seconds(15)
    /// A queue that has not moved for this long, though work waits, is not well.
    static let standstillLimit: Duration = .seconds(120)
    /// Checks that wait for so many seconds while there are places for them are too many for what their hosts let us
    /// do.
    static let idleLimit = 120.0

    private let store: Store
    private let scheduler: Scheduler
    private let pool: WorkerPool
    private let recorder: Recorder
    private let queue: any CheckQueue
    private let progress: QueueProgress
    /// How late checks began in the last minutes.
    public let lateness: Lateness
    private let trouble: WriteTrouble

    public init(
        store: Store, scheduler: Scheduler, pool: WorkerPool, recorder: Recorder, queue: any CheckQueue,
        progress: QueueProgress, lateness: Lateness = Lateness(), trouble: WriteTrouble = WriteTrouble()
    ) {
        self.store = store
        self.scheduler = scheduler
        self.pool = pool
        self.recorder = recorder
        self.queue = queue
        self.progress = progress
        self.lateness = lateness
        self.trouble = trouble
    }

    /// What the start has found about the database that should be known, though it is ready for work.
    public var notes: [String] { store.notes.filter { $0.isWarning && !$0.isPassing }.map(\.description) }

    /// Looks at every part.
    public func parts() async -> [Part] {
        await [
            Part(name: "store", problem: storeProblem()),
            Part(name: "scheduler", problem: Self.schedulerProblem(sinceBeat: scheduler.sinceLastBeat)),
            Part(name: "workers", problem: Self.workerProblem(pool.status)),
            Part(
                name: "queue",
                problem: Self.queueProblem(
                    length: queue.counts.length, sinceMove: progress.sinceLastMove, idle: queue.waitsThoughIdle())),
        ]
    }

    /// What only a new start cures: a scheduler that no longer looks, or workers that are gone; nil when both are
    /// there.
    ///
    /// A disk that is full, or checks that wait behind slow ones, are problems too, but a new start would cure neither
    /// and lose the checks that run.
    public func standstill() async -> String? {
        Self.standstill(sinceBeat: scheduler.sinceLastBeat, workers: await pool.status)
    }

    static func standstill(sinceBeat: Duration?, workers: WorkerPool.Status) -> String? {
        if let problem = schedulerProblem(sinceBeat: sinceBeat) { return "scheduler: \(problem)" }
        return workerProblem(workers).map { "workers: \($0)" }
    }

    /// Why nothing is saved now: in the words of `/readyz`, and in those of a page.
    func writeProblem() async -> (forPrograms: String, forPeople: String)? {
        if let problem = store.fileProblem { return (problem.description, problem.description) }
        if let trouble = await recorder.trouble {
            return ("outcomes cannot be stored: \(trouble)", "Check results cannot be saved: \(trouble)")
        }
        return trouble.current.map { ("it cannot be written: \($0)", "Changes cannot be saved: \($0)") }
    }

    private func storeProblem() async -> String? {
        if let problem = await writeProblem() { return problem.forPrograms }
        do {
            _ = try await store.totals()
            return nil
        } catch {
            return "it cannot be read: \(error)"
        }
    }

    static func schedulerProblem(sinceBeat age: Duration?) -> String? {
        guard let age else { return "it has not started yet" }
        return age > heartbeatLimit ? "it last looked for due watches \(Int(age.seconds)) seconds ago" : nil
    }

    static func workerProblem(_ status: WorkerPool.Status) -> String? {
        status.alive < status.wanted ? "\(status.alive) of \(status.wanted) workers are running" : nil
    }

    static func queueProblem(length: Int, sinceMove age: Duration, idle: Double = 0) -> String? {
        if idle > idleLimit {
            return
                "checks have waited for \(Int(idle)) seconds though there are places: hosts that do not answer, or are "
                + "not known yet, have their share of FETCH_IN_FLIGHT"
        }
        guard length > 0, age > standstillLimit else { return nil }
        return "\(length) checks are waiting and none has started for \(Int(age.seconds)) seconds"
    }
}
