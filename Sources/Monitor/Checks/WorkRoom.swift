import Detection
public import Domain

/// Lets a page be worked on only while there is memory for it: what it is going to take is reserved beforehand.
///
/// ```
///   page is there ──small──► worked on
///        │ large
///        ├─ there is room ──► reserved, worked on, given back
///        ├─ not now ────────► waits, but not for long: then it is put off (see `CheckDesk`)
///        └─ never ──────────► fails: more than MEMORY_BUDGET
/// ```
public struct WorkRoom: Sendable {
    /// Pages of fewer bytes are worked on without being asked what they take: all workers' together are little.
    static let small = 131_072
    /// How long a page waits for room before its check is put off.
    static let patience: Duration = .seconds(20)
    private static let look: Duration = .milliseconds(200)

    private let budget: MemoryBudget?
    private let clock: any Clock<Duration>

    /// Without a budget there is always room.
    public init(_ budget: MemoryBudget? = nil, clock: any Clock<Duration> = ContinuousClock()) {
        self.budget = budget
        self.clock = clock
    }

    /// Room for what reading the page takes, kept until the result is gone; nil when that is next to nothing.
    ///
    /// Throws `noRoom` when there is none for now, and `tooComplex` when there never will be.
    nonisolated(nonsending) func reserve(
        for page: FetchedPage, _ processor: any Processor, _ settings: DetectionSettings
    ) async throws(CheckFailure) -> MemoryBudget.Reservation? {
        guard let budget, page.body.count >= Self.small else { return nil }
        let bytes = processor.memoryEstimate(of: page, settings: settings)
        var waited = Duration.zero
        while true {
            if let room = budget.reserve(bytes) { return room }
            guard budget.couldHold(bytes) else {
                throw CheckFailure(
                    .tooComplex, "it takes up to \(ByteSize.text(bytes)) of memory, more than MEMORY_BUDGET leaves")
            }
            guard waited < Self.patience else { throw CheckFailure(.noRoom) }
            guard (try? await clock.sleep(for: Self.look)) != nil else { throw CheckFailure(.cancelled) }
            waited += Self.look
        }
    }
}
