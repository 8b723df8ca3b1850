import EngineIO
public import NIOCore

/// Events that are encoded once and then given to many sockets one by one, each when it can take them.
public struct EventBundle: Sendable {
    /// The events for those who listen in.
    let packets: [BroadcastPacket]
    let volley: Volley
    /// What it takes of a client's queue, in bytes.
    public let size: Int

    init(_ packets: [BroadcastPacket]) {
        self.packets = packets
        let messages = packets.map { $0.encoded() }
        volley = Volley(messages)
        size = messages.reduce(0) { sum, message in
            message.attachments.reduce(sum + message.packet.size) { $0 + $1.size }
        }
    }
}

extension Namespace {
    /// Encodes events whose one argument is JSON already.
    public func bundle(_ events: [(event: String, rawJSON: ByteBuffer)]) -> EventBundle {
        EventBundle(
            events.map { event, json in
                var encoded = EncodedArguments(event: event)
                encoded.append(rawJSON: json)
                rooms.metrics.sent()
                return encoded.broadcast(namespace: name, isVolatile: false, isCompressible: true)
            })
    }
}

extension BroadcastTarget {
    /// Goes round these sockets of this process once and gives each what `pick` has for it, given how many bytes wait
    /// for it to take them; returns when it has been to all who were there when it began.
    ///
    /// For news that very many are to hear and that may take its time: whatever else the event loops have to do goes
    /// first, and no round gets more than a quarter of a loop's time, so a round to many takes longer and the next
    /// begins later. It is in no order with other events, and its events are not kept for clients that come back.
    /// `pick` is asked on the socket's event loop and must not block.
    public func round(_ pick: @escaping @Sendable (_ socket: Socket, _ waiting: Int) -> [EventBundle]) async {
        guard mayHaveMembers else { return }
        await namespace.rooms.round(target, pick)
    }
}

extension LocalRooms {
    fileprivate func round(_ target: Target, _ pick: @escaping @Sendable (Socket, Int) -> [EventBundle]) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            walk(target) { core in
                guard core.isConnected, let socket = core.socket else { return }
                let bundles = pick(socket, core.waitingBytes)
                if !bundles.isEmpty { core.send(bundles) }
            } done: {
                continuation.resume()
            }
        }
    }
}
