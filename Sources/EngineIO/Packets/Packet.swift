public import NIOCore

/// The seven kinds of Engine.IO packet; on the wire one ASCII digit.
public enum PacketType: UInt8, Sendable, CaseIterable {
    case open, close, ping, pong, message, upgrade, noop

    /// The type as it is written in front of a text packet.
    public var digit: UInt8 { UInt8(ascii: "0") + rawValue }

    /// Reads the digit in front of a text packet; nil for any other byte.
    public init?(digit: UInt8) {
        guard digit >= UInt8(ascii: "0") else { return nil }
        self.init(rawValue: digit - UInt8(ascii: "0"))
    }
}

/// One packet as it came from a client.
public enum Packet: Sendable, Equatable {
    /// A text packet: its type and what follows the digit.
    case text(PacketType, ByteBuffer)
    /// A binary message.
    case binary(ByteBuffer)

    /// Reads a text packet; nil when it is empty or its type is unknown.
    public init?(text: ByteBuffer) {
        var rest = text
        guard let digit: UInt8 = rest.readInteger(), let type = PacketType(digit: digit) else { return nil }
        self = .text(type, rest)
    }
}

/// What a client sends or an application hears: text or bytes.
public enum Message: Sendable, Equatable {
    case text(ByteBuffer)
    case binary(ByteBuffer)
}
