public import Detection
public import Domain
public import Foundation
public import Logging
public import Storage

/// Everything with consequences that people and programs can do; page, API, socket and commands call these and nothing
/// else, and only by saying who asks.
///
/// Each looks whether that is allowed, stores, then acts on the queue, then announces, and leaves a line in the log.
public struct WatchActions: Sendable {
    /// So many watches at once are still a person's work by hand.
    static let handful = 100

    let store: Store
    let queue: any CheckQueue
    let bus: SignalBus
    let addressProblem: @Sendable (String) -> String?
    let hostOf: @Sendable (String) -> String
    /// Says that something has become due at a moment or later.
    let wakeScheduler: @Sendable (Date) -> Void
    let now: @Sendable () -> Date
    let logger: Logger
    /// Where people's filters are tried, and within which bounds their settings are.
    let judging: JudgingThreads
    let limits: DetectionLimits
    private let trouble: WriteTrouble

    public init(
        store: Store, queue: any CheckQueue, bus: SignalBus,
        addressProblem: @escaping @Sendable (String) -> String?, hostOf: @escaping @Sendable (String) -> String,
        wakeScheduler: @escaping @Sendable (Date) -> Void, trouble: WriteTrouble = WriteTrouble(), logger: Logger,
        judging: JudgingThreads = JudgingThreads(), limits: DetectionLimits = DetectionLimits(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.queue = queue
        self.bus = bus
        self.addressProblem = addressProblem
        self.hostOf = hostOf
        self.wakeScheduler = wakeScheduler
        self.trouble = trouble
        self.logger = logger
        self.judging = judging
        self.limits = limits
        self.now = now
    }

    /// The same for somebody who asks for them.
    public func asked(by requester: Requester) -> AskedActions {
        AskedActions(actions: self, requester: requester)
    }

    /// Everything that is stored goes through here, so that readiness knows of a store that takes nothing.
    func stored<Value>(_ write: () async throws -> Value) async throws -> Value {
        do {
            let value = try await write()
            trouble.clear()
            return value
        } catch let error as StoreError {
            trouble.note(error)
            throw error
        }
    }
}
