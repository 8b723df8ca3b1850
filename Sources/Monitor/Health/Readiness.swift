import Domain
public import Foundation
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
    static let heartbeatLimit = 15.0
    /// A queue that has not moved for this long, though work waits, is not well.
    static let standstillLimit = 120.0

    private let store: Store
    private let scheduler: Scheduler
    private let pool: WorkerPool
    private let recorder: Recorder
    private let queue: any CheckQueue
    private let progress: QueueProgress
    private let trouble: WriteTrouble
    private let now: @Sendable () -> Date

    public init(
        store: Store, scheduler: Scheduler, pool: WorkerPool, recorder: Recorder, queue: any CheckQueue,
        progress: QueueProgress, trouble: WriteTrouble = WriteTrouble(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.scheduler = scheduler
        self.pool = pool
        self.recorder = recorder
        self.queue = queue
        self.progress = progress
        self.trouble = trouble
        self.now = now
    }

    /// What the start has found about the database that should be known, though it is ready for work.
    public var notes: [String] { store.notes.filter(\.isWarning).map(\.description) }

    /// Looks at every part.
    public func parts() async -> [Part] {
        let moment = now()
        return await [
            Part(name: "store", problem: storeProblem()),
            Part(name: "scheduler", problem: Self.schedulerProblem(lastBeat: scheduler.lastBeat, now: moment)),
            Part(name: "workers", problem: Self.workerProblem(pool.status)),
            Part(
                name: "queue",
                problem: Self.queueProblem(length: queue.counts.length, lastMoved: progress.lastMoved, now: moment)),
        ]
    }

    /// What only a new start cures: a scheduler that no longer looks, or workers that are gone; nil when both are
    /// there.
    ///
    /// A disk that is full, or checks that wait behind slow ones, are problems too, but a new start would cure neither
    /// and lose the checks that run.
    public func standstill() async -> String? {
        Self.standstill(lastBeat: scheduler.lastBeat, workers: await pool.status, now: now())
    }

    static func standstill(lastBeat: Date?, workers: WorkerPool.Status, now: Date) -> String? {
        if let problem = schedulerProblem(lastBeat: lastBeat, now: now) { return "scheduler: \(problem)" }
        return workerProblem(workers).map { "workers: \($0)" }
    }

    private func storeProblem() async -> String? {
        if let problem = store.fileProblem { return problem.description }
        if let trouble = await recorder.trouble { return "outcomes cannot be stored: \(trouble)" }
        if let trouble = trouble.current { return "it cannot be written: \(trouble)" }
        do {
            _ = try await store.totals()
            return nil
        } catch {
            return "it cannot be read: \(error)"
        }
    }

    static func schedulerProblem(lastBeat: Date?, now: Date) -> String? {
        guard let lastBeat else { return "it has not started yet" }
        let age = now.timeIntervalSince(lastBeat)
        return age > heartbeatLimit ? "it last looked for due watches \(Int(age)) seconds ago" : nil
    }

    static func workerProblem(_ status: WorkerPool.Status) -> String? {
        status.alive < status.wanted ? "\(status.alive) of \(status.wanted) workers are running" : nil
    }

    static func queueProblem(length: Int, lastMoved: Date, now: Date) -> String? {
        let age = now.timeIntervalSince(lastMoved)
        guard length > 0, age > standstillLimit else { return nil }
        return "\(length) checks are waiting and none has started for \(Int(age)) seconds"
    }
}
