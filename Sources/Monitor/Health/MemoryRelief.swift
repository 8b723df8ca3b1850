public import Domain
public import Logging

/// Gives memory back before anybody is told that there is none: as soon as the budget is short, what is kept for speed
/// only is released.
///
///     enough ──high──► released ──still high──► released again, 10 s later ──► enough
public struct MemoryRelief: Sendable {
    /// How often the budget is looked at where nobody else asks.
    static let interval: Duration = .seconds(1)
    /// The shortest time between two releases, each of which makes what comes next slower.
    static let distance: Duration = .seconds(10)

    private let budget: MemoryBudget
    private let release: @Sendable () async -> Void
    private let clock: any Clock<Duration>
    private let logger: Logger

    public init(
        budget: MemoryBudget, release: @escaping @Sendable () async -> Void,
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.budget = budget
        self.release = release
        self.clock = clock
        self.logger = logger
    }

    /// Looks again and again until the task is cancelled.
    public func run() async {
        var told = MemoryBudget.Pressure.none
        var sinceRelease = Self.distance
        while !Task.isCancelled {
            if budget.refresh() > .none, sinceRelease >= Self.distance {
                await release()
                budget.refresh()
                sinceRelease = .zero
            }
            let pressure = budget.pressure
            if pressure != told { tell(pressure) }
            told = pressure
            guard (try? await clock.sleep(for: Self.interval)) != nil else { return }
            sinceRelease += Self.interval
        }
    }

    private func tell(_ pressure: MemoryBudget.Pressure) {
        let details: Logger.Metadata = [
            "used": "\(ByteSize.text(budget.used))", "budget": "\(ByteSize.text(budget.bytes))",
        ]
        switch pressure {
        case .none: logger.notice("there is enough memory again", metadata: details)
        case .high: logger.warning("memory is short: checks of large pages are put off", metadata: details)
        case .critical:
            logger.warning("memory is used up (see MEMORY_BUDGET): requests get status 503", metadata: details)
        }
    }
}
