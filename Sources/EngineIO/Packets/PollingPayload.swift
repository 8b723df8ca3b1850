import FoundationEssentials
public import NIOCore

/// The polling forms of packets. In Engine.IO 4 they are joined by the record separator, binary as `b` and base64.
public enum PollingPayload {
    /// Parts two packets of one body (ASCII record separator).
    static let separator: UInt8 = 0x1e
    private static let binaryMark = UInt8(ascii: "b")

    /// Why a body is no payload.
    public enum Malformed: Error, Equatable {
        case emptyPacket, unknownType, badBase64, badLength
    }

    /// Writes `packets` as one body of a form; whether the body is bytes rather than text is the second value.
    public static func encode(
        _ packets: [EncodedPacket], form: PayloadForm, allocator: ByteBufferAllocator
    ) -> (body: ByteBuffer, isBinary: Bool) {
        switch form {
        case .separated: (encode(packets, allocator: allocator), false)
        case .counted(allowsBinary: true) where packets.contains(where: \.isBinary):
            (encodeCountedBytes(packets, allocator: allocator), true)
        case .counted: (encodeCounted(packets, allocator: allocator), false)
        }
    }

    /// Takes the next packet off a body of a version; nil at its end. Throws as soon as something is no packet.
    public static func next(
        from body: inout ByteBuffer?, version: ProtocolVersion, isBinary: Bool
    ) throws(Malformed) -> Packet? {
        switch (version, isBinary) {
        case (.four, _): try next(from: &body)
        case (.three, false): try nextCounted(from: &body)
        case (.three, true): try nextCountedBytes(from: &body)
        }
    }

    /// Writes `packets` as one body of version 4.
    public static func encode(_ packets: [EncodedPacket], allocator: ByteBufferAllocator) -> ByteBuffer {
        let size = packets.reduce(0) { $0 + 1 + ($1.isBinary ? ($1.size + 2) / 3 * 4 + 1 : $1.size) }
        var body = allocator.buffer(capacity: size)
        for (index, packet) in packets.enumerated() {
            if index > 0 { body.writeInteger(separator) }
            if packet.isBinary {
                body.writeInteger(binaryMark)
                body.writeBytes(Data(packet.payload).base64EncodedData())
            } else {
                body.writeBytes(packet.payload)
            }
        }
        return body
    }

    /// Takes the next packet off `body`, of version 4; nil at its end.
    ///
    /// An empty body is one empty packet, hence malformed, as is anything between two separators that is no packet.
    public static func next(from body: inout ByteBuffer?) throws(Malformed) -> Packet? {
        guard var rest = body else { return nil }
        let view = rest.readableBytesView
        let part: ByteBuffer
        if let end = view.firstIndex(of: separator), let slice = rest.readSlice(length: end - view.startIndex) {
            part = slice
            rest.moveReaderIndex(forwardBy: 1)
            body = rest
        } else {
            part = rest
            body = nil
        }
        return try packet(part)
    }

    private static func packet(_ part: ByteBuffer) throws(Malformed) -> Packet {
        guard let first = part.readableBytesView.first else { throw .emptyPacket }
        if first == binaryMark {
            let text = Data(part.readableBytesView.dropFirst())
            guard let bytes = Data(base64Encoded: text) else { throw .badBase64 }
            return .binary(ByteBuffer(bytes: bytes))
        }
        guard let packet = Packet(text: part) else { throw .unknownType }
        return packet
    }
}
