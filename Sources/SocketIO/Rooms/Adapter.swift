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

/// Knows which sockets are in which rooms and reaches them, in this process and perhaps in others.
///
/// One adapter serves one namespace. An adapter for many processes publishes what it is asked to do, and does its own
/// part through the `LocalRooms` that it was made with; what it hears from other processes it does there too. Every
/// requirement but the first has a default that does this process's part alone.
public protocol Adapter: Sendable {
    /// The sockets of this process.
    var local: LocalRooms { get }

    /// Sends a packet to every socket of `target`.
    func broadcast(_ packet: BroadcastPacket, to target: Target)
    /// Sends a packet to every socket of `target` and returns when each has answered or gone, or `timeout` is over;
    /// throws where the processes share no way to ask so many.
    func ask(_ packet: BroadcastPacket, of target: Target, timeout: TimeAmount) async throws -> BroadcastAnswers
    /// Describes every socket of `target`.
    func fetchSockets(_ target: Target) async throws -> [SocketDescription]
    /// Puts every socket of `target` into `rooms`.
    func join(_ target: Target, rooms: [String])
    /// Takes every socket of `target` out of `rooms`.
    func leave(_ target: Target, rooms: [String])
    /// Disconnects every socket of `target`, and their whole connections when `close` is true.
    func disconnect(_ target: Target, close: Bool)
    /// Tells the other servers of the namespace; not this one.
    func serverEmit(_ event: ServerEvent)
    /// Asks the other servers of the namespace; one answer for each that gave one before `timeout`.
    func serverAsk(_ event: ServerEvent, timeout: TimeAmount) async throws -> [Arguments]
    /// Whether anybody could be in `target`: false only when that is certain, so that no work is done for nobody.
    func mayReach(_ target: Target) -> Bool
    /// Lets go of everything outside this process.
    func close() async
}

extension Adapter {
    public func broadcast(_ packet: BroadcastPacket, to target: Target) {
        local.broadcast(packet, to: target)
    }

    public func ask(
        _ packet: BroadcastPacket, of target: Target, timeout: TimeAmount
    ) async throws -> BroadcastAnswers {
        await local.ask(packet, of: target, timeout: timeout)
    }

    public func fetchSockets(_ target: Target) async throws -> [SocketDescription] {
        await local.describe(target)
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

    public func serverEmit(_ event: ServerEvent) {}

    public func serverAsk(_ event: ServerEvent, timeout: TimeAmount) async throws -> [Arguments] { [] }

    public func mayReach(_ target: Target) -> Bool {
        local.mayReach(target)
    }

    public func close() async {}
}

/// The adapter of a server that is alone.
public struct MemoryAdapter: Adapter {
    public let local: LocalRooms

    public init(_ local: LocalRooms) {
        self.local = local
    }
}
