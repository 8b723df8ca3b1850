import Foundation
public import Logging
public import Storage

/// Looks after the database while the program runs, so that it stays quick and gives back room: an hour after the
/// start, then once a day.
///
/// Nothing depends on it for being right, so what fails is logged and left to the next time.
public struct Housekeeping: Sendable {
    /// How long after the start the first round is.
    static let first: Duration = .seconds(3600)
    static let period: Duration = .seconds(86_400)

    private let store: Store
    private let clock: any Clock<Duration>
    private let logger: Logger

    public init(store: Store, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        var wait = Self.first
        while true {
            do { try await clock.sleep(for: wait) } catch { return }
            wait = Self.period
            do {
                try await store.optimize()
            } catch {
                logger.warning("the database could not be looked after", metadata: ["error": "\(error)"])
            }
        }
    }
}
