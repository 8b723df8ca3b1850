import Domain
import Synchronization
import TestSupport
import Testing

@testable import Monitor

@Suite("Turns at being worked on")
struct WorkTurnsTests {
    private let turns = WorkTurns()

    /// What happened, in its order.
    private final class Order: Sendable {
        private let names = Mutex<[String]>([])

        func note(_ name: String) { names.withLock { $0.append(name) } }
        var all: [String] { names.withLock { $0 } }
    }

    @Test("as many have a turn as there are workers, and the next has his when one ends")
    func limit() async throws {
        turns.setCount(2, of: .plain)
        let first = await turns.begin(.plain)
        let second = await turns.begin(.plain)
        #expect(turns.taken(of: .plain) == 2)
        async let third = turns.begin(.plain)
        turns.end(try #require(first))
        #expect(await third != nil)
        #expect(turns.taken(of: .plain) == 2)
        turns.end(try #require(second))
        #expect(turns.taken(of: .plain) == 1)
    }

    @Test("who is cancelled goes on without a turn, and takes none")
    func cancelled() async throws {
        turns.setCount(1, of: .plain)
        let first = try #require(await turns.begin(.plain))
        let waiting = Task { await turns.begin(.plain) }
        waiting.cancel()
        #expect(await waiting.value == nil)
        turns.end(first)
        #expect(turns.taken(of: .plain) == 0)
        #expect(await turns.begin(.plain) != nil)
    }

    @Test("without workers nobody has a turn until there are some")
    func none() async {
        let waiting = Task { await turns.begin(.plain) }
        let alone = Task { await turns.begin(.plain, alone: true) }
        turns.setCount(1, of: .plain)
        if let turn = await waiting.value { turns.end(turn) }
        #expect(await alone.value != nil)
    }

    @Test("a check that must be alone has its turn when no other is at work, and no other beside it")
    func alone() async throws {
        turns.setCount(3, of: .plain)
        let first = try #require(await turns.begin(.plain))
        let (turns, order) = (turns, Order())
        let alone = Task {
            let turn = await turns.begin(.plain, alone: true)
            order.note("alone")
            return turn
        }
        while turns.waitingAlone == 0 { await Task.yield() }
        let second = try #require(await turns.begin(.plain))
        order.note("second")
        turns.end(first)
        turns.end(second)
        let turn = try #require(await alone.value)
        let third = Task {
            let turn = await turns.begin(.plain)
            order.note("third")
            return turn
        }
        #expect(turns.taken(of: .plain) == 0)
        turns.end(turn)
        #expect(await third.value != nil)
        #expect(order.all == ["second", "alone", "third"])
    }

    @Test("one that must be alone, of a kind without workers, keeps nobody waiting")
    func aloneWithoutWorkers() async throws {
        turns.setCount(2, of: .plain)
        let stuck = Task { await turns.begin(.slow, alone: true) }
        while turns.waitingAlone == 0 { await Task.yield() }
        let alone = try #require(await turns.begin(.plain, alone: true))
        turns.end(alone)
        for _ in 0..<(WorkTurns.patience + 10) { turns.end(try #require(await turns.begin(.plain))) }
        stuck.cancel()
        #expect(await stuck.value == nil)
    }

    @Test("others do not go before a check that must be alone for ever")
    func aloneInACrowd() async throws {
        turns.setCount(2, of: .plain)
        var current = try #require(await turns.begin(.plain))
        let alone = Task { await turns.begin(.plain, alone: true) }
        while turns.waitingAlone == 0 { await Task.yield() }
        // There is never a moment without somebody at work, until it is waited for.
        for _ in 0..<WorkTurns.patience {
            let next = try #require(await turns.begin(.plain))
            turns.end(current)
            current = next
        }
        let late = Task { await turns.begin(.plain) }
        turns.end(current)
        let turn = try #require(await alone.value)
        turns.end(turn)
        #expect(await late.value != nil)
    }
}
