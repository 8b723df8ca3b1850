import EngineIO
public import NIOCore

/// One event for many sockets, as adapters pass it on to other processes and as it goes to each socket here.
public struct BroadcastPacket: Sendable {
    public let namespace: String
    /// The event's JSON array, its name first, with placeholders for the attachments.
    public let json: ByteBuffer
    public let attachments: [ByteBuffer]
    /// Whether it is dropped where it cannot be taken at once.
    public var isVolatile: Bool
    /// Whether it may be compressed on its way.
    public var isCompressible: Bool

    public init(
        namespace: String, json: ByteBuffer, attachments: [ByteBuffer] = [], isVolatile: Bool = false,
        isCompressible: Bool = true
    ) {
        self.namespace = namespace
        self.json = json
        self.attachments = attachments
        self.isVolatile = isVolatile
        self.isCompressible = isCompressible
    }

    /// The finished packet; with a number when it is to be acknowledged, and with the `offset` by which a client that
    /// comes back says how far it has heard.
    func encoded(ackID: UInt64? = nil, offset: String? = nil) -> Outgoing {
        let kind: SocketPacket.Kind = attachments.isEmpty ? .event : .binaryEvent
        let head = SocketPacket(kind, namespace: namespace, ackID: ackID, attachmentCount: attachments.count)
        let size = json.readableBytes + namespace.utf8.count + 32 + (offset?.utf8.count ?? 0)
        var text = EncodedPacket(.message, capacity: size) { buffer in
            head.writeHead(to: &buffer)
            buffer.writeImmutableBuffer(json)
            if let offset {
                buffer.moveWriterIndex(to: buffer.writerIndex - 1)
                buffer.writeString(",\"\(offset)\"]")
            }
        }
        text.isCompressible = isCompressible
        let bytes = attachments.map { attachment in
            var packet = EncodedPacket(binary: attachment)
            packet.isCompressible = isCompressible
            return packet
        }
        return Outgoing(text, attachments: bytes, isVolatile: isVolatile)
    }

    /// What the bytes of the packet amount to, for limits.
    var size: Int { attachments.reduce(json.readableBytes) { $0 + $1.readableBytes } }
}

/// What sockets answered to an event that asked all of them.
public struct BroadcastAnswers: Sendable {
    /// One for each socket that answered in time, in the order in which they came.
    public var answers: [Arguments]
    /// How many sockets were asked.
    public var asked: Int

    public init(answers: [Arguments] = [], asked: Int = 0) {
        self.answers = answers
        self.asked = asked
    }

    /// Whether everyone answered.
    public var isComplete: Bool { answers.count == asked }
}

/// An event between the servers of a namespace, never seen by clients.
public typealias ServerEvent = Event
