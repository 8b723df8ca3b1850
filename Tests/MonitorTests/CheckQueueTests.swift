import Domain
import Foundation
import Testing

@testable import Monitor

/// What every implementation of `CheckQueue` promises to those who wait for it; the rules of order are in
/// `QueueStateTests`, those of leases in `LeaseTests`.
@Suite("Every queue")
struct CheckQueueTests {
    @Test("a waiting worker gets the next check", arguments: QueueMaker.all)
    func waiting(maker: QueueMaker) async {
        let queue = await maker.make().queue
        let watch = WatchID()
        async let claim = queue.claim(.plain)
        await queue.push([QueuedCheck(watch)])
        #expect(await claim?.check.watch == watch)
    }

    @Test("a cancelled wait ends with nothing and takes nothing", arguments: QueueMaker.all)
    func cancelled(maker: QueueMaker) async {
        let queue = await maker.make().queue
        let waiter = Task { await queue.claim(.plain) }
        waiter.cancel()
        #expect(await waiter.value == nil)
        #expect(await queue.push([QueuedCheck(WatchID())]) == 1)
        #expect(await queue.claim(.plain) != nil)
    }

    @Test("closing ends every wait and keeps what is queued", arguments: QueueMaker.all)
    func closed(maker: QueueMaker) async {
        let queue = await maker.make().queue
        async let claim = queue.claim(.plain)
        async let other = queue.claim(.slow)
        await queue.close()
        #expect(await claim == nil)
        #expect(await other == nil)
        await queue.push([QueuedCheck(WatchID())])
        #expect(await queue.claim(.plain) == nil)
        #expect(await queue.snapshot().waiting.count == 1)
    }

    @Test("every change of length is announced, in order", arguments: QueueMaker.all)
    func announcements(maker: QueueMaker) async throws {
        let announced = Announced()
        let queue = await maker.make { $0.announce = announced.note }.queue
        let watches = [WatchID(), WatchID(), WatchID()]
        for watch in watches { await queue.push([QueuedCheck(watch)]) }
        let claim = try #require(await queue.claim(.plain))
        await queue.giveBack(claim)
        await queue.remove(watches)
        let lengths = announced.changes.compactMap { change -> Int? in
            if case .length(let length) = change { length } else { nil }
        }
        #expect(lengths == [1, 2, 3, 2, 3, 0])
    }

    @Test("a thousand watches and twenty workers: each is checked exactly once", arguments: QueueMaker.all)
    func manyWorkers(maker: QueueMaker) async {
        let queue = await maker.make { $0.rules.perHost = 3 }.queue
        let watches = (0..<1000).map { _ in WatchID() }
        let done = await withTaskGroup(of: [WatchID].self) { group in
            for _ in 0..<20 {
                group.addTask {
                    var mine: [WatchID] = []
                    while let claim = await queue.claim(.plain) {
                        mine.append(claim.check.watch)
                        await queue.finish(claim)
                        if await queue.counts.pair == (0, 0) { await queue.close() }
                    }
                    return mine
                }
            }
            await queue.push(watches.enumerated().map { index, watch in QueuedCheck(watch, host: "host\(index % 7)") })
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(done.count == watches.count)
        #expect(Set(done) == Set(watches))
    }

    @Test(
        "it is told where checks are, those that wait for a network apart from the others", arguments: QueueMaker.all)
    func counts(maker: QueueMaker) async throws {
        let queue = await maker.make { $0.rules.perHost = 3 }.queue
        await queue.push((0..<5).map { _ in QueuedCheck(WatchID(), host: "one.example") })
        var claims: [Claim] = []
        for _ in 0..<3 { claims.append(try #require(await queue.claim(.plain))) }
        let more = Task { await queue.claim(.plain) }
        #expect(await queue.reached(.comparing, by: claims[1]))
        #expect(await queue.reached(.storing, by: claims[2]), "and its host may be asked for another")
        _ = await more.value
        async let another = queue.claim(.plain)
        await queue.push([QueuedCheck(WatchID())])
        _ = await another
        var counts = QueueCounts()
        (counts.length, counts.parked, counts.fetching, counts.comparing, counts.storing) = (1, 1, 3, 1, 1)
        #expect(await queue.counts == counts, "one was passed over, since its host has no room")
        for claim in claims { await queue.finish(claim) }
        #expect(await queue.counts.running == 2)
    }

    @Test(
        "a worker gets checks of its kind only, and a crowd of a slow kind holds up no quick one",
        arguments: QueueMaker.all)
    func kinds(maker: QueueMaker) async throws {
        let queue = await maker.make { $0.rules.perHost = 1 }.queue
        let slow = (0..<50).map { _ in WatchID() }
        await queue.push(slow.map { QueuedCheck($0, host: "one.example", kind: .slow) })
        let first = try #require(await queue.claim(.slow))
        #expect(first.check.watch == slow[0])
        // The host is taken, so that there is nothing for either kind.
        let quick = WatchID()
        await queue.push([QueuedCheck(quick, .clock(due: Date()), host: "one.example")])
        let elsewhere = WatchID()
        async let waiting = queue.claim(.plain)
        await queue.push([QueuedCheck(elsewhere, host: "two.example")])
        #expect(await waiting?.check.watch == elsewhere)
        await queue.finish(first)
        // No worker of the slow kind is free, so the quick one has the host though all of the others are more urgent.
        #expect(await queue.claim(.plain)?.check.watch == quick)
    }

    @Test("what only time makes room for is given out at the clock's next look", arguments: QueueMaker.all)
    func aged(maker: QueueMaker) async {
        let made = await maker.make { $0.rules = QueueRules(perHost: 1, inFlight: 6) }
        let queue = made.queue
        await queue.push(
            (0..<20).map { number in
                QueuedCheck(
                    watch: WatchID(), host: "\(number).example", priority: .clock(due: Date()), enqueuedAt: Date(),
                    temper: .quick)
            })
        let claims = (0..<8).map { _ in Task { await queue.claim(.plain) } }
        while await queue.counts.fetching < 6 { await Task.yield() }
        // All of them hang; nothing else happens that would let anybody look again.
        await made.pass(.seconds(5))
        while await queue.counts.fetching < 8 { _ = await queue.takeRoom() }
        for claim in claims { #expect(await claim.value != nil) }
    }

    @Test(
        "a wish older than the running check is fulfilled by it when it is recorded, and waits when it is not",
        arguments: QueueMaker.all)
    func fulfilled(maker: QueueMaker) async throws {
        let queued = QueuedCheck(WatchID(), .clock(due: Date()))
        let wish = QueuedCheck(queued.watch)
        let ends: [(_ queue: any CheckQueue, _ claim: Claim) async -> Bool] = [
            { await $0.finish($1) }, { await $0.dismiss($1) }, { await $0.giveBack($1) },
        ]
        for (end, waiting) in zip(ends, [[], [wish], [wish]]) {
            let queue = await maker.make { $0.now = { wish.enqueuedAt + 0.1 } }.queue
            await queue.push([queued])
            let claim = try #require(await queue.claim(.plain))
            #expect(await queue.push([wish]) == 1)
            #expect(await queue.counts.length == 0)
            #expect(await end(queue, claim))
            #expect(await queue.snapshot().waiting == waiting)
        }
    }
}
