import Domain
import Fetchers
import Monitor
import ServiceLifecycle
import Storage

/// Stops last: what was found is stored, then the store is closed.
struct StoreService: Service {
    let store: Store
    let recorder: Recorder
    let fetcher: CurlFetcher
    let farewell: Farewell
    /// How long what was found may take to be stored while the store fails; with the workers' time it stays under ten
    /// seconds.
    private static let patience: Duration = .seconds(2)

    func run() async throws {
        try? await gracefulShutdown()
        await recorder.flush(within: Self.patience)
        let (lost, trouble) = await (recorder.lostCount, recorder.trouble)
        if lost > 0 { farewell.lost(lost, because: trouble) }
        fetcher.close()
        do {
            try store.close()
        } catch {
            farewell.note("\(error)")
        }
    }
}

/// Keeps an eye on the store until it is told to stop.
struct StoreGuardService: Service {
    let storeGuard: StoreGuard

    func run() async throws {
        await cancelWhenGracefulShutdown { await storeGuard.run() }
    }
}

/// Looks after the database until it is told to stop.
struct HousekeepingService: Service {
    let housekeeping: Housekeeping

    func run() async throws {
        await cancelWhenGracefulShutdown { await housekeeping.run() }
    }
}

/// Gives memory back when the checks pause and when it runs short, until it is told to stop.
struct MemoryService: Service {
    let release: IdleRelease
    let relief: MemoryRelief

    func run() async throws {
        let listening = release.listen()
        defer { listening.cancel() }
        await cancelWhenGracefulShutdown {
            async let shortage: Void = relief.run()
            await release.run()
            await shortage
        }
    }
}

/// Keeps leases of checks until it is told to stop, which is after the workers.
struct RescueService: Service {
    let rescuer: Rescuer

    func run() async throws {
        await cancelWhenGracefulShutdown { await rescuer.run() }
    }
}

/// Keeps the workers at work, and lets them end their checks before it returns.
struct WorkerService: Service {
    let pool: WorkerPool
    let count: Int
    let timeout: Duration

    func run() async throws {
        await pool.setCount(count)
        try? await gracefulShutdown()
        await pool.stop(within: timeout)
    }
}

/// Runs the scheduler until it is told to stop.
struct SchedulerService: Service {
    let scheduler: Scheduler

    func run() async throws {
        await cancelWhenGracefulShutdown { await scheduler.run() }
    }
}
