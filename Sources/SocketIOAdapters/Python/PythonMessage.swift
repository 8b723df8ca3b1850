import EngineIO
import Foundation
import NIOCore
import NIOFoundationCompat
import SocketIO

/// What servers and emitters of python-socketio (5.14 and later) tell each other: one JSON object for each message.
enum PythonMessage {
    case emit(BroadcastPacket, Target, callback: Callback?)
    /// The answer to an `emit` with a callback; heard by whom `host` names.
    case answer(host: String, id: UInt64, room: String, namespace: String, Arguments)
    case disconnect(socket: String, namespace: String)
    case enter(socket: String, room: String, namespace: String)
    case leave(socket: String, room: String, namespace: String)
    case closeRoom(String, namespace: String)

    /// Where the answers to an `emit` go.
    struct Callback: Equatable {
        var host: String
        var room: String
        var namespace: String
        var id: UInt64
    }

    var namespace: String {
        switch self {
        case .emit(let packet, _, _): packet.namespace
        case .answer(_, _, _, let namespace, _), .disconnect(_, let namespace), .enter(_, _, let namespace),
            .leave(_, _, let namespace), .closeRoom(_, let namespace):
            namespace
        }
    }
}

// MARK: writing

extension PythonMessage {
    /// The message as it is published by `host`; nil when it holds what the format cannot say.
    func encoded(from host: String) -> ByteBuffer? {
        var text = ByteBuffer(string: "{")
        switch self {
        case .emit(let packet, let target, let callback):
            guard let event = Event(json: packet.json, attachments: packet.attachments) else { return nil }
            text.write("method", string: "emit")
            text.write("event", string: event.name)
            text.writeStaticString("\"data\":")
            Self.write(event.arguments, to: &text)
            text.writeString(",\"binary\":\(!packet.attachments.isEmpty),")
            text.write("namespace", string: packet.namespace)
            text.write("room", oneOrMany: target.rooms)
            text.write("skip_sid", oneOrMany: target.except)
            text.writeStaticString("\"callback\":")
            text.writeString(
                callback.map { "[\(JSONText.quoted($0.room)),\(JSONText.quoted($0.namespace)),\($0.id)]," } ?? "null,")
        case .answer(let asker, let id, let room, let namespace, let arguments):
            guard arguments.attachments.isEmpty else { return nil }
            text.write("method", string: "callback")
            text.write("sid", string: room)
            text.write("namespace", string: namespace)
            text.writeString("\"id\":\(id),\"args\":")
            text.writeImmutableBuffer(arguments.jsonArray)
            text.writeStaticString(",")
            // The host that is meant, not the one that writes.
            text.write("host_id", string: asker, isLast: true)
            return text
        case .disconnect(let socket, let namespace):
            text.write("method", string: "disconnect")
            text.write("sid", string: socket)
            text.write("namespace", string: namespace)
        case .enter(let socket, let room, let namespace), .leave(let socket, let room, let namespace):
            text.write("method", string: isEnter ? "enter_room" : "leave_room")
            text.write("sid", string: socket)
            text.write("room", string: room)
            text.write("namespace", string: namespace)
        case .closeRoom(let room, let namespace):
            text.write("method", string: "close_room")
            text.write("room", string: room)
            text.write("namespace", string: namespace)
        }
        text.write("host_id", string: host, isLast: true)
        return text
    }

    private var isEnter: Bool { if case .enter = self { true } else { false } }

    /// The list of arguments; with bytes, a list of it and of the attachments in base64.
    private static func write(_ arguments: Arguments, to text: inout ByteBuffer) {
        guard !arguments.attachments.isEmpty else {
            text.writeImmutableBuffer(arguments.jsonArray)
            return
        }
        text.writeStaticString("[")
        text.writeImmutableBuffer(arguments.jsonArray)
        for bytes in arguments.attachments {
            text.writeString(",\"" + Data(buffer: bytes).base64EncodedString() + "\"")
        }
        text.writeStaticString("]")
    }
}

extension ByteBuffer {
    fileprivate mutating func write(_ key: String, string value: String, isLast: Bool = false) {
        writeString("\"\(key)\":" + JSONText.quoted(value) + (isLast ? "}" : ","))
    }

    /// As Python writes rooms: nothing, one, or a list.
    fileprivate mutating func write(_ key: String, oneOrMany values: [String]) {
        let quoted = values.map { JSONText.quoted($0) }
        let text =
            switch quoted.count {
            case 0: "null"
            case 1: quoted[0]
            default: "[" + quoted.joined(separator: ",") + "]"
            }
        writeString("\"\(key)\":\(text),")
    }
}

// MARK: reading

extension PythonMessage {
    /// Reads a message; nil for what is none, for one that has no effect, and for one that `host` sent itself.
    ///
    /// Pickled messages of versions before 5.14 are no JSON, and are never looked into.
    init?(_ text: ByteBuffer, for host: String) {
        guard let message = try? JSONReader.read(text), let method = message["method"]?.text else { return nil }
        let namespace = message["namespace"]?.text ?? "/"
        let sender = message["host_id"]?.text ?? ""
        if method == "callback" {
            guard sender == host, let id = message["id"]?.number.flatMap({ UInt64(exactly: $0) }),
                let arguments = Arguments(message["args"]?.list ?? [])
            else { return nil }
            self = .answer(
                host: sender, id: id, room: message["sid"]?.text ?? "", namespace: namespace, arguments)
            return
        }
        guard sender != host else { return nil }
        let (socket, room) = (message["sid"]?.text, message["room"]?.text)
        switch (method, socket, room) {
        case ("emit", _, _):
            guard let emit = Self.emit(message, namespace, sender) else { return nil }
            self = emit
        case ("disconnect", let socket?, _): self = .disconnect(socket: socket, namespace: namespace)
        case ("enter_room", let socket?, let room?): self = .enter(socket: socket, room: room, namespace: namespace)
        case ("leave_room", let socket?, let room?): self = .leave(socket: socket, room: room, namespace: namespace)
        case ("close_room", _, let room?): self = .closeRoom(room, namespace: namespace)
        default: return nil
        }
    }

    private static func emit(_ message: MessagePackValue, _ namespace: String, _ sender: String) -> PythonMessage? {
        guard let name = message["event"]?.text, let rooms = texts(message["room"]),
            let except = texts(message["skip_sid"]), message["room"]?.list?.isEmpty != true
        else { return nil }
        var data = message["data"] ?? .null
        var attachments: [ByteBuffer] = []
        if message["binary"]?.truth == true {
            guard let list = data.list, let first = list.first else { return nil }
            for base64 in list.dropFirst() {
                guard let text = base64.text, let bytes = Data(base64Encoded: text) else { return nil }
                attachments.append(ByteBuffer(bytes: bytes))
            }
            data = first
        }
        var writer = EventJSONWriter()
        writer.write(.array([.string(name)] + arguments(data)))
        // Checks the placeholders too, which the writer has left as they were.
        guard let event = Event(json: writer.text, attachments: attachments) else { return nil }
        let packet = BroadcastPacket(namespace: namespace, json: event.json, attachments: attachments)
        var callback: Callback?
        if let parts = message["callback"]?.list, parts.count == 3, let room = parts[0].text,
            let home = parts[1].text, let id = parts[2].number.flatMap({ UInt64(exactly: $0) })
        {
            callback = Callback(host: sender, room: room, namespace: home, id: id)
        }
        return .emit(packet, Target(rooms: rooms, except: except), callback: callback)
    }

    /// Python's `None` as the only argument means that there is none; what is no list (before 5.15.1) is one argument.
    private static func arguments(_ data: MessagePackValue) -> [MessagePackValue] {
        let list = data.list ?? [data]
        return list == [.null] ? [] : list
    }

    /// Nothing, one text or a list of texts; nil for anything else.
    private static func texts(_ value: MessagePackValue?) -> [String]? {
        switch value {
        case nil, .null: []
        case .string(let text): [text]
        case .array: value?.texts
        default: nil
        }
    }
}
