import NIOCore
import SocketTestKit
import Testing

@testable import EngineIO

@Suite("A client's WebSocket frames")
struct WebSocketReaderTests {
    private func events(_ bytes: ByteBuffer, step: Int, limit: Int = 1000) throws -> [WebSocketReader.Event] {
        var reader = WebSocketReader(maxPayload: limit)
        var rest = bytes
        var events: [WebSocketReader.Event] = []
        while let part = rest.readSlice(length: min(step, rest.readableBytes)), part.readableBytes > 0 {
            reader.feed(part)
            while let event = try reader.next() { events.append(event) }
        }
        return events
    }

    @Test("messages come whole however the bytes are cut", arguments: [1, 2, 3, 7, 64, 4096])
    func cuts(step: Int) throws {
        let long = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        var bytes = ClientFrame.encode(0x81, Array("héllo".utf8))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x82, long))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x01, Array("one ".utf8)))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x89, Array("ping".utf8)))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x00, Array("two ".utf8)))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x80, Array("three".utf8), wide: true))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x81, []))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x8A, []))
        bytes.writeImmutableBuffer(ClientFrame.encode(0x88, [0x03, 0xE8]))
        #expect(
            try events(bytes, step: step) == [
                .text(ByteBuffer(string: "héllo")), .binary(ByteBuffer(bytes: long)),
                .ping(ByteBuffer(string: "ping")), .text(ByteBuffer(string: "one two three")),
                .text(ByteBuffer()), .pong, .close(1000),
            ])
    }

    struct Violating: Sendable, CustomStringConvertible {
        let description: String
        let bytes: ByteBuffer
        let violation: WebSocketReader.Violation
    }

    static let violating: [Violating] = {
        var open = ClientFrame.encode(0x01, [1])
        open.writeImmutableBuffer(ClientFrame.encode(0x01, [2]))
        var surrogate = ClientFrame.encode(0x01, [0xED])
        surrogate.writeImmutableBuffer(ClientFrame.encode(0x80, [0xA0, 0x80]))
        var parts = ClientFrame.encode(0x02, Array(repeating: 0, count: 600))
        parts.writeImmutableBuffer(ClientFrame.encode(0x80, Array(repeating: 0, count: 600)))
        var claim = ByteBuffer(bytes: [0x82, 0xFF])
        claim.writeInteger(UInt64.max)
        return [
            .init(description: "no mask", bytes: ClientFrame.encode(0x81, [65], mask: nil), violation: .protocolError),
            .init(description: "reserved bit", bytes: ClientFrame.encode(0xC1, [65]), violation: .protocolError),
            .init(description: "unknown opcode", bytes: ClientFrame.encode(0x83, [65]), violation: .protocolError),
            .init(
                description: "continuation of nothing", bytes: ClientFrame.encode(0x80, [65]), violation: .protocolError
            ),
            .init(description: "message within a message", bytes: open, violation: .protocolError),
            .init(
                description: "control frame in parts", bytes: ClientFrame.encode(0x09, []), violation: .protocolError),
            .init(
                description: "long control frame", bytes: ClientFrame.encode(0x89, Array(repeating: 0, count: 126)),
                violation: .protocolError),
            .init(
                description: "one byte of close code", bytes: ClientFrame.encode(0x88, [3]), violation: .protocolError),
            .init(
                description: "close code that is never sent", bytes: ClientFrame.encode(0x88, [0x03, 0xED]),
                violation: .protocolError),
            .init(
                description: "close reason that is no UTF-8", bytes: ClientFrame.encode(0x88, [0x03, 0xE8, 0xFF]),
                violation: .invalidText),
            .init(
                description: "text that is no UTF-8", bytes: ClientFrame.encode(0x81, [0xFF]), violation: .invalidText),
            .init(description: "a surrogate across two frames", bytes: surrogate, violation: .invalidText),
            .init(
                description: "over the limit", bytes: ClientFrame.encode(0x82, Array(repeating: 0, count: 1001)),
                violation: .tooBig),
            .init(description: "over the limit in parts", bytes: parts, violation: .tooBig),
            .init(description: "claims 2^64-1 bytes", bytes: claim, violation: .tooBig),
        ]
    }()

    @Test("violations are named", arguments: violating, [1, 4096])
    func violations(_ violating: Violating, step: Int) {
        #expect(throws: violating.violation) { try events(violating.bytes, step: step) }
    }

    @Test("a flood of tiny fragments is cut off")
    func fragments() {
        var bytes = ClientFrame.encode(0x01, [65])
        for _ in 0..<5000 { bytes.writeImmutableBuffer(ClientFrame.encode(0x00, [])) }
        #expect(throws: WebSocketReader.Violation.tooBig) { try events(bytes, step: 4096) }
    }

    @Test("random bytes never trap the reader", arguments: SeededRandom.seeds)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<3000 {
            var bytes = ByteBuffer()
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let firsts: [UInt8] = [
                    0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A, UInt8.random(in: 0 ... .max, using: &random),
                ]
                let payload = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                    UInt8.random(in: 0 ... .max, using: &random)
                }
                bytes.writeImmutableBuffer(ClientFrame.encode(firsts.randomElement(using: &random) ?? 0, payload))
            }
            let step = Int.random(in: 1...30, using: &random)
            let total = bytes.readableBytes
            if let events = try? events(bytes, step: step) { #expect(events.count <= total) }
        }
    }
}
