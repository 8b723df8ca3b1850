import DequeModule
import Domain
import Foundation
import Synchronization

/// Threads of their own for what people wrote and want to have tried: filters, patterns, templates, settings on an
/// earlier version.
///
/// ```
///   asked ──► waits in its requester's line ──► has a thread ──► over
///     │                   └─ who asked has left: never begun
///     └─ a line is full: TooManyAtOnce
/// ```
/// Neither requests nor checks run here, so nobody else waits for a filter that takes long. Of one requester only one
/// thing runs at once, and requesters take turns; so whoever asks for one thing does not wait for all that another has
/// asked for.
public final class JudgingThreads: Sendable {
    public struct Limits: Hashable, Sendable {
        public var threads = 2
        /// How many wait of one requester.
        public var ofOne = 32
        /// How many wait of all together.
        public var ofAll = 128

        public init() {}
    }

    /// What the threads share, so that they do not keep their owner.
    private final class Work: Sendable {
        private struct Line {
            var waiting = Deque<@Sendable () -> Void>()
            var runs = false
        }

        private struct State {
            var lines: [Requester: Line] = [:]
            /// Those who have something waiting and nothing running, in the order of their turns.
            var turns = Deque<Requester>()
            var waiting = 0
            var hasThreads = false
            var isOver = false
        }

        private let state = Mutex(State())
        private let bell = DispatchSemaphore(value: 0)

        /// Puts `job` at the end of its requester's line; true when there are no threads yet.
        func add(_ job: @escaping @Sendable () -> Void, of requester: Requester, _ limits: Limits) throws -> Bool {
            let (isFirst, hasTurn) = try state.withLock { state in
                var line = state.lines[requester] ?? Line()
                guard line.waiting.count < limits.ofOne else { throw TooManyAtOnce(isOwn: true) }
                guard state.waiting < limits.ofAll else { throw TooManyAtOnce(isOwn: false) }
                line.waiting.append(job)
                state.waiting += 1
                let hasTurn = !line.runs && line.waiting.count == 1
                if hasTurn { state.turns.append(requester) }
                state.lines[requester] = line
                defer { state.hasThreads = true }
                return (!state.hasThreads, hasTurn)
            }
            if hasTurn { bell.signal() }
            return isFirst
        }

        /// Does the next job of whoever has the next turn; false when there will be no more.
        func doNext() -> Bool {
            bell.wait()
            let turn: (requester: Requester, job: @Sendable () -> Void)? = state.withLock { state in
                guard !state.isOver, let requester = state.turns.popFirst(),
                    let job = state.lines[requester]?.waiting.popFirst()
                else { return nil }
                state.waiting -= 1
                state.lines[requester]?.runs = true
                return (requester, job)
            }
            guard let (requester, job) = turn else { return false }
            job()
            let hasMore = state.withLock { state in
                let hasMore = state.lines[requester]?.waiting.isEmpty == false
                if hasMore {
                    state.lines[requester]?.runs = false
                    state.turns.append(requester)
                } else {
                    state.lines[requester] = nil
                }
                return hasMore
            }
            if hasMore { bell.signal() }
            return true
        }

        var waitingCount: Int { state.withLock { $0.waiting } }

        func end(_ threads: Int) {
            state.withLock { $0.isOver = true }
            for _ in 0..<threads { bell.signal() }
        }
    }

    private let work = Work()
    private let limits: Limits

    public init(_ limits: Limits = Limits()) { self.limits = limits }

    deinit { work.end(limits.threads) }

    /// How many wait now.
    var waitingCount: Int { work.waitingCount }

    /// Does `body` on one of the threads and returns its value; throws `TooManyAtOnce` when too much waits, and
    /// `CancellationError` as soon as the task is cancelled.
    func run<Value: Sendable>(for requester: Requester, _ body: @escaping @Sendable () -> Value) async throws -> Value {
        let answer = Answer<Value>()
        let isFirst = try work.add({ if !answer.isOver { answer.give(body()) } }, of: requester, limits)
        if isFirst { startThreads() }
        let value = await withTaskCancellationHandler {
            await answer.wait()
        } onCancel: {
            answer.give(nil)
        }
        guard let value else { throw CancellationError() }
        return value
    }

    private func startThreads() {
        for number in 0..<limits.threads {
            let thread = Thread { [work] in
                while work.doNext() {}
            }
            thread.name = "judging-\(number)"
            thread.stackSize = DetectionThreads.stack
            thread.start()
        }
    }
}
