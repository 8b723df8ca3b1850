import CLibXML2
import Foundation
import Synchronization

/// Ends what libxml2 evaluates for too long, from a thread of its own, since libxml2 cannot be given a time.
///
/// It lowers the context's limit of operations below what is spent, which libxml2 finds at its next operation. The
/// thread ticks only while something is evaluated.
final class XPathWatch: Sendable {
    static let shared = XPathWatch()

    /// Safety: the pointer is used only under the lock, and only while `begin` and `end` keep it in the table: that is
    /// within the evaluation, whose caller frees the context after `end`. The limit is a word that libxml2 reads and
    /// nobody else writes.
    private struct Watched: @unchecked Sendable {
        let context: xmlXPathContextPtr
        let deadline: ContinuousClock.Instant
    }

    private struct State {
        var next: UInt64 = 0
        var watched: [UInt64: Watched] = [:]
        var isTicking = false
        var hasThread = false
        /// Ticks since anything was evaluated.
        var quietTicks = 0
    }

    private static let tick: DispatchTimeInterval = .milliseconds(100)
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// Watches over an evaluation that may take `time`; the answer is for `end`.
    func begin(_ context: xmlXPathContextPtr, within time: Duration) -> UInt64 {
        let watched = Watched(context: context, deadline: .now + time)
        let (ticket, rings, starts) = state.withLock { state in
            state.next += 1
            state.watched[state.next] = watched
            defer {
                state.isTicking = true
                state.hasThread = true
            }
            return (state.next, !state.isTicking, !state.hasThread)
        }
        if starts { start() }
        if rings { bell.signal() }
        return ticket
    }

    func end(_ ticket: UInt64) {
        state.withLock { _ = $0.watched.removeValue(forKey: ticket) }
    }

    private func start() {
        let thread = Thread { [self] in
            while true {
                bell.wait()
                repeat { _ = bell.wait(timeout: .now() + Self.tick) } while look()
            }
        }
        thread.name = "xpath-watch"
        thread.start()
    }

    /// Ends what is over; false when there is nothing more to look after.
    private func look() -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            for watched in state.watched.values where watched.deadline <= now { watched.context.pointee.opLimit = 1 }
            state.quietTicks = state.watched.isEmpty ? state.quietTicks + 1 : 0
            if state.quietTicks >= 20 {
                state.isTicking = false
                state.quietTicks = 0
            }
            return state.isTicking
        }
    }
}
