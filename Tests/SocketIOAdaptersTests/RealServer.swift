import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SocketTestKit

/// Programs of Debian's, started on ports of the tests' own.
enum RealServer {
    static func script(_ name: String) throws -> String {
        guard let file = Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Servers") else {
            throw CocoaError(.fileNoSuchFile)
        }
        return file.path
    }

    static func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnstone-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }

    /// A port that nobody has at this moment.
    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }

    static func redis(port: Int, settings: [String] = []) async throws -> RealProgram {
        let program = try RealProgram("/bin/sh", [script("redis.sh"), folder(), "\(port)"] + settings)
        try await program.line(containing: "Ready to accept connections")
        return program
    }

    /// The Redis that tests share which do not stop it.
    static let sharedRedis = Task { () -> Int in
        let port = try await freePort()
        let program = try await redis(port: port)
        running.withLockedValue { $0.append(program) }
        return port
    }

    /// The RabbitMQ that tests share; it takes seconds to start.
    static let sharedRabbit = Task { () -> Int in
        let port = try await freePort()
        let program = try RealProgram("/bin/sh", [script("rabbitmq.sh"), folder(), "\(port)"])
        try await program.line(containing: "Server startup complete")
        running.withLockedValue { $0.append(program) }
        return port
    }

    /// Keeps shared programs until the process ends, and their standard input with it.
    private static let running = NIOLockedValueBox<[RealProgram]>([])
}
