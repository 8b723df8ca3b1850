import EngineIO
import NIOCore
import SocketIO

/// The names of the channels of `@socket.io/redis-adapter` for one namespace.
struct NodeChannels {
    /// Everything for everyone; for a single room its name and another `#` follow.
    let broadcast: String
    let requests: String
    let responses: String
    /// Responses to this process alone, for servers that are set up to send them so.
    let ownResponses: String

    init(key: String, namespace: String, uid: String) {
        broadcast = "\(key)#\(namespace)#"
        requests = "\(key)-request#\(namespace)#"
        responses = "\(key)-response#\(namespace)#"
        ownResponses = "\(key)-response#\(namespace)#\(uid)#"
    }

    /// Where a broadcast to `target` is published.
    func channel(for target: Target) -> String {
        target.rooms.count == 1 ? broadcast + target.rooms[0] + "#" : broadcast
    }

    /// The only room that a broadcast on `channel` is for; nil when that is not said by the channel.
    func room(of channel: String) -> String? {
        guard channel.hasPrefix(broadcast), channel.utf8.count > broadcast.utf8.count + 1 else { return nil }
        return String(channel.dropFirst(broadcast.count).dropLast())
    }
}

/// The kinds of requests and responses, by their numbers on the wire.
enum NodeMessageType {
    static let sockets = 0
    static let allRooms = 1
    static let join = 2
    static let leave = 3
    static let disconnect = 4
    static let fetch = 5
    static let serverEvent = 6
    static let ask = 7
    static let asked = 8
    static let answered = 9
}

extension Target {
    /// The options of a request or broadcast.
    func options(flags: MessagePackValue? = [:]) -> MessagePackValue {
        var members: [MessagePackValue.Member] = [
            .init("rooms", .array(rooms.map { .string($0) })), .init("except", .array(except.map { .string($0) })),
        ]
        if let flags { members.append(.init("flags", flags)) }
        return .map(members)
    }

    /// Whom options mean; nil where there are none.
    init?(options: MessagePackValue?) {
        guard let options, case .map = options else { return nil }
        self.init(rooms: options["rooms"]?.texts ?? [], except: options["except"]?.texts ?? [])
    }
}

extension BroadcastPacket {
    /// The packet as Node's servers hand it on; bytes do not make it another kind.
    var nodePacket: MessagePackValue {
        get throws { ["type": 2, "data": try values, "nsp": .string(namespace)] }
    }

    var nodeFlags: MessagePackValue {
        var flags: [MessagePackValue.Member] = []
        if isVolatile { flags.append(.init("volatile", true)) }
        if !isCompressible { flags.append(.init("compress", false)) }
        return .map(flags)
    }

    /// Reads a packet and its options; nil for one of another kind or namespace.
    init?(node packet: MessagePackValue?, options: MessagePackValue?, namespace: String) {
        guard let packet, packet["type"]?.number == 2 || packet["type"]?.number == 5,
            packet["nsp"]?.text ?? "/" == namespace, let data = packet["data"]?.list
        else { return nil }
        let flags = options?["flags"]
        self.init(
            data, namespace: namespace, isVolatile: flags?["volatile"]?.truth == true,
            isCompressible: flags?["compress"]?.truth != false)
    }
}

extension SocketDescription {
    /// The socket as Node's servers tell it.
    func write(to text: inout ByteBuffer) {
        text.writeString("{\"id\":" + JSONText.quoted(id) + ",\"handshake\":")
        text.writeImmutableBuffer(handshake)
        text.writeString(",\"rooms\":[" + rooms.map { JSONText.quoted($0) }.joined(separator: ",") + "],\"data\":")
        text.writeImmutableBuffer(data)
        text.writeStaticString("}")
    }

    init?(node value: MessagePackValue) {
        guard let id = value["id"]?.text else { return nil }
        let empty = MessagePackValue.map([])
        self.init(
            id: id, rooms: value["rooms"]?.texts ?? [], handshake: (value["handshake"] ?? empty).json,
            data: (value["data"] ?? empty).json)
    }
}
