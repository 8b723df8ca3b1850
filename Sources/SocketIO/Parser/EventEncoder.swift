import EngineIO
import Foundation
import NIOConcurrencyHelpers
import NIOCore

/// The JSON array of an outgoing packet, and the bytes that its placeholders stand for.
struct EncodedArguments: Sendable {
    var json: ByteBuffer
    var attachments: [ByteBuffer] = []

    /// Starts an event's array with its name.
    init(event name: String) {
        json = ByteBuffer(string: "[" + JSONText.quoted(name))
    }

    /// Starts an acknowledgement's array.
    init() {
        json = ByteBuffer(string: "[")
    }

    /// Appends one argument; bytes in it become attachments.
    mutating func append(_ value: some Encodable) throws {
        if appendPlain(value) { return }
        let collected = NIOLockedValueBox(attachments)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dataEncodingStrategy = .custom { data, encoder in
            let number = collected.withLockedValue { list in
                list.append(ByteBuffer(bytes: data))
                return list.count - 1
            }
            try Placeholder(isPlaceholder: true, number: number).encode(to: encoder)
        }
        let text = try encoder.encode(value)
        attachments = collected.withLockedValue { $0 }
        separate()
        json.writeBytes(text)
    }

    /// Appends one of the values that are most often sent, without the cost of an encoder; false for all others.
    private mutating func appendPlain(_ value: some Encodable) -> Bool {
        switch value {
        case let text as String:
            separate()
            json.writeString(JSONText.quoted(text))
        case let number as Int:
            separate()
            json.writeString(String(number))
        case let truth as Bool:
            separate()
            json.writeStaticString(truth ? "true" : "false")
        default: return false
        }
        return true
    }

    /// Appends one argument that is JSON already.
    mutating func append(rawJSON: ByteBuffer) {
        separate()
        json.writeImmutableBuffer(rawJSON)
    }

    /// Appends all arguments of a received packet; must come first, because their placeholders count from zero.
    mutating func append(_ arguments: Arguments) throws {
        for index in 0..<arguments.count { append(rawJSON: try arguments.rawJSON(at: index)) }
        attachments = arguments.attachments
    }

    private mutating func separate() {
        if json.readableBytes > 1 { json.writeInteger(UInt8(ascii: ",")) }
    }

    /// The finished packet: text, frames and attachments, encoded once for everyone.
    func packet(_ kind: SocketPacket.Kind, namespace: String, ackID: UInt64? = nil) -> Outgoing {
        let kind: SocketPacket.Kind =
            switch (kind, attachments.isEmpty) {
            case (.event, false): .binaryEvent
            case (.ack, false): .binaryAck
            default: kind
            }
        let head = SocketPacket(kind, namespace: namespace, ackID: ackID, attachmentCount: attachments.count)
        let text = EncodedPacket(.message, capacity: json.readableBytes + namespace.utf8.count + 32) { buffer in
            head.writeHead(to: &buffer)
            buffer.writeImmutableBuffer(json)
            buffer.writeInteger(UInt8(ascii: "]"))
        }
        return Outgoing(text, attachments: attachments.map { EncodedPacket(binary: $0) })
    }
}

extension EncodedArguments {
    /// The array, closed.
    var closed: ByteBuffer {
        var array = json
        array.writeInteger(UInt8(ascii: "]"))
        return array
    }

    /// The event as adapters take it.
    func broadcast(namespace: String, isVolatile: Bool, isCompressible: Bool) -> BroadcastPacket {
        BroadcastPacket(
            namespace: namespace, json: closed, attachments: attachments, isVolatile: isVolatile,
            isCompressible: isCompressible)
    }
}

extension Outgoing {
    /// A packet without attachments.
    init(_ packet: SocketPacket) {
        let size = (packet.payload?.readableBytes ?? 0) + packet.namespace.utf8.count + 32
        self.init(EncodedPacket(.message, capacity: size) { packet.write(to: &$0) })
    }
}
