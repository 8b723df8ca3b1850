import NIOCore
import SocketTestKit
import Testing

@testable import EngineIO

@Suite("Packets and payloads")
struct CodecTests {
    @Test(
        "a frame's header is as short as its length allows", arguments: [0, 1, 124, 125, 126, 65_534, 65_535, 70_000])
    func frames(count: Int) {
        let packet = EncodedPacket(text: String(repeating: "x", count: count))
        var frame = packet.frame
        #expect(frame.readInteger(as: UInt8.self) == 0x81)
        let first = frame.readInteger(as: UInt8.self) ?? 0
        var length = Int(first)
        if first == 126 { length = Int(frame.readInteger(as: UInt16.self) ?? 0) }
        if first == 127 { length = Int(frame.readInteger(as: UInt64.self) ?? 0) }
        #expect(length == count + 1)
        #expect(frame.readableBytes == length)
        #expect(packet.payload.count == length)
        #expect(packet.payload.first == UInt8(ascii: "4"))
        #expect(first <= 125 || count + 1 > 125)
    }

    @Test("a payload comes back as it was written")
    func roundTrip() throws {
        let packets = [
            EncodedPacket(text: "héllo"), EncodedPacket(binary: ByteBuffer(bytes: 0...255)), .ping,
            EncodedPacket(text: ""), EncodedPacket(binary: ByteBuffer()), .noop,
        ]
        var body: ByteBuffer? = PollingPayload.encode(packets, allocator: ByteBufferAllocator())
        var read: [Packet] = []
        while let packet = try PollingPayload.next(from: &body) { read.append(packet) }
        #expect(
            read == [
                .text(.message, ByteBuffer(string: "héllo")), .binary(ByteBuffer(bytes: 0...255)),
                .text(.ping, ByteBuffer()), .text(.message, ByteBuffer()), .binary(ByteBuffer()),
                .text(.noop, ByteBuffer()),
            ])
    }

    @Test("random bytes never trap the payload reader", arguments: SeededRandom.seeds)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let alphabet: [UInt8] = Array("b0123456789\u{1e}\u{1e}==Aé4".utf8) + [0xff, 0]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...40, using: &random)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            var body: ByteBuffer? = ByteBuffer(bytes: bytes)
            var parts = 0
            while let packet = try? PollingPayload.next(from: &body) {
                parts += 1
                if case .binary = packet { continue }
            }
            #expect(parts <= count + 1)
        }
    }

    @Test("identifiers are twenty URL-safe characters and all different")
    func identifiers() {
        let ids = Set((0..<10_000).map { _ in SessionID().description })
        #expect(ids.count == 10_000)
        #expect(
            ids.allSatisfy { id in
                id.utf8.count == 20 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
            })
    }

    @Test(
        "a request target's query is decoded",
        arguments: [
            ("/socket.io/?EIO=4&transport=polling", "transport", "polling"), ("/x?a=%C3%A9+b", "a", "é b"),
            ("/x?a", "a", ""), ("/x?a=1&a=2", "a", "1"), ("/x?a=%zz%4", "a", "%zz%4"), ("/x?%61=b=c", "a", "b=c"),
        ])
    func targets(uri: String, name: String, value: String) {
        #expect(RequestTarget(uri)[name] == value)
    }

    @Test("a text in JSON keeps what it says", arguments: ["plain", "a\"b\\c", "\u{1}\n\t", "é\u{2028}😀"])
    func json(text: String) {
        let quoted = JSONText.quoted(text)
        #expect(quoted.utf8.allSatisfy { $0 >= 0x20 })
        #expect(quoted.hasPrefix("\"") && quoted.hasSuffix("\""))
    }
}
