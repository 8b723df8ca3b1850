import EngineIO
public import NIOCore

/// Whom events go to at once: some sockets of a namespace, and how they are sent to.
public struct BroadcastTarget: Sendable {
    let namespace: Namespace
    var target: Target
    private var isVolatile = false
    private var isCompressible = true

    init(namespace: Namespace, target: Target) {
        self.namespace = namespace
        self.target = target
    }

    /// The members of these rooms as well.
    public func to(_ rooms: String...) -> BroadcastTarget {
        with { $0.target.rooms += rooms }
    }

    /// Without the members of these rooms.
    public func except(_ rooms: String...) -> BroadcastTarget {
        with { $0.target.except += rooms }
    }

    /// Only the sockets of this process.
    public var local: BroadcastTarget { with { $0.target.isLocal = true } }

    /// Only those who can take a message at this moment.
    public var volatile: BroadcastTarget { with { $0.isVolatile = true } }

    /// What is sent is not compressed on its way, because it is small or compressed already.
    public var uncompressed: BroadcastTarget { with { $0.isCompressible = false } }

    private func with(_ change: (inout BroadcastTarget) -> Void) -> BroadcastTarget {
        var changed = self
        change(&changed)
        return changed
    }

    /// Whether anybody could be meant; false only when that is certain.
    public var mayHaveMembers: Bool { namespace.adapter.mayReach(target) }

    // MARK: events

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

    /// Sends an event whose one argument is JSON already to those sockets of this process whom `takes` says yes to,
    /// given how many bytes wait for each to be taken by its client.
    ///
    /// For what is better left out than piled up: who is told later what became of it is up to `takes`, which is asked
    /// on the socket's event loop and must not block. What is offered is not kept for clients that come back.
    public func offer(
        _ event: String, rawJSON: ByteBuffer, to takes: @escaping @Sendable (_ socket: Socket, _ waiting: Int) -> Bool
    ) {
        guard mayHaveMembers else { return }
        var encoded = EncodedArguments(event: event)
        encoded.append(rawJSON: rawJSON)
        namespace.rooms.offer(packet(encoded), to: target, takes)
    }

    /// Sends an event with arguments as they came from a client, attachments included.
    public func emit(_ event: String, _ arguments: Arguments) throws {
        guard mayHaveMembers else { return }
        var encoded = EncodedArguments(event: event)
        try encoded.append(arguments)
        send(encoded)
    }

    private func send(_ encoded: EncodedArguments) {
        namespace.adapter.broadcast(packet(encoded), to: target)
    }

    private func packet(_ encoded: EncodedArguments) -> BroadcastPacket {
        encoded.broadcast(namespace: namespace.name, isVolatile: isVolatile, isCompressible: isCompressible)
    }

    /// Sends an event and waits until everyone has answered or gone, or the time is over; who did not answer is missing
    /// in the result.
    public func ask<each Argument: Encodable>(
        _ event: String, _ arguments: repeat each Argument, timeout: TimeAmount = .seconds(10)
    ) async throws -> BroadcastAnswers {
        var encoded = EncodedArguments(event: event)
        repeat try encoded.append(each arguments)
        return try await namespace.adapter.ask(packet(encoded), of: target, timeout: timeout)
    }

    // MARK: sockets

    /// Finds out who is meant, in all processes.
    public func fetchSockets() async throws -> [RemoteSocket] {
        try await namespace.adapter.fetchSockets(target).map { RemoteSocket(description: $0, namespace: namespace) }
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
