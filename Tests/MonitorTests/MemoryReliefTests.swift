import Domain
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Monitor

@Suite("Memory that runs short")
struct MemoryReliefTests {
    @Test("what is kept for speed is given back before anybody is told no, and not again for ten seconds")
    func releases() async {
        let clock = ManualClock()
        let state = Mutex((used: 0, released: 0))
        let budget = MemoryBudget(
            bytes: 1_000, measure: { state.withLock { $0.used } }, uptime: { clock.now.offset })
        let relief = MemoryRelief(
            budget: budget,
            release: {
                state.withLock {
                    $0.released += 1
                    $0.used = min($0.used, 500)
                }
            }, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await relief.run() }
        func second() async {
            clock.advance(by: .seconds(1))
            await clock.sleepers(1)
        }
        await clock.sleepers(1)
        await second()
        #expect(state.withLock { $0.released } == 0)
        state.withLock { $0.used = 900 }
        await second()
        #expect(state.withLock { $0.released } == 1 && budget.pressure == .none)
        state.withLock { $0.used = 900 }
        for _ in 0..<9 { await second() }
        #expect(state.withLock { $0.released } == 1 && budget.pressure == .high)
        await second()
        #expect(state.withLock { $0.released } == 2 && budget.pressure == .none)
        running.cancel()
        await running.value
    }
}
