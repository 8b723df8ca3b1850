import NIOCore
import Redis

/// One frame of AMQP 0-9-1 (specification, 2.3.5).
struct AMQPFrame {
    enum Kind: UInt8 {
        case method = 1
        case header = 2
        case body = 3
        case heartbeat = 8
    }

    /// What a method is, its class in the upper half (specification, 1.4).
    enum Method: UInt32 {
        case connectionStart = 0x000A_000A
        case connectionStartOk = 0x000A_000B
        case connectionTune = 0x000A_001E
        case connectionTuneOk = 0x000A_001F
        case connectionOpen = 0x000A_0028
        case connectionOpenOk = 0x000A_0029
        case connectionClose = 0x000A_0032
        case connectionCloseOk = 0x000A_0033
        case channelOpen = 0x0014_000A
        case channelOpenOk = 0x0014_000B
        case channelClose = 0x0014_0028
        case exchangeDeclare = 0x0028_000A
        case queueDeclare = 0x0032_000A
        case queueBind = 0x0032_0014
        case queueDelete = 0x0032_0028
        case basicConsume = 0x003C_0014
        case basicConsumeOk = 0x003C_0015
        case basicCancel = 0x003C_001E
        case basicCancelOk = 0x003C_001F
        case basicPublish = 0x003C_0028
        case basicDeliver = 0x003C_003C
    }

    static let end: UInt8 = 0xCE
    /// The bytes around a frame's payload.
    static let overhead = 8

    var kind: Kind
    var payload: ByteBuffer

    /// Takes a whole frame; nil, with nothing taken, when it has not come in whole yet.
    static func next(_ bytes: inout ByteBuffer, maxSize: Int) throws(LinkFailure) -> AMQPFrame? {
        var rest = bytes
        guard let (type, _, size) = rest.readMultipleIntegers(as: (UInt8, UInt16, UInt32).self) else { return nil }
        // A server that speaks another version answers with its own header and closes (specification, 4.2.2).
        guard let kind = Kind(rawValue: type) else { throw .malformed("no AMQP 0-9-1") }
        guard Int(size) <= maxSize else { throw .malformed("a frame is too large") }
        guard let payload = rest.readSlice(length: Int(size)), let end: UInt8 = rest.readInteger() else { return nil }
        guard end == Self.end else { throw .malformed("a frame without an end") }
        bytes = rest
        return AMQPFrame(kind: kind, payload: payload)
    }
}

extension ByteBuffer {
    /// Writes a frame whose payload `body` writes.
    mutating func writeFrame(_ kind: AMQPFrame.Kind, channel: UInt16, _ body: (inout ByteBuffer) -> Void) {
        writeMultipleIntegers(kind.rawValue, channel, UInt32(0))
        let start = writerIndex
        body(&self)
        setInteger(UInt32(writerIndex - start), at: start - 4)
        writeInteger(AMQPFrame.end)
    }

    mutating func writeMethod(
        _ method: AMQPFrame.Method, channel: UInt16 = 1, _ arguments: (inout ByteBuffer) -> Void = { _ in }
    ) {
        writeFrame(.method, channel: channel) { buffer in
            buffer.writeInteger(method.rawValue)
            arguments(&buffer)
        }
    }

    /// Texts of up to 255 bytes; longer ones are cut, and refused before they come here.
    mutating func writeShort(_ text: String) {
        let bytes = text.utf8.prefix(255)
        writeInteger(UInt8(bytes.count))
        writeBytes(bytes)
    }

    mutating func writeLong(_ body: (inout ByteBuffer) -> Void) {
        writeInteger(UInt32(0))
        let start = writerIndex
        body(&self)
        setInteger(UInt32(writerIndex - start), at: start - 4)
    }

    mutating func readShort() -> String? {
        readInteger(as: UInt8.self).flatMap { readString(length: Int($0)) }
    }
}
