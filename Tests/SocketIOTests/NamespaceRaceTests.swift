import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SocketIO
import SocketTestKit
import Testing

/// Two threads that want the same namespace at the same moment.
@Suite("A namespace made twice", .timeLimit(.minutes(1)))
struct NamespaceRaceTests {
    private struct Noted: Adapter {
        let local: LocalRooms
        let number: Int
        let closed: SocketTestKit.Mailbox<Int>

        func close() async {
            closed.put(number)
        }
    }

    @Test("one of them counts for both, and the other's adapter is closed", .timeLimit(.minutes(1)))
    func fixed() async throws {
        let closed = SocketTestKit.Mailbox<Int>()
        let made = NIOLockedValueBox(0)
        let found = SocketTestKit.Mailbox<Namespace>()
        // Nobody's adapter is finished before both have begun.
        let both = DispatchGroup()
        both.enter()
        both.enter()
        let server = SocketServer(group: MultiThreadedEventLoopGroup.singleton) { _, rooms in
            let number = made.withLockedValue { made in
                made += 1
                return made
            }
            both.leave()
            _ = both.wait(timeout: .now() + 20)
            return Noted(local: rooms, number: number, closed: closed)
        }
        for _ in 0..<2 { Thread.detachNewThread { found.put(server.namespace("/x")) } }
        let (first, second) = (try await found.next(), try await found.next())
        #expect(first === second)
        let kept = try #require(first.adapter as? Noted)
        #expect(try await closed.next() == 3 - kept.number)
        await server.shutdown(grace: .zero)
        #expect(try await closed.next() == kept.number)
    }
}
