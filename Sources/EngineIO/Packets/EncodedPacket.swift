public import NIOCore

/// One outgoing Engine.IO packet, encoded once and shared by everyone it goes to.
///
/// It is stored as the finished, unmasked WebSocket frame; the polling form of a text packet is the tail of the same
/// bytes, so that a broadcast to many clients over either transport holds one buffer in memory.
public struct EncodedPacket: Sendable {
    /// The whole server frame: FIN, opcode, length and payload.
    public let frame: ByteBuffer
    /// How many bytes of `frame` come before the payload.
    let headerSize: Int
    /// Whether the payload is raw bytes; over polling they travel as base64.
    public let isBinary: Bool
    /// Whether the packet may be compressed on its way; false for what is small or compressed already.
    public var isCompressible = true

    /// The most bytes that a server frame's header takes (RFC 6455, 5.2: two and a 64-bit length, no mask).
    private static let longestHeader = 10

    /// Encodes a text packet whose first byte is the packet type and whose rest `write` appends.
    public init(_ type: PacketType, capacity: Int = 64, write: (inout ByteBuffer) -> Void) {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity + Self.longestHeader + 1)
        buffer.writeRepeatingByte(0, count: Self.longestHeader)
        buffer.writeInteger(type.digit)
        write(&buffer)
        self.init(sealing: buffer, opcode: .text)
    }

    /// Encodes a text message packet that carries `text`.
    public init(text: String) {
        self.init(.message, capacity: text.utf8.count) { _ = $0.writeString(text) }
    }

    /// Encodes a binary message packet.
    public init(binary: ByteBuffer) {
        var buffer = ByteBufferAllocator().buffer(capacity: binary.readableBytes + Self.longestHeader)
        buffer.writeRepeatingByte(0, count: Self.longestHeader)
        buffer.writeImmutableBuffer(binary)
        self.init(sealing: buffer, opcode: .binary)
    }

    /// Puts the frame header right before the payload, which starts after the space left for the longest one.
    private init(sealing space: ByteBuffer, opcode: WebSocketOpcode) {
        var buffer = space
        let count = buffer.writerIndex - Self.longestHeader
        headerSize = count < 126 ? 2 : (count <= Int(UInt16.max) ? 4 : 10)
        let start = Self.longestHeader - headerSize
        buffer.setInteger(0x80 | opcode.rawValue, at: start)
        switch headerSize {
        case 2: buffer.setInteger(UInt8(count), at: start + 1)
        case 4:
            buffer.setInteger(UInt8(126), at: start + 1)
            buffer.setInteger(UInt16(count), at: start + 2)
        default:
            buffer.setInteger(UInt8(127), at: start + 1)
            buffer.setInteger(UInt64(count), at: start + 2)
        }
        buffer.moveReaderIndex(to: start)
        frame = buffer
        isBinary = opcode == .binary
    }

    /// The packet without its frame header: type and text, or the raw bytes of a binary message.
    public var payload: ByteBufferView {
        frame.readableBytesView.dropFirst(headerSize)
    }

    /// The same packet as a WebSocket client of version 3 takes it: bytes begin with the packet's type.
    var forVersion3: EncodedPacket {
        guard isBinary else { return self }
        var bytes = ByteBufferAllocator().buffer(capacity: size + 1)
        bytes.writeInteger(PacketType.message.rawValue)
        bytes.writeBytes(payload)
        var packet = EncodedPacket(binary: bytes)
        packet.isCompressible = isCompressible
        return packet
    }

    /// How many bytes this packet counts against a client's queue.
    public var size: Int { frame.readableBytes }

    static let ping = EncodedPacket(.ping) { _ in }
    static let close = EncodedPacket(.close) { _ in }
    static let noop = EncodedPacket(.noop) { _ in }
    static let probeAnswer = EncodedPacket(.pong) { _ = $0.writeStaticString("probe") }
}

/// What is sent to one client in one go: a packet, and the binary attachments that must follow it without a gap.
public struct Outgoing: Sendable {
    public var packet: EncodedPacket
    public var attachments: [EncodedPacket]
    /// A volatile message is dropped when the client cannot take it at this moment.
    public var isVolatile: Bool

    public init(_ packet: EncodedPacket, attachments: [EncodedPacket] = [], isVolatile: Bool = false) {
        self.packet = packet
        self.attachments = attachments
        self.isVolatile = isVolatile
    }
}
