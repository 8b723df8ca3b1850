import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Programs of Debian's, started on ports of the tests' own.
public enum RealServer {
    public struct Missing: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    // MARK: ports

    private static let taken = NIOLockedValueBox<Set<Int>>([])

    /// A port that nobody listens on and that no outgoing connection is given: below the range the kernel takes those
    /// from, where one that was free a moment ago may be anybody's now.
    public static func freePort() async throws -> Int {
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

    /// A Redis on a port of this machine (none for 0) and with these settings, which keeps nothing.
    public static func redis(port: Int, settings: [String] = []) async throws -> RealProgram {
        let program = try RealProgram(
            path(of: "redis-server", "/usr/bin/redis-server", package: "redis-server"),
            [
                "--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--appendonly", "no", "--daemonize", "no",
            ] + settings, grace: 0)
        try await program.line(containing: "eady to accept connections")
        return program
    }

    /// A new folder with a key and a certificate for `localhost`, which nobody vouches for but itself.
    public static func certificate() async throws -> String {
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

    /// A new folder with an authority (`authority.pem`) and a certificate for `localhost` that it vouches for.
    public static func authority() async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "turnstone-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        let root = try RealProgram(
            "openssl",
            ["req", "-x509"] + key + [
                "-subj", "/CN=An authority", "-keyout", "\(folder)/authority-key.pem", "-out",
                "\(folder)/authority.pem",
            ], grace: 20)
        try await root.end()
        let server = try RealProgram(
            "openssl",
            ["req", "-x509", "-CA", "\(folder)/authority.pem", "-CAkey", "\(folder)/authority-key.pem"] + key + [
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext",
                "basicConstraints=critical,CA:FALSE", "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
            ], grace: 20)
        try await server.end()
        return folder
    }

    /// The path of a program, or a sentence about where to get it.
    public static func path(of name: String, _ path: String, package: String) throws -> String {
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
    public static let sharedRedis = Task { () -> Int in
        let port = try await freePort()
        keep(try await redis(port: port))
        return port
    }

    /// Kept until the process ends, and their lifelines with them.
    private static let running = NIOLockedValueBox<[RealProgram]>([])

    /// Lets a program run until the tests end.
    public static func keep(_ program: RealProgram) {
        running.withLockedValue { $0.append(program) }
    }
}
