public import Foundation
internal import Glibc
internal import Synchronization

/// nginx on 127.0.0.1, the well-behaved side of the tests: TLS with good and bad certificates, HTTP/2, gzip,
/// conditional requests.
///
/// The daemon's start returns only when it listens, so nobody has to wait for it; it ends with the process.
public final class Nginx: Sendable {
    /// One for all tests of a process.
    public static let shared = Result { try Nginx() }

    /// Signed the good, the wrong and the expired certificate.
    public let authority: String
    public let httpPort: Int
    public let httpsPort: Int
    public let wrongHostPort: Int
    public let expiredPort: Int
    public let selfSignedPort: Int
    private let folder: URL

    /// Paths that `prefix` has: `/5k`, `/50k` and `/300k` in bytes, `/gzip/page`, `/empty`.
    public static let sizes = ["5k": 5_000, "50k": 50_000, "300k": 300_000]

    private static let folders = Mutex<[String]>([])

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "nginx-\(UUID().uuidString)")
        let site = folder.appending(path: "site")
        try FileManager.default.createDirectory(at: site.appending(path: "gzip"), withIntermediateDirectories: true)
        for (name, size) in Self.sizes { try Self.page(size).write(to: site.appending(path: name)) }
        try Self.page(50_000).write(to: site.appending(path: "gzip/page"))
        try Data().write(to: site.appending(path: "empty"))
        authority = folder.appending(path: "ca.pem").path
        let ports = try (0..<5).map { _ in try RawServer.unusedPort() }
        (httpPort, httpsPort, wrongHostPort, expiredPort, selfSignedPort) = (
            ports[0], ports[1], ports[2], ports[3], ports[4]
        )
        try Self.run(Self.certificates, in: folder)
        try configuration().write(to: folder.appending(path: "nginx.conf"), atomically: true, encoding: .utf8)
        try Self.run("exec /usr/sbin/nginx -p . -c '\(folder.path)/nginx.conf'", in: folder)
        Self.folders.withLock { $0.append(folder.path) }
        atexit { Nginx.stopAll() }
    }

    /// The path of one of the files that are made here: `good.pem`, `good.key`, `self.pem`.
    public func file(_ name: String) -> String { folder.appending(path: name).path }

    /// What every page of so many bytes consists of.
    public static func page(_ size: Int) -> Data {
        let line = Array("A line of a page that is like many other lines.\n".utf8)
        return Data((0..<size).map { line[$0 % line.count] })
    }

    /// The folders go first: a server on its way out takes files of its own away, which would get in the way.
    private static func stopAll() {
        for folder in folders.withLock({ $0 }) {
            let pid = try? String(contentsOfFile: folder + "/nginx.pid", encoding: .utf8)
            try? FileManager.default.removeItem(atPath: folder)
            if let pid = Int32((pid ?? "").trimmingCharacters(in: .whitespacesAndNewlines)) { kill(pid, SIGTERM) }
        }
    }

    /// Foundation's `Process` waits until all who inherited its socket are gone, so for a daemon it would wait for
    /// ever.
    private static func run(_ script: String, in folder: URL) throws {
        let log = folder.path + "/log"
        let shell = "/bin/sh"
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = []
        for word in [shell, "-ec", "cd '\(folder.path)'\n\(script)"] { words.append(strdup(word)) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var pid = pid_t()
        var status: Int32 = 0
        let code = posix_spawn(&pid, shell, &files, nil, words, environ)
        guard code == 0, waitpid(pid, &status, 0) == pid, status == 0 else {
            throw FixtureError("nginx cannot be set up: " + ((try? String(contentsOfFile: log, encoding: .utf8)) ?? ""))
        }
    }

    private static let certificates = """
        key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        new() {
            openssl req -new $key -keyout "$1.key" -subj "/CN=$1" -out "$1.csr"
            echo "subjectAltName=$2" > "$1.ext"
            openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$3" -extfile "$1.ext" -out "$1.pem"
        }
        self() { openssl req -x509 $key -keyout "$1.key" -subj "/CN=$1" -out "$1.pem" -days 2; }
        self ca
        self self
        new good DNS:localhost,IP:127.0.0.1 2
        new wrong DNS:other.test 2
        new expired DNS:localhost,IP:127.0.0.1 -1
        """

    private func configuration() -> String {
        func server(_ port: Int, _ certificate: String?) -> String {
            let tls = certificate.map { "ssl_certificate \($0).pem; ssl_certificate_key \($0).key;" } ?? ""
            return """
                server {
                    listen 127.0.0.1:\(port)\(certificate == nil ? "" : " ssl http2") backlog=4096;
                    \(tls)
                    root \(folder.path)/site;
                    default_type text/html;
                    location /gzip/ { gzip on; gzip_types *; gzip_min_length 1; }
                }

                """
        }
        return """
            \(getuid() == 0 ? "user root;" : "")
            pid \(folder.path)/nginx.pid;
            error_log stderr crit;
            worker_processes 1;
            events { worker_connections 4096; }
            http {
                access_log off;
                keepalive_requests 1000000;
                client_body_temp_path \(folder.path)/t1; proxy_temp_path \(folder.path)/t2; fastcgi_temp_path \(folder.path)/t3;
                uwsgi_temp_path \(folder.path)/t4; scgi_temp_path \(folder.path)/t5;
            \(server(httpPort, nil))\(server(httpsPort, "good"))\(server(wrongHostPort, "wrong"))
            \(server(expiredPort, "expired"))\(server(selfSignedPort, "self"))
            }
            """
    }
}
