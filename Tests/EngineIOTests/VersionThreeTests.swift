import NIOCore
import SocketTestKit
import Testing

@testable import EngineIO

@Suite("Engine.IO 3: payloads")
struct VersionThreePayloadTests {
    private func text(_ packets: [EncodedPacket], binary: Bool = false) -> String {
        let (body, isBinary) = PollingPayload.encode(
            packets, form: .counted(allowsBinary: binary), allocator: ByteBufferAllocator())
        #expect(!isBinary)
        return String(buffer: body)
    }

    @Test("a length counts UTF-16 code units: one for a euro sign, two for an emoji")
    func lengths() {
        #expect(text([EncodedPacket(text: "€")]) == "2:4€")
        #expect(text([EncodedPacket(text: "😀"), .ping]) == "3:4😀1:2")
        #expect(text([EncodedPacket(text: "")]) == "1:4")
    }

    @Test("bytes in a text payload are b4 and base64")
    func base64() {
        #expect(text([EncodedPacket(binary: ByteBuffer(bytes: [1, 2, 3]))]) == "6:b4AQID")
        #expect(text([EncodedPacket(text: "a")], binary: true) == "2:4a")
    }

    @Test("once a packet is binary, the whole payload is bytes for a client that can read them")
    func bytes() {
        let packets = [EncodedPacket(text: "€"), EncodedPacket(binary: ByteBuffer(bytes: [1, 2, 3]))]
        let (body, isBinary) = PollingPayload.encode(
            packets, form: .counted(allowsBinary: true), allocator: ByteBufferAllocator())
        #expect(isBinary)
        #expect(
            Array(body.readableBytesView) == [0, 4, 0xff, 0x34, 0xe2, 0x82, 0xac, 1, 4, 0xff, 4, 1, 2, 3])
    }

    @Test("what is written is read back", arguments: SeededRandom.seeds)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let alphabet = ["a", "é", "€", "😀", "\u{1e}", ":", "1"]
        for _ in 0..<200 {
            var packets: [EncodedPacket] = []
            var expected: [Packet] = []
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let parts = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? ""
                }
                let bytes = ByteBuffer(string: parts.joined())
                if Bool.random(using: &random) {
                    packets.append(EncodedPacket(text: parts.joined()))
                    expected.append(.text(.message, bytes))
                } else {
                    packets.append(EncodedPacket(binary: bytes))
                    expected.append(.binary(bytes))
                }
            }
            for allowsBinary in [true, false] {
                let (body, isBinary) = PollingPayload.encode(
                    packets, form: .counted(allowsBinary: allowsBinary), allocator: ByteBufferAllocator())
                var rest: ByteBuffer? = body
                var read: [Packet] = []
                while let packet = try PollingPayload.next(from: &rest, version: .three, isBinary: isBinary) {
                    read.append(packet)
                }
                #expect(read == expected, "seed \(seed)")
            }
        }
    }

    @Test(
        "malformed text is refused",
        arguments: [
            "", ":", "1", "1:", "x:4", "2:4", "-1:4", "1:9", "0:", "1:4x", "99999999999999999999:4", "2:4😀", "4:b4!!",
            "2:b5", "1:b",
        ])
    func malformed(body: String) {
        #expect(throws: PollingPayload.Malformed.self) {
            var rest: ByteBuffer? = ByteBuffer(string: body)
            while try PollingPayload.next(from: &rest, version: .three, isBinary: false) != nil {}
        }
    }

    @Test("random bytes never trap either reader and never make it go round", arguments: SeededRandom.seeds)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces: [[UInt8]] = [
            [0], [1], [4], [9], [0xff], Array("4".utf8), Array("1:".utf8), Array("b4".utf8), Array("😀".utf8), [0xc3],
        ]
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).flatMap { _ in
                pieces.randomElement(using: &random) ?? []
            }
            for isBinary in [true, false] {
                var rest: ByteBuffer? = ByteBuffer(bytes: bytes)
                var count = 0
                while (try? PollingPayload.next(from: &rest, version: .three, isBinary: isBinary)) != nil { count += 1 }
                #expect(count <= bytes.count, "seed \(seed): \(bytes)")
            }
        }
    }
}

@Suite("Engine.IO 3: sessions")
struct VersionThreeSessionTests {
    @Test("the client pings and the server answers at once, with what the ping said")
    func heartbeat() {
        var script = SessionScript.polling(version: .three)
        #expect(script.post(2, "1:2") == ["2 answered ok"])
        #expect(script.play(.pollOpened(LinkID(3))) == ["3 answered 3"])
        script.play(.pollOpened(LinkID(4)))
        #expect(script.post(5, "3:2hi") == ["4 answered 3hi", "5 answered ok"])
    }

    @Test("a client that does not ping for interval and timeout together is gone, and only pings count")
    func silence() {
        var script = SessionScript.websocket(version: .three)
        #expect(script.pass(.seconds(40)) == [])
        #expect(script.text(1, "4hello") == ["heard hello"])
        #expect(script.pass(.milliseconds(4999)) == [])
        #expect(script.text(1, "2") == ["1 gets 3"])
        #expect(script.pass(.milliseconds(44_999)) == [])
        #expect(script.pass(.milliseconds(1)) == ["1 closed", "ended: ping timeout", "released"])
    }

    @Test("a pong from the client is against the rules")
    func pong() {
        var script = SessionScript.websocket(version: .three)
        #expect(script.text(1, "3") == ["1 closed", "ended: transport error", "released"])
    }

    @Test("bytes over a WebSocket begin with the packet's type, both ways")
    func binary() {
        var script = SessionScript.websocket(version: .three)
        #expect(script.play(.socketBinary(LinkID(1), ByteBuffer(bytes: [4, 1, 2]))) == ["heard bytes [1, 2]"])
        let packet = EncodedPacket(binary: ByteBuffer(bytes: [1, 2]))
        let sent = script.play(.send(Outgoing(EncodedPacket(text: "a"), attachments: [packet])))
        #expect(sent == ["1 gets 4a", "1 gets bytes [4, 1, 2]"])
        #expect(
            script.play(.socketBinary(LinkID(1), ByteBuffer())) == ["1 closed", "ended: parse error", "released"])
    }

    @Test("a body of bytes is read in version 3 and closes a session of version 4")
    func bodies() {
        let body = ByteBuffer(bytes: [0, 2, 0xff, 0x34, 0x61, 1, 3, 0xff, 4, 7, 8])
        var three = SessionScript.polling(version: .three)
        three.play(.postOpened(LinkID(2), isBinary: true))
        #expect(
            three.play(.postReceived(LinkID(2), body)) == ["heard a", "heard bytes [7, 8]", "2 answered ok"])
        var four = SessionScript.polling()
        #expect(
            four.play(.postOpened(LinkID(2), isBinary: true)) == [
                "2 answered 400", "ended: transport error", "released",
            ])
    }

    @Test("the upgrade is the same as in version 4")
    func upgrade() {
        var script = SessionScript.polling(version: .three)
        script.play(.socketOpened(LinkID(9)))
        #expect(script.text(9, "2probe") == ["9 gets 3probe"])
        #expect(script.text(9, "5") == ["upgraded"])
        #expect(script.text(9, "2") == ["9 gets 3"])
    }
}
