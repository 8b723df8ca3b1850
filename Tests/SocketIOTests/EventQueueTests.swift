import Foundation
import NIOConcurrencyHelpers
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("Events of many sockets on few threads", .timeLimit(.minutes(1)))
struct EventQueueTests {
    /// Where inboxes that are made ready one after the other set off together.
    private final class Gate: Sendable {
        private let waiting = NIOLockedValueBox<[CheckedContinuation<Void, Never>]>([])
        private let arrivals = Mailbox<Void>()

        func pass() async {
            await withCheckedContinuation { continuation in
                waiting.withLockedValue { $0.append(continuation) }
                arrivals.put(())
            }
        }

        /// Waits until `count` are here and lets them go.
        func open(for count: Int) async {
            for _ in 0..<count { await arrivals.next() }
            for continuation in waiting.withLockedValue({ $0 }) { continuation.resume() }
        }
    }

    @Test("sockets with a thousand events waiting do not keep another's only one until they are through")
    func fairness() async {
        let log = Mailbox<String>()
        let gate = Gate()
        let busy = ProcessInfo.processInfo.activeProcessorCount * 2
        let quiet = EventQueue(limits: SocketLimits()) { _ in }
        for _ in 0..<busy {
            let events = EventQueue(limits: SocketLimits()) { _ in }
            events.append(cost: 0) { await gate.pass() }
            for number in 0..<1_000 {
                events.append(cost: 0) {
                    // As much work as an event with a large answer is.
                    _ = String(repeating: "x", count: 20_000 + number).utf8.reduce(0) { $0 &+ Int($1) }
                    if number == 10 { quiet.append(cost: 0) { log.put("quiet") } }
                }
            }
            events.append(cost: 0) { log.put("busy") }
        }
        await gate.open(for: busy)
        #expect(await log.next() == "quiet")
    }
}
