import EngineIO
import NIOConcurrencyHelpers
import NIOCore
import Synchronization

/// The rooms of one namespace in this process: one shard per event loop, and how many sockets each room has in all.
///
/// A broadcast goes to each loop once and there, without a lock, to each socket. The counts are only touched when
/// somebody joins or leaves.
public final class LocalRooms: Sendable {
    fileprivate struct Counts {
        var members: [String: Int] = [:]
        var everyone = 0
        /// Joins that have been asked for and wait for their event loop.
        var pendingJoins = 0
        var observer: (@Sendable (String, Bool) -> Void)?
        var membership: [@Sendable (String, String, Bool) -> Void] = []
        var changes: [(room: String, isOccupied: Bool)] = []
        var isTelling = false
    }

    private let shards: [LoopShard]
    private let counts = NIOLockedValueBox(Counts())
    private let maxRooms: Int
    let metrics: SocketMetrics
    /// Set when clients that lose their connection may come back.
    let log: RecoveryLog?
    private let nextAckID = Atomic<UInt64>(0)
    private let serverEvents = NIOLockedValueBox<(@Sendable (ServerEvent) async -> Acknowledgement?)?>(nil)

    private struct LoopShard: Sendable {
        let agenda: LoopAgenda
        let shard: NIOLoopBoundBox<RoomShard>

        /// Sends after everything that was asked for before.
        func send(_ outgoing: Outgoing, _ packet: BroadcastPacket, to target: Target, number: UInt64) {
            agenda.add(Broadcast(shard: shard, target: target, outgoing: outgoing, packet: packet, number: number))
        }
    }

    init(agendas: [LoopAgenda], configuration: SocketConfiguration, metrics: SocketMetrics) {
        self.metrics = metrics
        maxRooms = configuration.limits.maxRooms
        log = configuration.recovery.map { RecoveryLog($0) }
        shards = agendas.map { agenda in
            LoopShard(agenda: agenda, shard: NIOLoopBoundBox.makeBoxSendingValue(RoomShard(), eventLoop: agenda.loop))
        }
    }

    /// Whether a room has members in this process; cheap, and callable from anywhere.
    public func hasMembers(_ room: String) -> Bool {
        counts.withLockedValue { $0.members[room] != nil }
    }

    /// How many sockets are in the namespace in this process.
    public var count: Int { counts.withLockedValue { $0.everyone } }

    /// Whether anybody could be in `target`; who asked to join before this call counts as being there.
    public func mayReach(_ target: Target) -> Bool {
        // Those who are away hear it when they come back.
        if log != nil { return true }
        return counts.withLockedValue { counts in
            if counts.pendingJoins > 0 { return true }
            guard counts.everyone > 0 else { return false }
            // A socket's own identifier is a room too, and not counted.
            return target.rooms.isEmpty || target.rooms.contains { counts.members[$0] != nil || Self.mayBeID($0) }
        }
    }

    /// Sockets' own names: twenty characters, or for clients of version 3 the namespace before that.
    private static func mayBeID(_ room: String) -> Bool {
        room.utf8.count == 20 || room.utf8.contains(UInt8(ascii: "#"))
    }

    /// A number for an acknowledgement, of no other in this namespace, so that one packet can ask many sockets.
    func makeAckID() -> UInt64 {
        nextAckID.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    public func broadcast(_ packet: BroadcastPacket, to target: Target) {
        metrics.sent()
        guard let log, !packet.isVolatile else {
            let outgoing = packet.encoded()
            for entry in shards {
                if entry.agenda.loop.inEventLoop {
                    visit(entry, target) { $0.send(outgoing, packet) }
                } else {
                    entry.send(outgoing, packet, to: target, number: 0)
                }
            }
            return
        }
        log.append(packet, to: target) { outgoing, number in
            for entry in shards { entry.send(outgoing, packet, to: target, number: number) }
        }
    }

    /// Sends to those whom `takes` says yes to, given how many bytes wait for each; asked on the socket's event loop.
    func offer(
        _ packet: BroadcastPacket, to target: Target, _ takes: @escaping @Sendable (Socket, Int) -> Bool
    ) {
        metrics.sent()
        let outgoing = packet.encoded()
        for entry in shards {
            visit(entry, target) { core in
                guard core.isConnected, let socket = core.socket, takes(socket, core.waitingBytes) else { return }
                core.send(outgoing, packet)
            }
        }
    }

    /// Calls `body` on each event loop with each socket that `target` means, when nothing else is to be done there, and
    /// `done` after the last.
    func walk(
        _ target: Target, _ body: @escaping @Sendable (SocketCore) -> Void, done: @escaping @Sendable () -> Void
    ) {
        let left = NIOLockedValueBox(shards.count)
        for entry in shards {
            entry.agenda.go(Visit(shard: entry.shard, target: target, body: body)) {
                let isLast = left.withLockedValue { left in
                    left -= 1
                    return left == 0
                }
                if isLast { done() }
            }
        }
    }

    private func visit(_ entry: LoopShard, _ target: Target, _ body: @escaping @Sendable (SocketCore) -> Void) {
        entry.agenda.run(Visit(shard: entry.shard, target: target, body: body))
    }

    public func join(_ target: Target, rooms: [String]) {
        counts.withLockedValue { $0.pendingJoins += shards.count }
        onEachShard { [self] shard, _ in
            shard.forEach(in: target) { join($0, rooms, shard) }
            joinDone()
        }
    }

    /// A join of one socket was asked for; `joinDone` follows on its event loop.
    func joinAsked() {
        counts.withLockedValue { $0.pendingJoins += 1 }
    }

    func joinDone() {
        counts.withLockedValue { $0.pendingJoins -= 1 }
    }

    public func leave(_ target: Target, rooms: [String]) {
        onEachShard { [self] shard, _ in shard.forEach(in: target) { leave($0, rooms, shard) } }
    }

    public func disconnect(_ target: Target, close: Bool) {
        onEachShard { shard, _ in shard.forEach(in: target) { $0.socket?.disconnect(close: close) } }
    }

    /// Has `handler` answer the events of other servers.
    func onServerEvent(_ handler: @escaping @Sendable (ServerEvent) async -> Acknowledgement?) {
        serverEvents.withLockedValue { $0 = handler }
    }

    /// Gives the application an event from another server; returns what it answered, nil when nobody handles it.
    public func received(_ event: ServerEvent) async -> Arguments? {
        guard let handler = serverEvents.withLockedValue({ $0 }), let answer = await handler(event) else { return nil }
        return Arguments(json: answer.encoded.closed, attachments: answer.encoded.attachments)
    }

    var loopCount: Int { shards.count }

    /// Runs `body` on each event loop, at once where that is this one.
    func onEachShard(_ body: @escaping @Sendable (RoomShard, any EventLoop) -> Void) {
        for entry in shards { entry.agenda.run { body(entry.shard.value, entry.agenda.loop) } }
    }
}

// MARK: one socket, on its own loop

extension LocalRooms {
    /// The shard of a loop; nil for a loop that is not of this server's group. Must be called on `loop`.
    private func shard(of loop: any EventLoop) -> RoomShard? {
        shards.first { $0.agenda.loop === loop }?.shard.value
    }

    /// What is to be done on a loop; nil for a loop that is not of this server's group.
    func agenda(of loop: any EventLoop) -> LoopAgenda? {
        shards.first { $0.agenda.loop === loop }?.agenda
    }

    /// Adds a socket; false when its loop is not of this server's group.
    func add(_ core: SocketCore, loop: any EventLoop) -> Bool {
        guard let shard = shard(of: loop) else { return false }
        shard.add(core)
        counts.withLockedValue { $0.everyone += 1 }
        return true
    }

    /// Takes a socket out of everything; returns the rooms that it was in.
    func remove(_ core: SocketCore, loop: any EventLoop) -> [String] {
        guard let shard = shard(of: loop), core.place != nil else { return [] }
        let left = shard.remove(core)
        let membership = counts.withLockedValue { counts in
            counts.everyone -= 1
            for room in left { counts.change(room, by: -1) }
            return counts.membership
        }
        for observer in membership { for room in left { observer(core.id, room, false) } }
        tellObserver()
        return left
    }

    func join(_ core: SocketCore, _ rooms: [String], loop: any EventLoop) {
        if let shard = shard(of: loop) { join(core, rooms, shard) }
    }

    func leave(_ core: SocketCore, _ rooms: [String], loop: any EventLoop) {
        if let shard = shard(of: loop) { leave(core, rooms, shard) }
    }

    private func join(_ core: SocketCore, _ rooms: [String], _ shard: RoomShard) {
        for room in rooms where core.places.count < maxRooms && room != core.id && shard.join(core, room) {
            moved(core, room, by: 1)
        }
        tellObserver()
    }

    private func leave(_ core: SocketCore, _ rooms: [String], _ shard: RoomShard) {
        for room in rooms where shard.leave(core, room) { moved(core, room, by: -1) }
        tellObserver()
    }

    private func moved(_ core: SocketCore, _ room: String, by amount: Int) {
        let membership = counts.withLockedValue { counts in
            counts.change(room, by: amount)
            return counts.membership
        }
        for observer in membership { observer(core.id, room, amount > 0) }
    }
}

// MARK: the observer

extension LocalRooms {
    /// Has `observer` told whenever a room gets its first member (true) or loses its last (false), in order, one call
    /// at a time, on some event loop.
    func observe(_ observer: @escaping @Sendable (String, Bool) -> Void) {
        counts.withLockedValue { $0.observer = observer }
    }

    /// Has `observer` told of each socket that enters (true) or leaves a room, on the socket's event loop.
    func observeMembership(_ observer: @escaping @Sendable (_ id: String, _ room: String, _ isIn: Bool) -> Void) {
        counts.withLockedValue { $0.membership.append(observer) }
    }

    private func tellObserver() {
        let isMine = counts.withLockedValue { counts in
            guard !counts.isTelling, !counts.changes.isEmpty else { return false }
            counts.isTelling = true
            return true
        }
        guard isMine else { return }
        while let (observer, changes) = nextChanges() {
            for change in changes { observer?(change.room, change.isOccupied) }
        }
    }

    private func nextChanges() -> ((@Sendable (String, Bool) -> Void)?, [(room: String, isOccupied: Bool)])? {
        counts.withLockedValue { counts in
            guard !counts.changes.isEmpty else {
                counts.isTelling = false
                return nil
            }
            defer { counts.changes = [] }
            return (counts.observer, counts.changes)
        }
    }
}

extension LocalRooms.Counts {
    /// Counts a member in or out and notes when that makes the room occupied or empty.
    fileprivate mutating func change(_ room: String, by amount: Int) {
        let before = members[room] ?? 0
        let after = before + amount
        members[room] = after > 0 ? after : nil
        guard observer != nil, (before == 0) != (after == 0) else { return }
        changes.append((room, after > 0))
    }
}
