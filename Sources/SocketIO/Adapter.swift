public import EngineIO
public import NIOCore

/// Which sockets of a namespace are meant.
public struct Target: Sendable, Equatable {
    /// The union of these rooms; everyone when there are none. A socket's identifier is a room with only it inside.
    public var rooms: [String] = []
    /// Without the members of these rooms.
    public var except: [String] = []
    /// Only the sockets of this process.
    public var isLocal = false

    public init(rooms: [String] = [], except: [String] = [], isLocal: Bool = false) {
        self.rooms = rooms
        self.except = except
        self.isLocal = isLocal
    }
}

/// One event for many sockets: the finished packet, and its parts for adapters that pass it on to other processes.
public struct BroadcastPacket: Sendable {
    /// The event's JSON array, its name first, with placeholders for the attachments.
    public let json: ByteBuffer
    public let attachments: [ByteBuffer]
    /// What goes to each socket, encoded once.
    public let outgoing: Outgoing
}

/// Knows which sockets are in which rooms and reaches them, in this process and perhaps in others.
///
/// One adapter serves one namespace. An adapter for many processes publishes what it is asked to do, and does its own
/// part through the `LocalRooms` that it was made with, as `MemoryAdapter` does all of it.
public protocol Adapter: Sendable {
    /// Sends a packet to every socket of `target`.
    func broadcast(_ packet: BroadcastPacket, to target: Target)
    /// Puts every socket of `target` into `rooms`.
    func join(_ target: Target, rooms: [String])
    /// Takes every socket of `target` out of `rooms`.
    func leave(_ target: Target, rooms: [String])
    /// Disconnects every socket of `target`, and their whole connections when `close` is true.
    func disconnect(_ target: Target, close: Bool)
    /// Whether anybody could be in `target`: false only when that is certain, so that no work is done for nobody.
    func mayReach(_ target: Target) -> Bool
    /// Lets go of everything outside this process.
    func close() async
}

/// The adapter of a server that is alone.
public struct MemoryAdapter: Adapter {
    private let local: LocalRooms

    public init(_ local: LocalRooms) {
        self.local = local
    }

    public func broadcast(_ packet: BroadcastPacket, to target: Target) {
        local.broadcast(packet.outgoing, to: target)
    }

    public func join(_ target: Target, rooms: [String]) {
        local.join(target, rooms: rooms)
    }

    public func leave(_ target: Target, rooms: [String]) {
        local.leave(target, rooms: rooms)
    }

    public func disconnect(_ target: Target, close: Bool) {
        local.disconnect(target, close: close)
    }

    public func mayReach(_ target: Target) -> Bool {
        local.mayReach(target)
    }

    public func close() async {}
}
