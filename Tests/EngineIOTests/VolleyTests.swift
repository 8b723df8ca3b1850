import NIOCore
import Testing

@testable import EngineIO

@Suite("Messages for many")
struct VolleyTests {
    private let first = Outgoing(EncodedPacket(text: "one"))
    private let second = Outgoing(
        EncodedPacket(text: "two"), attachments: [EncodedPacket(binary: ByteBuffer(bytes: [1]))])

    @Test("several messages are one piece of bytes: their frames, attachments in between")
    func joined() {
        let volley = Volley([first, second, first])
        var bytes: [UInt8] = []
        for packet in [first.packet, second.packet, second.attachments[0], first.packet] {
            bytes += packet.frame.readableBytesView
        }
        #expect(volley.frames.map { Array($0.readableBytesView) } == bytes)
        #expect(volley.packetCount == 4)
    }

    @Test("one message is its own frame")
    func alone() {
        let volley = Volley([first])
        #expect(volley.frames == first.packet.frame)
        #expect(volley.packetCount == 1)
    }

    @Test("what may be dropped, and what is large, is judged message by message")
    func apart() {
        let large = Outgoing(EncodedPacket(binary: ByteBuffer(repeating: 7, count: 40_000)))
        #expect(Volley([first, Outgoing(first.packet, isVolatile: true)]).frames == nil)
        #expect(Volley([Outgoing(first.packet, isVolatile: true)]).frames == nil)
        #expect(Volley([large, large]).frames == nil)
        #expect(Volley([large]).frames == large.packet.frame)
    }
}
