import DequeModule
public import Foundation
import Synchronization

/// Threads of their own for detection, as many as there are cores, so that a page which takes long to read holds up the
/// checks behind it and nothing else.
///
/// Swift's own threads are as few and serve every request besides: work that never suspends must not stay on them.
/// Whoever waits and is cancelled goes on at once; what he waited for ends by its own limits, and nobody hears of it.
public final class DetectionThreads: Sendable {
    /// What the threads share, so that they do not keep their owner.
    private final class Work: Sendable {
        private struct State {
            var jobs = Deque<@Sendable () -> Void>()
            var isOver = false
        }

        private let state = Mutex(State())
        private let bell = DispatchSemaphore(value: 0)

        func add(_ job: @escaping @Sendable () -> Void) {
            state.withLock { $0.jobs.append(job) }
            bell.signal()
        }

        /// Waits for a job; nil when there will be no more.
        func next() -> (@Sendable () -> Void)? {
            bell.wait()
            return state.withLock { $0.isOver ? nil : $0.jobs.popFirst() }
        }

        func end(_ threads: Int) {
            state.withLock { $0.isOver = true }
            for _ in 0..<threads { bell.signal() }
        }
    }

    /// Enough for the deepest page that detection's limits let in.
    static let stack = 8 << 20

    private let work = Work()
    private let count: Int

    public init(count: Int = ProcessInfo.processInfo.activeProcessorCount) {
        self.count = max(1, count)
        for number in 0..<self.count {
            let thread = Thread { [work] in
                while let job = work.next() { job() }
            }
            thread.name = "detection-\(number)"
            thread.stackSize = Self.stack
            thread.start()
        }
    }

    deinit {
        work.end(count)
    }

    /// Does `body` on one of the threads and returns its value; nil as soon as the task is cancelled.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
        let answer = Answer<Value>()
        return await withTaskCancellationHandler {
            work.add {
                if !answer.isOver { answer.give(body()) }
            }
            return await answer.wait()
        } onCancel: {
            answer.give(nil)
        }
    }
}
