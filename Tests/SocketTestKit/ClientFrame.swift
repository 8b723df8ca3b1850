public import NIOCore

/// Writes WebSocket frames as a client does, or as a hostile one might.
public enum ClientFrame {
    /// A client's frame, masked unless told otherwise.
    public static func encode(
        _ first: UInt8, _ payload: [UInt8], mask: [UInt8]? = [0x12, 0x34, 0x56, 0x78], wide: Bool = false
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(first)
        let bit: UInt8 = mask == nil ? 0 : 0x80
        if payload.count > 65_535 || wide {
            bytes.writeInteger(bit | 127)
            bytes.writeInteger(UInt64(payload.count))
        } else if payload.count > 125 {
            bytes.writeInteger(bit | 126)
            bytes.writeInteger(UInt16(payload.count))
        } else {
            bytes.writeInteger(bit | UInt8(payload.count))
        }
        guard let mask else {
            bytes.writeBytes(payload)
            return bytes
        }
        bytes.writeBytes(mask)
        bytes.writeBytes(payload.enumerated().map { $1 ^ mask[$0 % 4] })
        return bytes
    }
}
