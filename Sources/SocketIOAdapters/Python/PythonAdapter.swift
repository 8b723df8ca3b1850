public import Logging
public import NIOCore
public import SocketIO

/// Shares a channel with servers and write-only emitters of python-socketio 5.14 and later, over Redis or RabbitMQ.
///
/// Their format knows events for rooms and single sockets, an answer of one socket, and entering, leaving and
/// disconnecting single sockets. What it does not know fails with `AdapterFailure.notInFormat` or, where a call cannot
/// fail, is done for this process alone and logged: finding sockets, asking more than one, moving or disconnecting
/// whole rooms, events between servers, `except` with rooms (servers in Python leave out single sockets only; servers
/// of ours leave out the rooms too). Volatile events are not volatile elsewhere.
public struct PythonAdapter: Adapter {
    public let local: LocalRooms
    private let namespace: String
    private let channel: PythonChannel

    /// For `SocketServer`: its namespaces share `channel`, and are reached by whoever else listens there.
    public static func factory(
        over broker: any Broker, channel: String = "socketio", logger: Logger = Logger(label: "socketio.python")
    ) -> SocketServer.AdapterFactory {
        let shared = PythonChannel(channel, over: broker, logger: logger)
        return { namespace, local in
            shared.add(local, as: namespace)
            return PythonAdapter(local: local, namespace: namespace, channel: shared)
        }
    }

    public func mayReach(_ target: Target) -> Bool {
        !target.isLocal || local.mayReach(target)
    }

    public func broadcast(_ packet: BroadcastPacket, to target: Target) {
        local.broadcast(packet, to: target)
        guard !target.isLocal else { return }
        if target.except.contains(where: { !Self.mayBeSocket($0) }) {
            warn("rooms to leave out, for servers in Python")
        }
        if !channel.publish(.emit(packet, target, callback: nil)) { warn("an event that is none") }
    }

    public func ask(
        _ packet: BroadcastPacket, of target: Target, timeout: TimeAmount
    ) async throws -> BroadcastAnswers {
        if target.isLocal { return await local.ask(packet, of: target, timeout: timeout) }
        guard let socket = Self.sockets(of: target)?.first, target.rooms.count == 1 else {
            throw AdapterFailure.notInFormat("a question to more than one socket")
        }
        let mine = await local.ask(packet, of: target, timeout: timeout)
        guard mine.asked == 0 else { return mine }
        guard broker.state.isConnected else { throw AdapterFailure.away }
        let gathering = Gathering<Arguments>(processes: 1)
        let id = channel.expectAnswer { gathering.processAnswered([$0]) }
        defer { channel.forgetAnswer(id) }
        let callback = PythonMessage.Callback(host: channel.host, room: socket, namespace: namespace, id: id)
        channel.publish(.emit(packet, target, callback: callback))
        let result = await gathering.result(timeout: timeout, on: broker.eventLoop)
        return BroadcastAnswers(answers: result.answers, asked: 1)
    }

    private var broker: any Broker { channel.broker }

    public func fetchSockets(_ target: Target) async throws -> [SocketDescription] {
        guard target.isLocal else { throw AdapterFailure.notInFormat("finding sockets") }
        return await local.describe(target)
    }

    public func join(_ target: Target, rooms: [String]) {
        local.join(target, rooms: rooms)
        guard !target.isLocal else { return }
        guard let sockets = Self.sockets(of: target) else { return warn("whole rooms entering rooms") }
        for socket in sockets {
            for room in rooms { channel.publish(.enter(socket: socket, room: room, namespace: namespace)) }
        }
    }

    public func leave(_ target: Target, rooms: [String]) {
        local.leave(target, rooms: rooms)
        guard !target.isLocal else { return }
        for room in rooms {
            if target.except.isEmpty, target.rooms.isEmpty || target.rooms == [room] {
                channel.publish(.closeRoom(room, namespace: namespace))
            } else if let sockets = Self.sockets(of: target) {
                for socket in sockets { channel.publish(.leave(socket: socket, room: room, namespace: namespace)) }
            } else {
                warn("whole rooms leaving other rooms")
            }
        }
    }

    public func disconnect(_ target: Target, close: Bool) {
        local.disconnect(target, close: close)
        guard !target.isLocal else { return }
        guard let sockets = Self.sockets(of: target) else { return warn("disconnecting whole rooms") }
        for socket in sockets { channel.publish(.disconnect(socket: socket, namespace: namespace)) }
    }

    public func serverEmit(_ event: ServerEvent) {
        warn("events between servers")
    }

    public func serverAsk(_ event: ServerEvent, timeout: TimeAmount) async throws -> [Arguments] {
        throw AdapterFailure.notInFormat("events between servers")
    }

    public func close() async {
        channel.remove(local, as: namespace)
    }

    private func warn(_ what: String) {
        channel.logger.error("\(AdapterFailure.notInFormat(what))")
    }

    /// The single sockets that a target names; nil when it means anything else.
    private static func sockets(of target: Target) -> [String]? {
        guard !target.rooms.isEmpty, target.except.isEmpty, target.rooms.allSatisfy(mayBeSocket) else { return nil }
        return target.rooms
    }

    /// Sockets' own names have twenty characters here and in Python; those of version 3 clients have the namespace
    /// before that.
    private static func mayBeSocket(_ name: String) -> Bool {
        name.utf8.count == 20 || name.utf8.contains(UInt8(ascii: "#"))
    }
}
