internal import SocketTestKit

/// Debian's proxies on 127.0.0.1: tinyproxy speaks HTTP, microsocks SOCKS5, and socat puts TLS in front of tinyproxy.
///
/// Each lives below a guard and ends with the process.
public final class RealProxies: Sendable {
    /// One set for all tests of a process.
    public static let shared = Task { try await RealProxies() }

    public static let user = "ann"
    /// tinyproxy takes no other marks.
    public static let password = "open.Sesame-1"
    /// With all that an address has to encode.
    public static let socksPassword = "open:Sesame@/1%"

    public let http: Int
    public let httpWithPassword: Int
    /// Its certificate is signed by nginx's authority, for localhost and 127.0.0.1.
    public let https: Int
    public let socks: Int
    public let socksWithPassword: Int
    private let programs: [RealProgram]

    private init() async throws {
        let ports = try (0..<5).map { _ in try RawServer.unusedPort() }
        (http, httpWithPassword, https, socks, socksWithPassword) = (ports[0], ports[1], ports[2], ports[3], ports[4])
        let nginx = try Nginx.shared.get()
        let tls = "bind=127.0.0.1,fork,reuseaddr,verify=0,cert=\(nginx.file("good.pem")),key=\(nginx.file("good.key"))"
        let login = ["-u", Self.user, "-P", Self.socksPassword]
        programs = [
            try Self.tinyproxy(http),
            try Self.tinyproxy(httpWithPassword, "BasicAuth \(Self.user) \(Self.password)"),
            try Self.start(https, ["socat", "OPENSSL-LISTEN:\(https),\(tls)", "TCP:127.0.0.1:\(http)"]),
            try Self.start(socks, ["microsocks", "-i", "127.0.0.1", "-p", "\(socks)"]),
            try Self.start(
                socksWithPassword, ["microsocks", "-i", "127.0.0.1", "-p", "\(socksWithPassword)"] + login),
        ]
        for program in programs { try await program.line(containing: "listens") }
    }

    private static func tinyproxy(_ port: Int, _ more: String = "") throws -> RealProgram {
        let configuration = """
            Port \(port)
            Listen 127.0.0.1
            Timeout 600
            MaxClients 100
            LogLevel Critical
            \(more)
            """
        return try start(port, ["tinyproxy", "-d", "-c", "settings"], file: configuration)
    }

    /// Starts a program and says "listens" when something accepts at its port, which these three say nothing of.
    private static func start(_ port: Int, _ command: [String], file: String = "") throws -> RealProgram {
        let script = """
            import os, socket, subprocess, sys
            os.environ["PATH"] += ":/usr/sbin"
            open("settings", "w").write(sys.argv[2])
            program = subprocess.Popen(sys.argv[3:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while program.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
                    print("listens", flush=True)
                    break
                except OSError:
                    os.sched_yield()
            sys.exit(program.wait())
            """
        return try RealProgram("python3", ["-I", "-c", script, "\(port)", file] + command, grace: 0)
    }
}
