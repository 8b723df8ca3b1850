import EngineIO
import NIOCore
import SocketIO

/// What load generators drive.
enum BenchApp {
    static func run(port: Int, group: any EventLoopGroup) async throws -> any Channel {
        let server = SocketServer(group: group)
        let namespace = server.namespace()
        namespace.onRaw("echo") { socket, event in
            try socket.emit("echo", event.arguments)
            return nil
        }
        namespace.onRaw("ack") { _, event in try Acknowledgement(event.arguments) }
        namespace.on("join") { (socket: Socket, room: String) in
            socket.join(room)
            _ = await socket.rooms()
            return "ok"
        }
        namespace.onRaw("broadcast") { _, event in
            let room: String = try event.arguments.decode(at: 0)
            let target = room.isEmpty ? namespace.everyone : namespace.to(room)
            let payload = try event.arguments.rawJSON(at: 2)
            for _ in 0..<(try event.arguments.decode(Int.self, at: 1)) { target.emit("msg", rawJSON: payload) }
            return try Acknowledgement("ok")
        }
        namespace.onRaw("ask") { socket, event in
            // Beside the socket's other events, which must not wait for the client's answer.
            Task {
                let answer = try await socket.ask("question", forwarding: event.arguments)
                try socket.emit("answered", answer)
            }
            return nil
        }
        return try await TestListener.bind([server.engine], port: port, group: group)
    }
}
