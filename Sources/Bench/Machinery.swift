import Curl
import Detection
import Domain
import Fetchers
import Foundation
import Logging
import Monitor
import Storage
import Synchronization

/// The machine without its web floor, put together as the program does it, for measuring checks.
struct Machinery {
    let store: Store
    let queue: any CheckQueue
    let pool: WorkerPool
    let recorder: Recorder
    let bus: SignalBus
    private let fetcher: CurlFetcher

    init(in folder: URL, workers: Int) async throws {
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        store = try Store.open(at: folder.appending(path: "bench.db").path)
        let bus = SignalBus()
        self.bus = bus
        queue = MemoryCheckQueue(QueueRules(perHost: workers, inFlight: workers * 2))
        fetcher = try CurlFetcher(CurlFetcher.Options(CurlOptions(addresses: .any)))
        let holds = HostHolds()
        recorder = Recorder(
            store: store, queue: queue, bus: bus, holds: holds, rule: DueRule(minimum: .seconds(3)), logger: logger)
        let desk = CheckDesk(store: store, queue: queue, recorder: recorder, holds: holds, bus: bus)
        let turns = WorkTurns()
        let worker = CheckWorker(
            runner: CheckRunner(fetcher: fetcher, processor: TextProcessor(), threads: DetectionThreads()),
            source: desk, turns: turns)
        pool = WorkerPool(queue: queue, turns: turns, logger: logger, giveBack: desk.giveBack, check: worker.handle)
        await pool.setCount(workers)
    }

    /// Adds watches of these addresses; they are not due by themselves.
    func add(_ addresses: [String], _ settings: WatchSettings = WatchSettings()) async throws -> [WatchID] {
        let now = Date()
        let new = addresses.map { NewWatch(url: $0, settings: settings, firstDue: now.addingTimeInterval(86_400)) }
        return try await store.create(new, by: .command("bench"), now: now).map(\.id)
    }

    /// Checks every watch once and returns when all are recorded.
    func checkAll(_ watches: [WatchID]) async throws {
        let (end, ended) = AsyncStream.makeStream(of: CheckFailure?.self)
        let left = Atomic(watches.count)
        let observation = bus.observe { signal in
            guard case .watch(_, let change) = signal, change.endsCheck else { return }
            if case .failed(let failure) = change { ended.yield(failure) }
            if left.subtract(1, ordering: .relaxed).newValue == 0 { ended.yield(nil) }
        }
        defer { observation.cancel() }
        let now = Date()
        await queue.push(watches.map { QueuedCheck(watch: $0, host: "bench", priority: .person, enqueuedAt: now) })
        if let failure = await end.first(where: { _ in true }) ?? nil { throw failure }
    }

    func stop() async throws {
        await pool.stop(within: .seconds(5))
        await recorder.flush(within: .seconds(10))
        fetcher.close()
        try store.close()
    }
}
