import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("Socket.IO packets")
struct SocketPacketTests {
    static let wellFormed: [(String, SocketPacket)] = [
        ("0", .init(.connect)),
        ("0{\"token\":\"1\"}", .init(.connect, payload: json("{\"token\":\"1\"}"))),
        ("0/admin,", .init(.connect, namespace: "/admin")),
        ("0/admin,{}", .init(.connect, namespace: "/admin", payload: json("{}"))),
        ("1", .init(.disconnect)),
        ("1/admin,", .init(.disconnect, namespace: "/admin")),
        ("2[\"foo\"]", .init(.event, payload: json("[\"foo\"]"))),
        ("2/admin,12[\"bar\"]", .init(.event, namespace: "/admin", ackID: 12, payload: json("[\"bar\"]"))),
        ("218446744073709551615[]", .init(.event, ackID: .max, payload: json("[]"))),
        ("3/admin,13[\"x\"]", .init(.ack, namespace: "/admin", ackID: 13, payload: json("[\"x\"]"))),
        ("313[]", .init(.ack, ackID: 13, payload: json("[]"))),
        ("4{\"message\":\"no\"}", .init(.connectError, payload: json("{\"message\":\"no\"}"))),
        ("51-[\"b\",{}]", .init(.binaryEvent, attachmentCount: 1, payload: json("[\"b\",{}]"))),
        (
            "62-/admin,456[{},{}]",
            .init(.binaryAck, namespace: "/admin", ackID: 456, attachmentCount: 2, payload: json("[{},{}]"))
        ),
    ]

    static func json(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    @Test("every form is read and written alike", arguments: wellFormed)
    func roundTrip(text: String, packet: SocketPacket) throws {
        #expect(try SocketPacket(ByteBuffer(string: text), maxAttachments: 10) == packet)
        var written = ByteBuffer()
        packet.write(to: &written)
        #expect(String(buffer: written) == text)
    }

    @Test("a namespace may end without a comma")
    func bareNamespace() throws {
        #expect(try SocketPacket(ByteBuffer(string: "0/custom"), maxAttachments: 10).namespace == "/custom")
    }

    @Test(
        "broken heads are refused",
        arguments: [
            ("", SocketPacket.Violation.unknownType), ("7", .unknownType), ("x", .unknownType),
            ("5[\"x\"]", .badAttachmentCount), ("5-[\"x\"]", .badAttachmentCount), ("5x-[]", .badAttachmentCount),
            ("511-[\"x\"]", .tooManyAttachments), ("599999999999999999999-[]", .badAttachmentCount),
            ("218446744073709551616[]", .badAckID),
        ])
    func refused(text: String, violation: SocketPacket.Violation) {
        #expect(throws: violation) { try SocketPacket(ByteBuffer(string: text), maxAttachments: 10) }
    }

    @Test("random bytes never trap the reader", arguments: SeededRandom.seeds)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let alphabet = Array("0123456-/,admin[]{}\"\\:truefalsnu_placeholdernum .eE+\u{e9}".utf8) + [0, 0xff]
        var state = ClientState(limits: SocketLimits())
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            _ = try? SocketPacket(ByteBuffer(bytes: bytes), maxAttachments: 10)
            _ = try? Event(payload: ByteBuffer(bytes: bytes), attachments: [ByteBuffer()])
            if case .close? = state.received(text: ByteBuffer(bytes: bytes)) {
                state = ClientState(limits: SocketLimits())
            }
        }
    }
}
