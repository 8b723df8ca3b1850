import EngineIO
import NIOCore

/// What one connection has said and may say, as a value: packets and decisions go in, what to do comes out.
///
///     per connection:  open ──violation, connect timeout──► closed
///     per namespace:   absent ──CONNECT──► connecting ──admitted──► joined ──DISCONNECT, left──► absent
///                                              └──refused──► absent
///                    joined ──expelled by the server──► expelled ──CONNECT──► connecting, ──DISCONNECT──► absent
///     between packets: whole ──packet with attachments──► partial ──the last attachment──► whole
struct ClientState {
    enum Action {
        /// Ask whether the client may join; answered by `admitted` or `refused`.
        case authorize(namespace: String, auth: ByteBuffer?)
        case deliver(namespace: String, Event, ackID: UInt64?)
        case acknowledged(namespace: String, id: UInt64, Arguments)
        /// The client left a namespace that it had joined or was about to join.
        case left(namespace: String)
        /// The client broke the rules: the whole connection is to be closed.
        case close(SocketPacket.Violation)
    }

    private enum Membership {
        /// What an expelled client sent before it knew is ignored rather than held against it.
        case connecting, joined, expelled
    }

    private let limits: SocketLimits
    private let version: ProtocolVersion
    private var memberships: [String: Membership] = [:]
    private var partial: (packet: SocketPacket, attachments: [ByteBuffer], bytes: Int)?
    private var isClosed = false

    init(limits: SocketLimits, version: ProtocolVersion = .four) {
        self.limits = limits
        self.version = version
    }

    /// A client of Socket.IO 1 or 2 (Engine.IO 3) is in the namespace `/` without asking.
    mutating func opened() -> Action? {
        guard version == .three, !isClosed else { return nil }
        memberships["/"] = .connecting
        return .authorize(namespace: "/", auth: nil)
    }

    /// Takes a text message from the client.
    mutating func received(text: ByteBuffer) -> Action? {
        guard !isClosed else { return nil }
        do throws(SocketPacket.Violation) {
            guard partial == nil else { throw .textWhileAttachmentsAreDue }
            let packet = try SocketPacket(text, maxAttachments: limits.maxAttachments)
            if packet.attachmentCount > 0 {
                _ = try isJoined(packet.namespace)
                partial = (packet, [], 0)
                return nil
            }
            return try action(for: packet, attachments: packet.kind.isBinary ? [] : nil)
        } catch {
            isClosed = true
            return .close(error)
        }
    }

    /// Takes a binary message from the client: an attachment of the packet before it.
    mutating func received(binary: ByteBuffer) -> Action? {
        guard !isClosed else { return nil }
        do throws(SocketPacket.Violation) {
            guard var open = partial else { throw .unexpectedAttachment }
            partial = nil
            open.attachments.append(binary)
            open.bytes += binary.readableBytes
            guard open.bytes <= limits.maxAttachmentBytes else { throw .attachmentsTooLarge }
            guard open.attachments.count == open.packet.attachmentCount else {
                partial = open
                return nil
            }
            return try action(for: open.packet, attachments: open.attachments)
        } catch {
            isClosed = true
            return .close(error)
        }
    }

    /// The time to connect to a first namespace is over.
    mutating func connectTimeout() -> Action? {
        guard memberships.isEmpty, !isClosed else { return nil }
        isClosed = true
        return .close(.connectTimeout)
    }

    /// Whether a CONNECT still waits for its decision.
    func isConnecting(_ namespace: String) -> Bool {
        memberships[namespace] == .connecting
    }

    /// A CONNECT was granted; false when the client has left meanwhile.
    mutating func admitted(_ namespace: String) -> Bool {
        guard !isClosed, memberships[namespace] == .connecting else { return false }
        memberships[namespace] = .joined
        return true
    }

    /// A CONNECT was not granted.
    mutating func refused(_ namespace: String) {
        if memberships[namespace] == .connecting { memberships[namespace] = nil }
    }

    /// The server put the client out of a namespace.
    mutating func expelled(_ namespace: String) {
        if memberships[namespace] != nil { memberships[namespace] = .expelled }
    }

    /// Whether packets for a namespace count; false when they are to be ignored.
    private func isJoined(_ namespace: String) throws(SocketPacket.Violation) -> Bool {
        switch memberships[namespace] {
        case .joined: return true
        case .expelled: return false
        case .connecting, nil: throw .notConnected
        }
    }

    private mutating func action(
        for packet: SocketPacket, attachments: [ByteBuffer]?
    ) throws(SocketPacket.Violation) -> Action? {
        let namespace = packet.namespace
        switch packet.kind {
        case .connect: return try connect(packet)
        case .connectError: throw .unexpectedType
        case .disconnect:
            guard packet.payload == nil else { throw .badPayload }
            guard let membership = memberships.removeValue(forKey: namespace) else { throw .notConnected }
            return membership == .expelled ? nil : .left(namespace: namespace)
        case .event, .binaryEvent:
            guard try isJoined(namespace), let payload = packet.payload else { return nil }
            let event = try Event(payload: payload, attachments: attachments)
            return .deliver(namespace: namespace, event, ackID: packet.ackID)
        case .ack, .binaryAck:
            guard try isJoined(namespace) else { return nil }
            guard let payload = packet.payload else { throw .badPayload }
            let arguments = try Arguments(acknowledgement: payload, attachments: attachments)
            guard let id = packet.ackID else { return nil }
            return .acknowledged(namespace: namespace, id: id, arguments)
        }
    }

    private mutating func connect(_ packet: SocketPacket) throws(SocketPacket.Violation) -> Action {
        var packet = packet
        if version == .three { packet.takeQueryFromNamespace() }
        if let auth = packet.payload {
            // Safety: the scanner does not outlive the closure that lends it the bytes.
            let isObject = auth.withUnsafeReadableBytes { (try? JSONScanner.checkObject($0)) != nil }
            guard isObject else { throw .badPayload }
        }
        let membership = memberships[packet.namespace]
        guard membership == nil || membership == .expelled else { throw .connectedTwice }
        guard membership != nil || memberships.count < limits.maxNamespaces else { throw .tooManyNamespaces }
        memberships[packet.namespace] = .connecting
        return .authorize(namespace: packet.namespace, auth: packet.payload)
    }
}

extension SocketPacket {
    /// Makes the query that clients of Socket.IO 2 put behind a namespace's name what later ones send as their auth.
    fileprivate mutating func takeQueryFromNamespace() {
        payload = nil
        guard namespace.utf8.contains(UInt8(ascii: "?")) else { return }
        let target = RequestTarget(namespace)
        namespace = String(target.path)
        var seen: Set<String> = []
        let pairs = target.query.filter { seen.insert($0.name).inserted }
            .map { JSONText.quoted($0.name) + ":" + JSONText.quoted($0.value) }
        payload = ByteBuffer(string: "{" + pairs.joined(separator: ",") + "}")
    }
}
