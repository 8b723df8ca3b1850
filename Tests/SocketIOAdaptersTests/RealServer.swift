import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SocketTestKit

/// Programs of Debian's, started on ports of the tests' own.
enum RealServer {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    static func script(_ name: String) throws -> String {
        guard let file = Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Servers") else {
            throw Missing(description: "\(name) is not among the resources of the tests")
        }
        return file.path
    }

    // MARK: ports

    private static let taken = NIOLockedValueBox<Set<Int>>([])

    /// A port that nobody listens on and that no outgoing connection is given: below the range the kernel takes those
    /// from, where one that was free a moment ago may be anybody's now.
    static func freePort() async throws -> Int {
        for _ in 0..<1_000 {
            let port = Int.random(in: 12_000..<32_000)
            guard taken.withLockedValue({ $0.insert(port).inserted }) else { continue }
            let bind = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1).bind(host: "127.0.0.1", port: port)
            guard let channel = try? await bind.get() else { continue }
            try await channel.close()
            return port
        }
        throw Missing(description: "no port between 12000 and 32000 is free")
    }

    // MARK: servers

    static func redis(port: Int, settings: [String] = []) async throws -> RealProgram {
        let program = try RealProgram(
            path(of: "redis-server", "/usr/bin/redis-server", package: "redis-server"),
            [
                "--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--appendonly", "no", "--daemonize", "no",
            ] + settings, grace: 0)
        try await program.line(containing: "Ready to accept connections")
        return program
    }

    /// With `tls` it also listens on that port, with the certificate in that folder.
    static func rabbit(port: Int, tls: (port: Int, folder: String)? = nil) async throws -> RealProgram {
        _ = try path(of: "RabbitMQ", "/usr/lib/rabbitmq/bin/rabbitmq-server", package: "rabbitmq-server")
        let program = try RealProgram(
            "/bin/sh",
            [script("rabbitmq.sh"), "\(port)", "\(await freePort())", "\(await freePort())"]
                + (tls.map { ["\($0.port)", $0.folder] } ?? []), grace: 0)
        try await program.line(containing: "Server startup complete")
        return program
    }

    /// A new folder with a key and a certificate for `localhost`, which nobody vouches for but itself.
    static func certificate() async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnstone-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let openssl = try RealProgram(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
            ], grace: 20)
        try await openssl.end()
        return folder
    }

    private static func path(of name: String, _ path: String, package: String) throws -> String {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Missing(
                description:
                    "\(name) is not installed (\(path)); Debian's \(package) has it, `tools/setup test` installs it"
            )
        }
        return path
    }

    // MARK: shared ones

    /// The Redis of all tests that do not stop it.
    static let sharedRedis = Task { () -> Int in
        let port = try await freePort()
        keep(try await redis(port: port))
        return port
    }

    /// The RabbitMQ of all tests that do not stop it; it takes seconds to start.
    static let sharedRabbit = Task { () -> Int in
        let port = try await freePort()
        keep(try await rabbit(port: port))
        return port
    }

    /// Kept until the process ends, and their lifelines with them.
    private static let running = NIOLockedValueBox<[RealProgram]>([])

    private static func keep(_ program: RealProgram) {
        running.withLockedValue { $0.append(program) }
    }
}
