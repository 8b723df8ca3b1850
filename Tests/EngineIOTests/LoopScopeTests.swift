import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import EngineIO

/// What is flushed when, on a loop that does what is put up at once before anything that is put up for later.
@Suite("The end of a loop's turn")
struct LoopScopeTests {
    private final class Silent: ConnectionReceiver {
        func received(_ message: Message) {}
        func upgraded() {}
        func ended(_ reason: CloseReason) {}
    }

    /// A session whose poll waits for an answer.
    private func polling(_ engine: Engine, _ loop: EmbeddedEventLoop) throws -> Connection {
        let request = HandshakeRequest(
            uri: "/engine.io/", query: [], headers: HTTPHeaders(), remoteAddress: nil, transport: .polling,
            version: .four)
        let connection = try engine.open(request, loop: loop)
        // The first takes the handshake.
        for _ in 0..<2 { connection.handle(.pollOpened(engine.makeLink())) }
        return connection
    }

    @Test("what is to be flushed because something else was waits until requests have been looked at")
    func goesOn() throws {
        let loop = EmbeddedEventLoop()
        let engine = Engine { _ in Silent() }
        let (first, second) = (try polling(engine, loop), try polling(engine, loop))
        first.send(Outgoing(EncodedPacket(binary: ByteBuffer(repeating: 1, count: 100_000))))
        first.whenRoomy { second.send(Outgoing(EncodedPacket(binary: ByteBuffer(repeating: 2, count: 9)))) }
        #expect(first.waitingBytes > 65_536)
        loop.run()
        #expect(first.waitingBytes == 0)
        #expect(second.waitingBytes > 0, "it was flushed in the same breath")
        loop.advanceTime(by: .milliseconds(1))
        #expect(second.waitingBytes == 0)
    }
}
