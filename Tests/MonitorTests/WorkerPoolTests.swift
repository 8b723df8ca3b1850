import Domain
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Monitor

@Suite("The workers")
struct WorkerPoolTests {
    private let queue = MemoryCheckQueue(QueueRules(perHost: 100))
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func check(_ watch: WatchID = WatchID()) -> QueuedCheck {
        QueuedCheck(watch: watch, host: "", priority: .person, enqueuedAt: Date())
    }

    /// Checks that wait until the test lets them go.
    private final class Gate: Sendable {
        let arrivals: AsyncStream<Claim>
        private let arrived: AsyncStream<Claim>.Continuation
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

        init() {
            (arrivals, arrived) = AsyncStream.makeStream(of: Claim.self)
        }

        func pass(_ claim: Claim) async {
            await withCheckedContinuation { continuation in
                waiting.withLock { $0.append(continuation) }
                arrived.yield(claim)
            }
        }

        func open() {
            let all = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for one in all { one.resume() }
        }
    }

    @Test("as many checks run at once as there are workers, and lowering the number abandons none")
    func lowering() async {
        let gate = Gate()
        let queue = queue
        let pool = WorkerPool(queue: queue, logger: logger, giveBack: queue.take) { claim in
            await gate.pass(claim)
            await queue.finish(claim)
        }
        await pool.setCount(3)
        await queue.push((0..<5).map { _ in check() })
        var arrivals = gate.arrivals.makeAsyncIterator()
        for _ in 0..<3 { _ = await arrivals.next() }
        #expect(queue.counts.pair == (2, 3))
        await pool.setCount(1)
        #expect(await pool.status.alive == 1)
        #expect(queue.counts.running == 3, "nothing was abandoned")
        gate.open()
        _ = await arrivals.next()
        #expect(queue.counts.running == 1)
        gate.open()
        _ = await arrivals.next()
        gate.open()
        await pool.stop(within: .seconds(60))
        #expect(queue.counts.pair == (0, 0))
    }

    @Test("lowering and raising the number while checks run never makes more of them run than are wanted")
    func flapping() async {
        let gate = Gate()
        let queue = queue
        let pool = WorkerPool(queue: queue, logger: logger, giveBack: queue.take) { claim in
            await gate.pass(claim)
            await queue.finish(claim)
        }
        await pool.setCount(3)
        await queue.push((0..<9).map { _ in check() })
        var arrivals = gate.arrivals.makeAsyncIterator()
        for _ in 0..<3 { _ = await arrivals.next() }
        for _ in 0..<5 {
            await pool.setCount(1)
            await pool.setCount(3)
        }
        let status = await pool.status
        #expect(status.alive == 3)
        #expect(status.busy == 3)
        #expect(queue.counts.pair == (6, 3))
        gate.open()
        for _ in 0..<3 { _ = await arrivals.next() }
        #expect(queue.counts.pair == (3, 3), "those that were kept go on working")
        gate.open()
        for _ in 0..<3 { _ = await arrivals.next() }
        gate.open()
        await pool.stop(within: .seconds(60))
        #expect(queue.counts.pair == (0, 0))
    }

    @Test("a worker that dies is replaced, and its watch is queued again")
    func dies() async throws {
        struct Broken: Error {}
        let clock = ManualClock()
        let queue = queue
        let tries = Mutex(0)
        let (done, finished) = AsyncStream.makeStream(of: WatchID.self)
        let pool = WorkerPool(queue: queue, clock: clock, logger: logger, giveBack: queue.take) { claim in
            let isFirst = tries.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst { throw Broken() }
            await queue.finish(claim)
            finished.yield(claim.check.watch)
        }
        await pool.setCount(1)
        let watch = WatchID()
        await queue.push([check(watch)])
        await clock.sleepers(1)
        clock.advance(by: .seconds(1))
        #expect(await done.first { _ in true } == watch)
        let status = await pool.status
        #expect(status.replaced == 1)
        #expect(status.alive == 1)
        await pool.stop(within: .zero)
    }

    @Test("those that die of a fault that stays back off together, longer each time, until a check gets through")
    func backOff() async throws {
        struct Broken: Error {}
        let clock = ManualClock()
        let queue = queue
        let isBroken = Mutex(true)
        let (tries, tried) = AsyncStream.makeStream(of: Void.self)
        let pool = WorkerPool(queue: queue, clock: clock, logger: logger, giveBack: queue.take) { claim in
            defer { tried.yield() }
            if isBroken.withLock({ $0 }) { throw Broken() }
            await queue.finish(claim)
        }
        await pool.setCount(1)
        await queue.push((0..<3).map { _ in check() })
        var next = tries.makeAsyncIterator()
        _ = await next.next()
        for (death, seconds) in [1, 2, 4, 8].enumerated() {
            await clock.sleepers(1)
            clock.advance(by: .seconds(seconds) - .milliseconds(1))
            #expect(await pool.status.replaced == death + 1, "not before \(seconds) seconds")
            clock.advance(by: .milliseconds(1))
            _ = await next.next()
        }
        isBroken.withLock { $0 = false }
        await clock.sleepers(1)
        clock.advance(by: .seconds(16))
        for _ in 0..<3 { _ = await next.next() }
        #expect(await pool.status.replaced == 5)
        await pool.stop(within: .zero)
    }

    /// Returns nothing when the task is cancelled, and not before.
    private static func untilCancelled() async -> Void? {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        return await never.first { true }
    }

    @Test("stopping waits for checks, then cancels what is left and gives it back")
    func stopping() async {
        let clock = ManualClock()
        let queue = queue
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let pool = WorkerPool(queue: queue, clock: clock, logger: logger, giveBack: queue.take) { _ in
            start.yield()
            for await _ in AsyncStream<Void>(unfolding: { await Self.untilCancelled() }) {}
            throw CancellationError()
        }
        await pool.setCount(1)
        await queue.push([check()])
        _ = await started.first { true }
        let stop = Task { await pool.stop(within: .seconds(6)) }
        await clock.sleepers(1)
        clock.advance(by: .seconds(6))
        await stop.value
        #expect(queue.counts.pair == (1, 0), "the check is in the queue again")
    }
}
