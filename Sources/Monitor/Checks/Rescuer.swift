import Domain
public import Logging

/// Keeps the leases of checks that live, and gives the watches of those back of which nobody has said anything for a
/// lease's length.
///
/// One loop for all, four times a lease: first whoever has claims extends them, then the queue is asked what has run
/// out. In this order a program that stood still for longer than a lease (a frozen process, a machine that slept) loses
/// none of its own.
public struct Rescuer: Sendable {
    private let queue: any CheckQueue
    private let pool: WorkerPool
    private let recorder: Recorder
    private let clock: any Clock<Duration>
    private let logger: Logger

    public init(
        queue: any CheckQueue, pool: WorkerPool, recorder: Recorder, clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.queue = queue
        self.pool = pool
        self.recorder = recorder
        self.clock = clock
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        while (try? await clock.sleep(for: queue.lease / 4)) != nil { await pass() }
    }

    func pass() async {
        await recorder.beat()
        await pool.beat()
        let lost = await queue.rescue()
        for claim in lost {
            logger.warning(
                "a check's lease has run out, its watch is queued again",
                metadata: ["watch": "\(claim.check.watch)"])
        }
        await pool.replaceWorkers(of: lost)
    }
}
