package import NIOCore
import NIOPosix
import Synchronization

/// Where pages are made whose cost grows with a text: on threads of their own, so that neither requests nor checks
/// stand behind them.
///
/// ```
///   turn ──► waiting in line ──► has its turn ──► over
///    │            └─ the client leaves: never begun
///    └─ the line is full: Busy
/// ```
/// Who waits holds no text. Turns for one key come one after the other, so that the second finds what the first has
/// made.
package final class PageThreads: Sendable {
    /// Too many wait already.
    package struct Busy: Error {}

    private struct Waiting {
        let number: UInt64
        let key: String
        let begin: CheckedContinuation<Void, any Error>
    }

    private struct Line {
        var busy: [String] = []
        var waiting: [Waiting] = []
        var numbers: UInt64 = 0
    }

    private let width: Int
    private let mostWaiting: Int
    private let onWait: @Sendable () -> Void
    private let threads: NIOThreadPool
    private let line = Mutex(Line())

    /// `onWait` hears each time that somebody has come into the line.
    package init(width: Int = 2, mostWaiting: Int = 32, onWait: @escaping @Sendable () -> Void = {}) {
        self.width = width
        self.onWait = onWait
        self.mostWaiting = mostWaiting
        threads = NIOThreadPool(numberOfThreads: width)
        threads.start()
    }

    deinit {
        threads.shutdownGracefully { _ in }
    }

    /// How many wait now.
    var waitingCount: Int { line.withLock { $0.waiting.count } }

    /// Calls `body` when it is its turn; throws `Busy` at once when too many wait, and `CancellationError` when `gone`
    /// comes first.
    package func turn<Value>(
        of key: String, unless gone: EventLoopFuture<Void>, _ body: () async throws -> Value
    ) async throws -> Value {
        try await begin(key, gone)
        defer { end(key) }
        return try await body()
    }

    /// Runs `work` on one of the threads; only for who has a turn.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.runIfActive(work)
    }

    private func begin(_ key: String, _ gone: EventLoopFuture<Void>) async throws {
        let number = line.withLock { line in
            line.numbers += 1
            return line.numbers
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                enum Entry { case begins, waits, refused }
                let entry: Entry = line.withLock { line in
                    if line.busy.count < width, !line.busy.contains(key) {
                        line.busy.append(key)
                        return .begins
                    }
                    guard line.waiting.count < mostWaiting else { return .refused }
                    line.waiting.append(Waiting(number: number, key: key, begin: continuation))
                    return .waits
                }
                switch entry {
                case .begins: continuation.resume()
                case .refused: continuation.resume(throwing: Busy())
                case .waits:
                    if Task.isCancelled { leave(number) }
                    gone.whenComplete { [weak self] _ in self?.leave(number) }
                    onWait()
                }
            }
        } onCancel: {
            leave(number)
        }
    }

    private func leave(_ number: UInt64) {
        let left = line.withLock { line in
            line.waiting.firstIndex { $0.number == number }.map { line.waiting.remove(at: $0) }
        }
        left?.begin.resume(throwing: CancellationError())
    }

    private func end(_ key: String) {
        let next = line.withLock { line -> Waiting? in
            if let place = line.busy.firstIndex(of: key) { line.busy.remove(at: place) }
            guard let index = line.waiting.firstIndex(where: { !line.busy.contains($0.key) }) else { return nil }
            line.busy.append(line.waiting[index].key)
            return line.waiting.remove(at: index)
        }
        next?.begin.resume()
    }
}
