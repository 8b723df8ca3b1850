import EngineIO
public import NIOCore

/// Some sockets of a namespace, meant all at once.
public struct Audience: Sendable {
    let namespace: Namespace
    var target: Target
    private var isVolatile = false

    init(namespace: Namespace, target: Target) {
        self.namespace = namespace
        self.target = target
    }

    /// The members of these rooms as well.
    public func to(_ rooms: String...) -> Audience {
        var wider = self
        wider.target.rooms += rooms
        return wider
    }

    /// Without the members of these rooms.
    public func except(_ rooms: String...) -> Audience {
        var narrower = self
        narrower.target.except += rooms
        return narrower
    }

    /// Only the sockets of this process.
    public var local: Audience {
        var narrower = self
        narrower.target.isLocal = true
        return narrower
    }

    /// Only those who can take a message at this moment.
    public var volatile: Audience {
        var narrower = self
        narrower.isVolatile = true
        return narrower
    }

    /// Whether anybody could be meant; false only when that is certain.
    public var mayHaveMembers: Bool { namespace.adapter.mayReach(target) }

    /// Sends an event; it is encoded once, and not at all when nobody is meant.
    public func emit<each Argument: Encodable>(_ event: String, _ arguments: repeat each Argument) throws {
        guard mayHaveMembers else { return }
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        send(encoded)
    }

    /// Sends an event whose one argument is JSON already.
    public func emit(_ event: String, rawJSON: ByteBuffer) {
        guard mayHaveMembers else { return }
        var encoded = EncodedArguments(event: event)
        encoded.append(rawJSON: rawJSON)
        send(encoded)
    }

    /// Sends an event with arguments as they came from a client, attachments included.
    public func emit(_ event: String, _ arguments: Arguments) throws {
        guard mayHaveMembers else { return }
        var encoded = EncodedArguments(event: event)
        try encoded.append(arguments)
        send(encoded)
    }

    private func send(_ encoded: EncodedArguments) {
        var json = encoded.json
        json.writeInteger(UInt8(ascii: "]"))
        var outgoing = encoded.packet(.event, namespace: namespace.name)
        outgoing.isVolatile = isVolatile
        let packet = BroadcastPacket(json: json, attachments: encoded.attachments, outgoing: outgoing)
        namespace.adapter.broadcast(packet, to: target)
    }

    /// Puts them into rooms.
    public func join(_ rooms: String...) {
        namespace.adapter.join(target, rooms: rooms)
    }

    /// Takes them out of rooms.
    public func leave(_ rooms: String...) {
        namespace.adapter.leave(target, rooms: rooms)
    }

    /// Puts them out of the namespace or, with `close`, ends their connections.
    public func disconnect(close: Bool = false) {
        namespace.adapter.disconnect(target, close: close)
    }
}
