import EngineIO
import NIOCore

/// The part of a socket that its event loop owns: its rooms, its acknowledgements, its way out.
final class SocketCore {
    let id: String
    let namespace: String
    /// What the application holds; nil before the socket is made and after it is over.
    var socket: Socket?
    private var connection: Connection?
    private let limits: SocketLimits
    /// The rooms it is in, each with its place in the room's list.
    var places: [String: Int] = [:]
    /// Its place in the shard's list of everyone; nil when it is not there.
    var place: Int?
    /// The last broadcast that looked at it, so that a union of rooms reaches it once.
    var lastBroadcast: UInt64 = 0
    private(set) var isConnected = false
    /// Whether somebody wants to hear what is sent to the socket.
    var hearsOutgoing = false
    /// The number of the last logged event that it has heard, or was sent again when it came back.
    var heard: UInt64 = 0
    /// The secret by which the client may come back; nil where that cannot be.
    var privateID: String?
    private var acks: [UInt64: AckWaiter] = [:]

    /// Who waits for an acknowledgement, and the end of their patience.
    private struct AckWaiter {
        let finish: @Sendable (Result<Arguments, any Error>) -> Void
        let timeout: Scheduled<Void>
    }

    init(id: String, namespace: String, connection: Connection, limits: SocketLimits) {
        self.id = id
        self.namespace = namespace
        self.connection = connection
        self.limits = limits
    }

    /// From here on the client may be sent to.
    func connected() {
        isConnected = true
    }

    /// Sends unless the socket is not connected.
    func send(_ outgoing: Outgoing) {
        guard isConnected else { return }
        connection?.send(outgoing)
    }

    /// Sends an event unless the socket is not connected; `packet` is the same event for those who listen in.
    func send(_ outgoing: Outgoing, _ packet: BroadcastPacket) {
        guard isConnected else { return }
        if hearsOutgoing { socket?.hear(packet) }
        connection?.send(outgoing)
    }

    /// Sends events one right after the other unless the socket is not connected; `volley` holds those of `row`.
    func send(_ row: [Broadcast], _ volley: Volley) {
        guard isConnected else { return }
        guard !hearsOutgoing, heard == 0 else {
            for broadcast in row where broadcast.number == 0 || heard < broadcast.number {
                send(broadcast.outgoing, broadcast.packet)
            }
            return
        }
        connection?.send(volley)
    }

    /// Sends events that were encoded before, and hands them to the system at once, unless the socket is not connected.
    func send(_ bundles: [EventBundle]) {
        guard isConnected else { return }
        for bundle in bundles {
            if hearsOutgoing { for packet in bundle.packets { socket?.hear(packet) } }
            connection?.send(bundle.volley)
        }
        connection?.flush()
    }

    /// How many bytes wait for the client to take them, whatever namespace they are of.
    var waitingBytes: Int { connection?.waitingBytes ?? 0 }

    /// Calls `body` when there is room for more, and also when nobody is there any more.
    func whenRoomy(_ body: @escaping () -> Void) {
        if let connection { connection.whenRoomy(body) } else { body() }
    }

    /// Ends the connection of a client that does not read.
    func dropSlow() {
        connection?.close(.slowClient)
    }

    /// Ends every wait and lets go of the connection.
    func disconnected() {
        isConnected = false
        connection = nil
        socket = nil
        let waiting = acks
        acks = [:]
        for waiter in waiting.values {
            waiter.timeout.cancel()
            waiter.finish(.failure(AckFailure.disconnected))
        }
    }

    /// Sends a packet that the client is to acknowledge by the number `id`; `finish` is called exactly once.
    func ask(
        _ outgoing: Outgoing, _ packet: BroadcastPacket, id: UInt64, timeout: TimeAmount, on loop: any EventLoop,
        finish: @escaping @Sendable (Result<Arguments, any Error>) -> Void
    ) {
        guard isConnected else {
            finish(.failure(AckFailure.disconnected))
            return
        }
        guard acks.count < limits.maxPendingAcks else {
            finish(.failure(AckFailure.tooMany))
            return
        }
        let core = NIOLoopBound(self, eventLoop: loop)
        let timer = loop.scheduleTask(in: timeout) { core.value.giveUp(id, AckFailure.timeout) }
        // Before the packet is sent: the answer must find who waits for it.
        acks[id] = AckWaiter(finish: finish, timeout: timer)
        send(outgoing, packet)
    }

    /// Ends the wait for one acknowledgement without it.
    func giveUp(_ id: UInt64, _ failure: any Error) {
        guard let waiter = acks.removeValue(forKey: id) else { return }
        waiter.timeout.cancel()
        waiter.finish(.failure(failure))
    }

    /// Takes an acknowledgement; false for one that nobody waits for any more, which is ignored.
    func acknowledged(_ id: UInt64, _ arguments: Arguments) -> Bool {
        guard let waiter = acks.removeValue(forKey: id) else { return false }
        waiter.timeout.cancel()
        waiter.finish(.success(arguments))
        return true
    }
}

/// Why an acknowledgement did not come.
public enum AckFailure: Error, Equatable {
    case timeout
    case disconnected
    /// The client owes too many already.
    case tooMany
}
