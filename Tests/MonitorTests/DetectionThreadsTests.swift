import Foundation
import Synchronization
import Testing

@testable import Monitor

@Suite("Threads for detection")
struct DetectionThreadsTests {
    @Test("values come back, each to whoever asked for it")
    func values() async {
        let threads = DetectionThreads(count: 3)
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<200 { group.addTask { await threads.run { number * 2 } ?? -1 } }
            return await group.reduce(0, +)
        }
        #expect(sum == 200 * 199)
    }

    @Test("while every thread is busy, tasks go on, and whoever is cancelled need not wait")
    func busy() async {
        let threads = DetectionThreads(count: 2)
        let gate = DispatchSemaphore(value: 0)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let stuck = (0..<8).map { number in
            Task {
                await threads.run {
                    start.yield()
                    gate.wait()
                    return number
                }
            }
        }
        var arrivals = started.makeAsyncIterator()
        for _ in 0..<2 { _ = await arrivals.next() }
        for task in stuck { task.cancel() }
        for task in stuck { #expect(await task.value == nil) }
        for _ in 0..<2 { gate.signal() }
        #expect(await threads.run { 1 } == 1, "what nobody waits for any more is not begun")
    }

    @Test("a task that is cancelled already begins nothing")
    func cancelledBefore() async {
        let threads = DetectionThreads(count: 1)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await threads.run { 1 }
        }
        #expect(await task.value == nil)
    }
}
