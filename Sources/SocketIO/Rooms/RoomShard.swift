import EngineIO
import NIOCore

/// The sockets and rooms of one namespace on one event loop; confined to it, so that a broadcast takes no lock.
final class RoomShard {
    private var sockets: [String: SocketCore] = [:]
    private var everyone: [SocketCore] = []
    private var rooms: [String: [SocketCore]] = [:]
    private var broadcasts: UInt64 = 0

    /// Adds a socket; from then on its identifier is a room with only it inside.
    func add(_ core: SocketCore) {
        guard core.place == nil else { return }
        core.place = everyone.count
        everyone.append(core)
        sockets[core.id] = core
    }

    /// Takes a socket out of everything; returns the rooms that it was in.
    func remove(_ core: SocketCore) -> [String] {
        guard let place = core.place else { return [] }
        let left = Array(core.places.keys)
        for room in left { leave(core, room) }
        core.place = nil
        let last = everyone.removeLast()
        if last !== core {
            everyone[place] = last
            last.place = place
        }
        sockets[core.id] = nil
        return left
    }

    /// Puts a socket into a room; false when it was there already or is gone.
    func join(_ core: SocketCore, _ room: String) -> Bool {
        guard core.place != nil, core.places[room] == nil else { return false }
        core.places[room] = rooms[room]?.count ?? 0
        rooms[room, default: []].append(core)
        return true
    }

    /// Takes a socket out of a room; false when it was not in it.
    @discardableResult
    func leave(_ core: SocketCore, _ room: String) -> Bool {
        guard let place = core.places.removeValue(forKey: room), let last = rooms[room]?.popLast() else { return false }
        if last !== core {
            rooms[room]?[place] = last
            last.places[room] = place
        }
        if rooms[room]?.isEmpty == true { rooms[room] = nil }
        return true
    }

    /// How many sockets there are.
    var count: Int { everyone.count }

    /// The sockets that `target` means, as they are now.
    func members(of target: Target) -> [SocketCore] {
        if target.except.isEmpty {
            if target.rooms.isEmpty { return everyone }
            if target.rooms.count == 1 { return members(of: target.rooms[0]) }
        }
        var list: [SocketCore] = []
        forEach(in: target) { list.append($0) }
        return list
    }

    /// Calls `body` once with each socket that `target` means.
    func forEach(in target: Target, _ body: (SocketCore) -> Void) {
        if target.rooms.count == 1, target.except.isEmpty, let room = target.rooms.first {
            for core in members(of: room) { body(core) }
            return
        }
        if target.rooms.isEmpty, target.except.isEmpty {
            for core in everyone { body(core) }
            return
        }
        broadcasts += 1
        let lists = target.rooms.isEmpty ? [everyone] : target.rooms.map(members)
        for list in lists {
            for core in list where core.lastBroadcast != broadcasts {
                core.lastBroadcast = broadcasts
                if !target.except.isEmpty, target.except.contains(where: { $0 == core.id || core.places[$0] != nil }) {
                    continue
                }
                body(core)
            }
        }
    }

    private func members(of room: String) -> [SocketCore] {
        if let members = rooms[room] { return members }
        if let socket = sockets[room] { return [socket] }
        return []
    }
}
