import NIOCore
import SocketIO

extension BroadcastPacket {
    /// The event's name and arguments as values, bytes in their places.
    var values: MessagePackValue {
        get throws { try JSONReader.read(json, attachments: attachments) }
    }

    /// Makes an event of values from another process; nil when they are none, or one with a reserved name.
    init?(_ values: [MessagePackValue], namespace: String, isVolatile: Bool = false, isCompressible: Bool = true) {
        guard let event = Event(values) else { return nil }
        self.init(
            namespace: namespace, json: event.json, attachments: event.arguments.attachments, isVolatile: isVolatile,
            isCompressible: isCompressible)
    }
}

extension Event {
    init?(_ values: [MessagePackValue]) {
        var writer = EventJSONWriter()
        writer.write(.array(values))
        self.init(json: writer.text, attachments: writer.attachments)
    }
}

extension Arguments {
    init?(_ values: [MessagePackValue]) {
        var writer = EventJSONWriter()
        writer.write(.array(values))
        self.init(json: writer.text, attachments: writer.attachments)
    }

    /// The arguments as values, bytes in their places.
    var values: [MessagePackValue] {
        get throws { try JSONReader.read(jsonArray, attachments: attachments).list ?? [] }
    }
}

extension MessagePackValue {
    /// The value as JSON; bytes in it become placeholders of which nobody knows.
    var json: ByteBuffer {
        var writer = EventJSONWriter()
        writer.write(self)
        return writer.text
    }

    /// Reads JSON, or MessagePack where the first byte is no brace, as Node's servers tell the two apart.
    static func read(_ message: ByteBuffer) throws -> MessagePackValue {
        if message.readableBytesView.first == UInt8(ascii: "{") { return try JSONReader.read(message) }
        return try MessagePackReader.read(message)
    }
}
