import Domain
import Foundation
import TestSupport
import Testing

@testable import Monitor

/// One implementation of the queue, as the suite over all of them makes it.
struct QueueMaker: Sendable, CustomTestStringConvertible {
    struct Wishes: Sendable {
        var rules = QueueRules(perHost: 9, lease: .seconds(60))
        var now: @Sendable () -> Date = { Date(timeIntervalSince1970: 1_700_000_000) }
        var announce: @Sendable (QueueChange) -> Void = { _ in }
    }

    /// A queue, and what lets the time pass by which its leases go.
    struct Made: Sendable {
        let queue: any CheckQueue
        let pass: @Sendable (Duration) async -> Void
    }

    let testDescription: String
    private let build: @Sendable (Wishes) async -> Made

    func make(_ wish: (inout Wishes) -> Void = { _ in }) async -> Made {
        var wishes = Wishes()
        wish(&wishes)
        return await build(wishes)
    }

    static let all = [memory]

    private static let memory = QueueMaker(testDescription: "memory") { wishes in
        let clock = ManualClock()
        let queue = MemoryCheckQueue(
            wishes.rules, clock: clock, now: wishes.now, announce: wishes.announce)
        return Made(queue: queue, pass: { clock.advance(by: $0) })
    }
}

extension FetcherKind {
    /// A kind that nothing in the program has: slow, and with workers of its own.
    static let slow = FetcherKind(rawValue: "slow")
}

extension QueuedCheck {
    init(_ watch: WatchID, _ priority: CheckPriority = .person, host: String = "", kind: FetcherKind = .plain) {
        self.init(
            watch: watch, host: host, kind: kind, priority: priority,
            enqueuedAt: Date(timeIntervalSince1970: 1_700_000_000))
    }
}
