import EngineIO
import NIOCore
import SocketIO

/// What other processes say.
extension NodeAdapter {
    func heardBroadcast(_ message: ByteBuffer, on channel: String) {
        // Most messages for a room are for nobody here: that is known before they are read.
        if let room = channels.room(of: channel), !local.mayReach(Target(rooms: [room])) { return }
        guard let parts = try? MessagePackReader.read(message).list, parts.count >= 3, parts[0].text != uid,
            let target = Target(options: parts[2]), local.mayReach(target),
            let packet = BroadcastPacket(node: parts[1], options: parts[2], namespace: namespace)
        else { return }
        local.broadcast(packet, to: target)
    }

    func heardRequest(_ message: ByteBuffer) {
        guard let request = try? MessagePackValue.read(message), let type = request["type"]?.number, !isOwn(request)
        else { return }
        let id = request["requestId"]?.text
        switch type {
        case NodeMessageType.sockets: if let id { tellSockets(id, rooms: request["rooms"]?.texts ?? []) }
        case NodeMessageType.allRooms: if let id { tellRooms(id) }
        case NodeMessageType.join, NodeMessageType.leave, NodeMessageType.disconnect: obey(request, type)
        case NodeMessageType.fetch: if let id { describe(id, Target(options: request["opts"]) ?? Target()) }
        case NodeMessageType.serverEvent: heardServerEvent(request["data"]?.list ?? [], id)
        case NodeMessageType.ask: if let id { heardQuestion(request, id) }
        default: break
        }
    }

    /// Moves or disconnects sockets; older emitters name one socket and one room in place of options and rooms.
    private func obey(_ request: MessagePackValue, _ type: Int) {
        let one = request["sid"]?.text
        guard let target = Target(options: request["opts"]) ?? one.map({ Target(rooms: [$0]) }) else { return }
        let rooms = request["rooms"]?.texts ?? request["room"]?.text.map { [$0] } ?? []
        switch type {
        case NodeMessageType.join: local.join(target, rooms: rooms)
        case NodeMessageType.leave: local.leave(target, rooms: rooms)
        default: local.disconnect(target, close: request["close"]?.truth == true)
        }
    }

    private func respond(_ text: ByteBuffer) {
        redis.publish(text, on: channels.responses)
    }

    private func tellSockets(_ id: String, rooms: [String]) {
        Task {
            let found = await local.describe(Target(rooms: rooms)).map { MessagePackValue.string($0.id) }
            respond(MessagePackValue.map([.init("requestId", .string(id)), .init("sockets", .array(found))]).json)
        }
    }

    private func tellRooms(_ id: String) {
        Task {
            let rooms = Set(await local.describe(Target()).flatMap(\.rooms)).sorted()
            let names = MessagePackValue.array(rooms.map { .string($0) })
            respond(MessagePackValue.map([.init("requestId", .string(id)), .init("rooms", names)]).json)
        }
    }

    private func describe(_ id: String, _ target: Target) {
        Task {
            var text = ByteBuffer(string: "{\"requestId\":" + JSONText.quoted(id) + ",\"sockets\":[")
            for (index, socket) in await local.describe(target).enumerated() {
                if index > 0 { text.writeStaticString(",") }
                socket.write(to: &text)
            }
            text.writeStaticString("]}")
            respond(text)
        }
    }

    private func heardServerEvent(_ data: [MessagePackValue], _ id: String?) {
        guard let event = Event(data) else { return }
        Task {
            guard let answer = await local.received(event), let id else { return }
            let first = (try? answer.values.first) ?? .null
            let response: MessagePackValue = [
                "type": .int(Int64(NodeMessageType.serverEvent)), "requestId": .string(id), "data": first,
            ]
            respond(response.json)
        }
    }

    /// Asks the sockets here for another process: first how many there are, then each answer as it comes.
    private func heardQuestion(_ request: MessagePackValue, _ id: String) {
        let options = request["opts"]
        guard let target = Target(options: options),
            let packet = BroadcastPacket(node: request["packet"], options: options, namespace: namespace)
        else { return }
        let wait = options?["flags"]?["timeout"]?.number.map { min(max($0, 0), 3_600_000) }
        local.ask(packet, of: target, timeout: wait.map { .milliseconds(Int64($0)) } ?? .seconds(60)) { [self] count in
            let response: MessagePackValue = [
                "type": .int(Int64(NodeMessageType.asked)), "requestId": .string(id), "clientCount": .int(Int64(count)),
            ]
            respond(response.json)
        } answered: { [self] arguments in
            let response: MessagePackValue = [
                "type": .int(Int64(NodeMessageType.answered)), "requestId": .string(id),
                "packet": (try? arguments.values.first) ?? .null,
            ]
            respond(response.encoded)
        } ended: {
        }
    }

    func heardResponse(_ message: ByteBuffer) {
        guard let response = try? MessagePackValue.read(message), let id = response["requestId"]?.text,
            let waiting = waiting(id)
        else { return }
        switch (waiting, response["type"]?.number) {
        case (.sockets(let gathering), _):
            guard let sockets = response["sockets"]?.list else { return }
            gathering.processAnswered(sockets.compactMap { SocketDescription(node: $0) })
        case (.answers(let gathering), NodeMessageType.serverEvent):
            if let answer = Arguments([response["data"] ?? .null]) { gathering.processAnswered([answer]) }
        case (.answers(let gathering), NodeMessageType.asked):
            let count = max(0, response["clientCount"]?.number ?? 0)
            gathering.processAnswered([], announcing: count)
        case (.answers(let gathering), NodeMessageType.answered):
            if let answer = Arguments([response["packet"] ?? .null]) { gathering.add(answer) }
        default: break
        }
    }
}
