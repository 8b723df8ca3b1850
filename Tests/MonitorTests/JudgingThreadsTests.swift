import Domain
import Foundation
import Synchronization
import Testing

@testable import Monitor

@Suite("Threads for what people write")
struct JudgingThreadsTests {
    private static let ada = Requester(.person("Ada")), ben = Requester(.person("Ben"))

    /// Keeps threads busy until it is opened, and says when one has come in.
    private final class Gate: Sendable {
        let open = DispatchSemaphore(value: 0)
        private let (arrivals, arrive) = AsyncStream.makeStream(of: Void.self)

        func pass() {
            arrive.yield()
            open.wait()
        }

        func hasArrived() async { for await _ in arrivals { return } }
    }

    /// What was done, in order.
    private final class Order: Sendable {
        private let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }

        func note(_ word: String) { words.withLock { $0.append(word) } }
    }

    @Test("values come back, each to whoever asked for it")
    func values() async throws {
        var limits = JudgingThreads.Limits()
        limits.ofOne = 200
        limits.ofAll = 400
        let threads = JudgingThreads(limits)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask { try await threads.run(for: number % 3 == 0 ? Self.ada : Self.ben) { number * 2 } }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 200 * 199)
    }

    @Test("whoever asks for one thing does not wait for all that another has asked for")
    func fair() async throws {
        let threads = JudgingThreads()
        let gate = Gate()
        let order = Order()
        let first = Task { try await threads.run(for: Self.ada) { gate.pass() } }
        await gate.hasArrived()
        let others = (1...9).map { number in
            Task { try await threads.run(for: Self.ada) { order.note("Ada \(number)") } }
        }
        // The first of Ada's is not over, and only one of hers runs at once.
        try await threads.run(for: Self.ben) { order.note("Ben") }
        #expect(order.all == ["Ben"])
        gate.open.signal()
        try await first.value
        for task in others { try await task.value }
        #expect(order.all.count == 10)
    }

    @Test("requesters take turns, however many things one has asked for")
    func turns() async throws {
        var limits = JudgingThreads.Limits()
        limits.threads = 1
        let threads = JudgingThreads(limits)
        let gate = Gate()
        let order = Order()
        let first = Task { try await threads.run(for: Requester(.machine("gate"))) { gate.pass() } }
        await gate.hasArrived()
        var tasks: [Task<Void, any Error>] = []
        for (requester, number) in [(Self.ada, 1), (Self.ada, 2), (Self.ada, 3), (Self.ben, 1), (Self.ben, 2)] {
            let waiting = threads.waitingCount
            tasks.append(
                Task {
                    try await threads.run(for: requester) { order.note("\(requester) \(number)") }
                })
            while threads.waitingCount == waiting { await Task.yield() }
        }
        gate.open.signal()
        try await first.value
        for task in tasks { try await task.value }
        #expect(order.all == ["Ada 1", "Ben 1", "Ada 2", "Ben 2", "Ada 3"])
    }

    @Test("beyond the limit of one requester, and of all together, nothing more is taken")
    func limits() async throws {
        var limits = JudgingThreads.Limits()
        limits.threads = 1
        limits.ofOne = 2
        limits.ofAll = 3
        let threads = JudgingThreads(limits)
        let gate = Gate()
        let first = Task { try await threads.run(for: Self.ada) { gate.pass() } }
        await gate.hasArrived()
        var tasks: [Task<Int, any Error>] = []
        func ask(_ requester: Requester) async {
            let waiting = threads.waitingCount
            tasks.append(Task { try await threads.run(for: requester) { 1 } })
            while threads.waitingCount == waiting { await Task.yield() }
        }
        await ask(Self.ada)
        await ask(Self.ada)
        await #expect(throws: TooManyAtOnce(isOwn: true)) { try await threads.run(for: Self.ada) { 1 } }
        await ask(Self.ben)
        await #expect(throws: TooManyAtOnce(isOwn: false)) { try await threads.run(for: Self.ben) { 1 } }
        gate.open.signal()
        try await first.value
        for task in tasks { #expect(try await task.value == 1) }
        #expect(try await threads.run(for: Self.ada) { 2 } == 2)
    }

    @Test("who leaves need not wait, and what nobody waits for any more is not begun")
    func cancelled() async throws {
        var limits = JudgingThreads.Limits()
        limits.threads = 1
        let threads = JudgingThreads(limits)
        let gate = Gate()
        let first = Task { try await threads.run(for: Self.ada) { gate.pass() } }
        await gate.hasArrived()
        let order = Order()
        let second = Task { try await threads.run(for: Self.ada) { order.note("begun") } }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        gate.open.signal()
        try await first.value
        #expect(try await threads.run(for: Self.ada) { 1 } == 1)
        #expect(order.all.isEmpty)
    }
}
