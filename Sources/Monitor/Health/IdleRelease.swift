public import Domain
import Synchronization

/// Gives memory back to the system once no check runs: what large pages needed, the allocator keeps in the arena of
/// each thread that read them.
///
///     waiting ──the last check ends──► quiet ──2 s, none runs, and it is worth it──► released ──30 s──► waiting
///
/// Caches stay: they are small, bounded, and make the next check fast. `/gc-cleanup` gives those back too.
public final class IdleRelease: Sendable {
    /// How long no check must have run.
    static let quiet: Duration = .seconds(2)
    /// The shortest time between two releases.
    static let distance: Duration = .seconds(30)
    /// So much the process must have grown since the last release, in bytes; less is not worth the faults of getting it
    /// again.
    static let worthwhile = 33_554_432

    private let bus: SignalBus
    private let clock: any Clock<Duration>
    private let residentBytes: @Sendable () -> Int
    private let trim: @Sendable () -> Void
    private let running = Running()
    /// What the process had before any check.
    private let floor: Int
    private let pauses: AsyncStream<Void>
    private let pauseBegan: AsyncStream<Void>.Continuation

    /// How many checks run; the bus's observer shares it and does not keep the rest alive.
    private final class Running: Sendable {
        let count = Atomic<Int>(0)
    }

    public convenience init(bus: SignalBus) {
        self.init(
            bus: bus, clock: ContinuousClock(), residentBytes: MemoryRelease.residentBytes, trim: MemoryRelease.trim)
    }

    init(
        bus: SignalBus, clock: any Clock<Duration>, residentBytes: @escaping @Sendable () -> Int,
        trim: @escaping @Sendable () -> Void
    ) {
        self.bus = bus
        self.clock = clock
        self.residentBytes = residentBytes
        self.trim = trim
        floor = residentBytes()
        (pauses, pauseBegan) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Notes from now on when checks run, until the observation ends.
    public func listen() -> SignalBus.Observation {
        bus.observe { [running, pauseBegan] signal in
            guard case .running(let count) = signal else { return }
            running.count.store(count, ordering: .relaxed)
            if count == 0 { pauseBegan.yield() }
        }
    }

    /// Looks at every pause until the task is cancelled.
    public func run() async {
        var floor = floor
        for await _ in pauses {
            try? await clock.sleep(for: Self.quiet)
            guard running.count.load(ordering: .relaxed) == 0, residentBytes() - floor >= Self.worthwhile else {
                continue
            }
            await OwnThread.run(trim)
            floor = residentBytes()
            try? await clock.sleep(for: Self.distance)
        }
    }
}
