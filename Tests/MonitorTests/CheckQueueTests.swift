import Domain
import Foundation
import Synchronization
import Testing

@testable import Monitor

/// What every implementation of `CheckQueue` promises to those who wait for it; the rules of order are in `QueueStateTests`.
@Suite("Every queue")
struct CheckQueueTests {
    private func check(_ watch: WatchID, _ priority: CheckPriority = .person) -> QueuedCheck {
        QueuedCheck(watch: watch, host: "", priority: priority, enqueuedAt: Date())
    }

    @Test("a waiting worker gets the next check")
    func waiting() async {
        let queue = MemoryCheckQueue(limitPerHost: 2)
        let watch = WatchID()
        async let claim = queue.claim()
        await queue.push([check(watch)])
        #expect(await claim?.check.watch == watch)
    }

    @Test("a cancelled wait ends with nothing and takes nothing")
    func cancelled() async {
        let queue = MemoryCheckQueue(limitPerHost: 2)
        let waiter = Task { await queue.claim() }
        waiter.cancel()
        #expect(await waiter.value == nil)
        #expect(await queue.push([check(WatchID())]) == 1)
        #expect(await queue.claim() != nil)
    }

    @Test("closing ends every wait and keeps what is queued")
    func closed() async {
        let queue = MemoryCheckQueue(limitPerHost: 2)
        async let claim = queue.claim()
        await queue.close()
        #expect(await claim == nil)
        await queue.push([check(WatchID())])
        #expect(await queue.claim() == nil)
        #expect(await queue.snapshot().waiting.count == 1)
    }

    @Test("every change of length is announced, in order")
    func announcements() async throws {
        let heard = Mutex<[Int]>([])
        let queue = MemoryCheckQueue(
            limitPerHost: 2,
            announce: { change in
                if case .length(let length) = change { heard.withLock { $0.append(length) } }
            })
        let watches = [WatchID(), WatchID(), WatchID()]
        for watch in watches { await queue.push([check(watch)]) }
        let claim = try #require(await queue.claim())
        await queue.giveBack(claim)
        await queue.remove(watches)
        #expect(heard.withLock { $0 } == [1, 2, 3, 2, 3, 0])
    }

    @Test("a thousand watches and twenty workers: each is checked exactly once")
    func manyWorkers() async {
        let queue = MemoryCheckQueue(limitPerHost: 3)
        let watches = (0..<1000).map { _ in WatchID() }
        let done = await withTaskGroup(of: [WatchID].self) { group in
            for _ in 0..<20 {
                group.addTask {
                    var mine: [WatchID] = []
                    while let claim = await queue.claim() {
                        mine.append(claim.check.watch)
                        await queue.finish(claim)
                        if queue.counts == (0, 0) { await queue.close() }
                    }
                    return mine
                }
            }
            await queue.push(
                watches.enumerated().map { index, watch in
                    QueuedCheck(watch: watch, host: "host\(index % 7)", priority: .person, enqueuedAt: Date())
                })
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(done.count == watches.count)
        #expect(Set(done) == Set(watches))
    }
}
