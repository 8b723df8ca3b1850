import FoundationEssentials
import NIOCore

/// The polling forms of Engine.IO 3: `<length>:<packet>` as text, or a byte form once a packet is binary.
///
/// A length in the text form counts UTF-16 code units, because JavaScript strings do; in the byte form it counts bytes.
extension PollingPayload {
    /// Ends the digits of a length in the byte form.
    private static let lengthEnd: UInt8 = 0xff
    private static let longestLength = 10
    private static let colon = UInt8(ascii: ":")

    /// Writes `packets` as text, binary ones as `b4` and base64.
    static func encodeCounted(_ packets: [EncodedPacket], allocator: ByteBufferAllocator) -> ByteBuffer {
        let size = packets.reduce(0) { $0 + $1.size * 4 / 3 + longestLength }
        var body = allocator.buffer(capacity: size)
        for packet in packets {
            if packet.isBinary {
                let text = Data(packet.payload).base64EncodedData()
                body.writeString("\(text.count + 2):b")
                body.writeInteger(PacketType.message.digit)
                body.writeBytes(text)
            } else {
                body.writeString("\(utf16Count(packet.payload)):")
                body.writeBytes(packet.payload)
            }
        }
        return body
    }

    /// Writes `packets` as bytes: a kind (0 text, 1 binary), the length's digits as numbers, 0xFF, the packet.
    static func encodeCountedBytes(_ packets: [EncodedPacket], allocator: ByteBufferAllocator) -> ByteBuffer {
        let size = packets.reduce(0) { $0 + $1.size + longestLength }
        var body = allocator.buffer(capacity: size)
        for packet in packets {
            let count = packet.payload.count + (packet.isBinary ? 1 : 0)
            body.writeInteger(UInt8(packet.isBinary ? 1 : 0))
            body.writeBytes(String(count).utf8.map { $0 - UInt8(ascii: "0") })
            body.writeInteger(lengthEnd)
            if packet.isBinary { body.writeInteger(PacketType.message.rawValue) }
            body.writeBytes(packet.payload)
        }
        return body
    }

    /// Takes the next packet off a text body, which must be UTF-8; nil at its end.
    static func nextCounted(from body: inout ByteBuffer?) throws(Malformed) -> Packet? {
        guard var rest = body else { return nil }
        guard let units = readDigits(&rest, until: colon, zero: UInt8(ascii: "0")) else { throw .badLength }
        guard let count = utf8Count(of: units, in: rest.readableBytesView),
            let part = rest.readSlice(length: count)
        else { throw .badLength }
        body = rest.readableBytes > 0 ? rest : nil
        guard let first = part.readableBytesView.first else { throw .emptyPacket }
        guard first == UInt8(ascii: "b") else {
            guard let packet = Packet(text: part) else { throw .unknownType }
            return packet
        }
        guard part.readableBytesView.dropFirst().first == PacketType.message.digit else { throw .unknownType }
        guard let bytes = Data(base64Encoded: Data(part.readableBytesView.dropFirst(2))) else { throw .badBase64 }
        return .binary(ByteBuffer(bytes: bytes))
    }

    /// Takes the next packet off a body in the byte form; nil at its end.
    static func nextCountedBytes(from body: inout ByteBuffer?) throws(Malformed) -> Packet? {
        guard var rest = body else { return nil }
        guard let kind: UInt8 = rest.readInteger(), kind < 2 else { throw .unknownType }
        guard let count = readDigits(&rest, until: lengthEnd, zero: 0), var part = rest.readSlice(length: count) else {
            throw .badLength
        }
        body = rest.readableBytes > 0 ? rest : nil
        if kind == 1 {
            guard part.readInteger() == PacketType.message.rawValue else { throw .unknownType }
            return .binary(part)
        }
        guard part.isUTF8, let packet = Packet(text: part) else { throw .unknownType }
        return packet
    }

    /// Reads a number and what ends it; nil when there is none, or one longer than any body.
    private static func readDigits(_ rest: inout ByteBuffer, until end: UInt8, zero: UInt8) -> Int? {
        var value = 0
        for position in 0...longestLength {
            guard let byte: UInt8 = rest.readInteger() else { return nil }
            if byte == end { return position > 0 ? value : nil }
            guard byte >= zero, byte < zero + 10 else { return nil }
            value = value * 10 + Int(byte - zero)
        }
        return nil
    }

    /// How many UTF-16 code units a UTF-8 text has: one for each character, two for those of four bytes.
    private static func utf16Count(_ text: ByteBufferView) -> Int {
        text.reduce(0) { $0 + ($1 & 0xc0 == 0x80 ? 0 : $1 >= 0xf0 ? 2 : 1) }
    }

    /// How many bytes the first `units` UTF-16 code units take; nil when there are fewer, or a character would be cut.
    private static func utf8Count(of units: Int, in text: ByteBufferView) -> Int? {
        guard units <= text.count else { return nil }
        var left = units
        var index = text.startIndex
        while left > 0 {
            guard index < text.endIndex else { return nil }
            let lead = text[index]
            left -= lead >= 0xf0 ? 2 : 1
            index += lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
        }
        guard left == 0, index <= text.endIndex else { return nil }
        return index - text.startIndex
    }
}
