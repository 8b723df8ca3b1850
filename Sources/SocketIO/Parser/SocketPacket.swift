public import NIOCore

/// One Socket.IO packet (protocol 5) with its JSON kept as the bytes that came.
public struct SocketPacket: Sendable, Equatable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        case connect, disconnect, event, ack, connectError, binaryEvent, binaryAck

        var digit: UInt8 { UInt8(ascii: "0") + rawValue }
        var isBinary: Bool { self == .binaryEvent || self == .binaryAck }
    }

    /// Why bytes are no packet, or not one that may be sent; each closes the whole connection.
    public enum Violation: Error, Equatable {
        case unknownType
        case badAttachmentCount
        case tooManyAttachments
        case badAckID
        case badPayload
        case badEventName
        case textWhileAttachmentsAreDue
        case unexpectedAttachment
        case attachmentsTooLarge
        case notConnected
        case connectedTwice
        case tooManyNamespaces
        case unexpectedType
        case connectTimeout
    }

    public var kind: Kind
    public var namespace = "/"
    public var ackID: UInt64?
    /// How many binary messages follow this one and belong to it.
    public var attachmentCount = 0
    /// The JSON text; nil when there is none.
    public var payload: ByteBuffer?

    public init(
        _ kind: Kind, namespace: String = "/", ackID: UInt64? = nil, attachmentCount: Int = 0,
        payload: ByteBuffer? = nil
    ) {
        self.kind = kind
        self.namespace = namespace
        self.ackID = ackID
        self.attachmentCount = attachmentCount
        self.payload = payload
    }
}

// MARK: reading

extension SocketPacket {
    /// Reads `<type>[<attachments>-][<namespace>,][<ack id>][JSON]`; the JSON itself is not looked at.
    public init(_ text: ByteBuffer, maxAttachments: Int) throws(Violation) {
        var rest = text
        guard let digit: UInt8 = rest.readInteger(), digit >= UInt8(ascii: "0"),
            let kind = Kind(rawValue: digit - UInt8(ascii: "0"))
        else { throw .unknownType }
        self.init(kind)
        if kind.isBinary {
            guard let count = try Self.readNumber(&rest, .badAttachmentCount), rest.readInteger() == UInt8(ascii: "-")
            else { throw .badAttachmentCount }
            guard count <= UInt64(maxAttachments) else { throw .tooManyAttachments }
            attachmentCount = Int(count)
        }
        if rest.readableBytesView.first == UInt8(ascii: "/") { namespace = Self.readNamespace(&rest) }
        ackID = try Self.readNumber(&rest, .badAckID)
        if rest.readableBytes > 0 { payload = rest }
    }

    /// Reads up to the comma, or to the end when there is none.
    private static func readNamespace(_ rest: inout ByteBuffer) -> String {
        let view = rest.readableBytesView
        guard let comma = view.firstIndex(of: UInt8(ascii: ",")) else {
            return rest.readString(length: rest.readableBytes) ?? "/"
        }
        let name = rest.readString(length: comma - view.startIndex) ?? "/"
        rest.moveReaderIndex(forwardBy: 1)
        return name
    }

    /// Reads decimal digits; nil when there are none. A number that 64 bits cannot hold is refused.
    private static func readNumber(_ rest: inout ByteBuffer, _ violation: Violation) throws(Violation) -> UInt64? {
        var value: UInt64?
        while let byte = rest.readableBytesView.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflow, !overflow2 else { throw violation }
            value = sum
            rest.moveReaderIndex(forwardBy: 1)
        }
        return value
    }
}

// MARK: writing

extension SocketPacket {
    /// Writes the packet as text, without the Engine.IO type in front.
    public func write(to buffer: inout ByteBuffer) {
        writeHead(to: &buffer)
        if let payload { buffer.writeImmutableBuffer(payload) }
    }

    /// Writes everything before the JSON.
    func writeHead(to buffer: inout ByteBuffer) {
        buffer.writeInteger(kind.digit)
        if kind.isBinary {
            buffer.writeString(String(attachmentCount))
            buffer.writeInteger(UInt8(ascii: "-"))
        }
        if namespace != "/" {
            buffer.writeString(namespace)
            buffer.writeInteger(UInt8(ascii: ","))
        }
        if let ackID { buffer.writeString(String(ackID)) }
    }
}
