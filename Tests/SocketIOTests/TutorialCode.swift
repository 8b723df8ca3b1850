import EngineIO
import NIOCore
import SocketIO

/// The code of the tutorial, compiled; TutorialTests holds the tutorial to it, word by word.
enum TutorialCode {
    enum Name: SharedSocketKey {
        typealias Value = String
        static let name = "name"
    }

    struct Login: Decodable {
        var name: String
    }

    static func serve(on group: any EventLoopGroup, port: Int) async throws -> EngineListener {
        let server = SocketServer(group: group)
        let chat = server.namespace("/")
        chat.on("hello") { (socket: Socket, name: String) in
            "Hello, \(name)"
        }
        chat.use { socket in
            guard let login: Login = try? socket.handshake.decodeAuth(), !login.name.isEmpty else {
                throw ConnectionRefused("Say who you are")
            }
            socket[Name.self] = login.name
        }
        chat.on("join") { (socket: Socket, room: String) in
            socket.join(room)
            try socket.to(room).emit("joined", socket[Name.self])
        }
        chat.on("say") { (socket: Socket, room: String, text: String) in
            try chat.to(room).emit("said", socket[Name.self], text)
        }
        chat.on("members") { (socket: Socket, room: String) in
            try await chat.to(room).fetchSockets().compactMap { try $0.description.value(Name.self) }.sorted()
        }
        chat.on("vote") { (socket: Socket, room: String, question: String) in
            let votes = try await chat.to(room).ask("vote", question, timeout: .seconds(30))
            return try votes.answers.count { try $0.decode(Bool.self, at: 0) }
        }
        chat.onDisconnect { socket, reason, rooms in
            for room in rooms { try? chat.to(room).emit("left", socket[Name.self], "\(reason)") }
        }
        let listener = try await EngineListener.bind(server.engine, port: port, group: group)
        return listener
    }
}
