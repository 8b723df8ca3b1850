import EngineIO
import NIOCore
import NIOPosix
import SocketIO

/// A chat with rooms: `swift run ChatExample [port]`, then from any Socket.IO client
/// `io("http://localhost:3000", {auth: {name: "Ann"}})`, `emit("join", "tea")`, `emit("say", "tea", "Hello")`.
@main
struct Chat {
    private enum Name: SharedSocketKey {
        typealias Value = String
        static let name = "name"
    }

    private struct Login: Decodable {
        var name: String
    }

    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000
        var configuration = SocketConfiguration()
        // Any page may use this example, and who loses the connection comes back to the same rooms.
        configuration.engine.origins = .any
        configuration.engine.cors = CORS()
        configuration.recovery = ConnectionRecovery()
        let group = MultiThreadedEventLoopGroup.singleton
        let server = SocketServer(group: group, configuration: configuration)
        setUp(server.namespace())
        let listener = try await EngineListener.bind(server.engine, port: port, group: group)
        print("the chat is at http://localhost:\(port)")
        try await listener.closed()
    }

    private static func setUp(_ chat: Namespace) {
        chat.use { socket in
            guard let login: Login = try? socket.handshake.decodeAuth(), (1...40).contains(login.name.count) else {
                throw ConnectionRefused("Say who you are, in at most 40 characters")
            }
            socket[Name.self] = login.name
        }
        chat.on("join") { (socket: Socket, room: String) in
            socket.join(room)
            try socket.to(room).emit("joined", room, socket[Name.self])
        }
        chat.on("leave") { (socket: Socket, room: String) in
            socket.leave(room)
            try socket.to(room).emit("left", room, socket[Name.self])
        }
        chat.on("say") { (socket: Socket, room: String, text: String) in
            guard await socket.rooms().contains(room) else { return "You are not in this room" }
            try chat.to(room).emit("said", room, socket[Name.self], text)
            return "ok"
        }
        chat.on("members") { (_: Socket, room: String) in
            try await chat.to(room).fetchSockets().compactMap { try $0.description.value(Name.self) }
        }
        chat.onDisconnect { socket, _, rooms in
            for room in rooms { try? chat.to(room).emit("left", room, socket[Name.self]) }
        }
    }
}
