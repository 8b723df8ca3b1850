import Domain
import Foundation
import Synchronization
import Testing

@testable import Monitor

/// What every implementation of `CheckQueue` promises about what it lends.
@Suite("A lease")
struct LeaseTests {
    /// A queue with one claimed watch.
    private func claimed(
        _ maker: QueueMaker, _ wish: (inout QueueMaker.Wishes) -> Void = { _ in }
    ) async throws -> (QueueMaker.Made, Claim) {
        let made = await maker.make(wish)
        await made.queue.push([QueuedCheck(WatchID(), .clone, host: "one.example")])
        return (made, try #require(await made.queue.claim(.plain)))
    }

    /// Where the worker was when it died.
    enum Death: CaseIterable, CustomTestStringConvertible {
        case beforeTheFetch, whileItFetched, whileItCompared, whileItWasStored

        var step: CheckStep? {
            switch self {
            case .beforeTheFetch: nil
            case .whileItFetched: .fetching
            case .whileItCompared: .comparing
            case .whileItWasStored: .storing
            }
        }

        var testDescription: String { "\(self)" }
    }

    @Test(
        "a watch whose worker died waits again at its priority once the lease has run out, and not before",
        arguments: QueueMaker.all, Death.allCases)
    func runsOut(maker: QueueMaker, death: Death) async throws {
        let (made, claim) = try await claimed(maker)
        await made.pass(.seconds(30))
        if let step = death.step { #expect(await made.queue.reached(step, by: claim)) }
        let left: Duration = death.step == nil ? .seconds(30) : .seconds(60)
        await made.pass(left - .milliseconds(1))
        #expect(await made.queue.rescue().isEmpty)
        await made.pass(.milliseconds(1))
        #expect(await made.queue.rescue() == [claim])
        #expect(await made.queue.rescue().isEmpty, "once")
        #expect(await made.queue.counts.pair == (1, 0))
        let next = try #require(await made.queue.claim(.plain))
        #expect(next.check == claim.check)
        #expect(next != claim)
    }

    @Test("whatever is said of a lost claim changes nothing", arguments: QueueMaker.all)
    func late(maker: QueueMaker) async throws {
        let (made, claim) = try await claimed(maker)
        await made.pass(.seconds(60))
        _ = await made.queue.rescue()
        let next = try #require(await made.queue.claim(.plain))
        for step in [CheckStep.fetching, .comparing, .storing] {
            #expect(await !made.queue.reached(step, by: claim))
        }
        #expect(await made.queue.extend([claim, next]) == [claim])
        #expect(await !made.queue.finish(claim))
        #expect(await !made.queue.giveBack(claim))
        #expect(await made.queue.counts.fetching == 1)
        #expect(await made.queue.finish(next))
        #expect(await made.queue.counts.pair == (0, 0))
    }

    @Test("who extends in time keeps it, however long a check takes", arguments: QueueMaker.all)
    func extended(maker: QueueMaker) async throws {
        let (made, claim) = try await claimed(maker)
        for _ in 0..<20 {
            await made.pass(.seconds(59))
            #expect(await made.queue.extend([claim]).isEmpty)
        }
        #expect(await made.queue.rescue().isEmpty)
        #expect(await made.queue.finish(claim))
    }

    @Test(
        "a wall clock that jumps neither ends a lease nor lengthens it", arguments: QueueMaker.all,
        [-31_536_000.0, -61, 61, 31_536_000])
    func jumps(maker: QueueMaker, seconds: Double) async throws {
        let wall = Wall()
        let (made, claim) = try await claimed(maker) { $0.now = { wall.now } }
        wall.jump(seconds)
        #expect(await made.queue.rescue().isEmpty)
        #expect(await made.queue.extend([claim]).isEmpty)
        await made.pass(.seconds(59))
        wall.jump(-seconds)
        #expect(await made.queue.rescue().isEmpty)
        await made.pass(.seconds(1))
        wall.jump(seconds)
        #expect(await made.queue.rescue() == [claim])
    }

    private final class Wall: Sendable {
        private let moment = Mutex(Date(timeIntervalSince1970: 1_700_000_000))

        var now: Date { moment.withLock { $0 } }

        func jump(_ seconds: Double) { moment.withLock { $0 += seconds } }
    }

    @Test(
        "a lost claim gives its host back, and a person's wish from meanwhile is one with the place",
        arguments: QueueMaker.all)
    func host(maker: QueueMaker) async throws {
        let (made, claim) = try await claimed(maker) { $0.rules.perHost = 1 }
        let other = WatchID()
        await made.queue.push([
            QueuedCheck(claim.check.watch, .person, host: "one.example"), QueuedCheck(other, host: "one.example"),
        ])
        let waiting = Task { await made.queue.claim(.plain) }
        await made.pass(.seconds(60))
        #expect(await made.queue.rescue() == [claim])
        #expect(await waiting.value?.check.watch == other, "it has waited for longer")
        #expect(await made.queue.snapshot().waiting.map(\.priority) == [.person])
    }

    @Test(
        "a worker that waits gets what is rescued, and all of it is announced in order", arguments: QueueMaker.all)
    func announced(maker: QueueMaker) async throws {
        let announced = Announced()
        let (made, claim) = try await claimed(maker) { $0.announce = announced.note }
        let before = announced.changes.count
        async let next = made.queue.claim(.plain)
        await made.pass(.seconds(60))
        #expect(await made.queue.rescue() == [claim])
        #expect(await next?.check.watch == claim.check.watch)
        let watch = claim.check.watch
        let ofWatches = announced.changes.dropFirst(before).filter { change in
            switch change {
            case .length, .running: false
            default: true
            }
        }
        #expect(Array(ofWatches) == [.lost(watch), .queued(watch), .claimed(watch)])
    }
}
