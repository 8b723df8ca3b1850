import EngineIO
import NIOCore
import NIOPosix
import SocketIO

/// Work that reports how far it is: `swift run ProgressExample [port]`, then from any Socket.IO client
/// `emit("start", 200, answer => …)` and `on("progress", (job, share) => …)`.
///
/// Progress is volatile: a client that cannot keep up misses steps, and never gets an old one late. Who loses the
/// connection asks again with `watch`.
@main
struct Progress {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000
        var configuration = SocketConfiguration()
        configuration.engine.origins = .any
        configuration.engine.cors = CORS()
        let group = MultiThreadedEventLoopGroup.singleton
        let server = SocketServer(group: group, configuration: configuration)
        let jobs = server.namespace()
        jobs.on("start") { (socket: Socket, steps: Int) in
            let job = "job-\(UInt32.random(in: 0 ... .max))"
            socket.join(job)
            Task { try await work(job, min(max(steps, 1), 1000), jobs) }
            return job
        }
        jobs.on("watch") { (socket: Socket, job: String) in socket.join(job) }
        let listener = try await EngineListener.bind(server.engine, port: port, group: group)
        print("work can be asked for at http://localhost:\(port)")
        try await listener.closed()
    }

    private static func work(_ job: String, _ steps: Int, _ jobs: Namespace) async throws {
        for step in 1...steps {
            try await Task.sleep(for: .milliseconds(20))
            try jobs.to(job).volatile.emit("progress", job, Double(step) / Double(steps))
        }
        try jobs.to(job).emit("done", job)
    }
}
