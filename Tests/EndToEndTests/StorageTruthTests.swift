import Domain
import Foundation
import Glibc
import SocketTestKit
import Testing

@testable import App

/// The real program whose database is taken away, whose disk is full, or that has no descriptor left.
@Suite("What is stored, and what is said of it", .serialized)
struct StorageTruthTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "truth-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private static func add(_ serve: ServeProcess, _ url: String = "http://127.0.0.1:1/") async throws -> Stage.Answer {
        try await Stage.ask(serve.port, "POST", "/api/v1/watch", json: ["url": url])
    }

    private static func storeProblem(_ serve: ServeProcess) async throws -> String? {
        let ready = try await Stage.ask(serve.port, "GET", "/readyz")
        let parts = ready.object["parts"] as? [String: String]
        let problem = parts?["store"].flatMap { $0 == "ok" ? nil : $0 }
        if problem != nil { #expect(ready.status == 503) }
        return problem
    }

    /// The list as a person sees it.
    private static func page(_ serve: ServeProcess) async throws -> String {
        try await Stage.ask(serve.port, "GET", "/", headers: ["Accept": "text/html"]).body
    }

    /// Asks again and again until the database takes writes.
    private static func untilReady(_ serve: ServeProcess) async throws {
        while try await storeProblem(serve) != nil {}
    }

    /// Tells the program to stop; returns its status and what it said.
    private static func stop(_ serve: ServeProcess) async throws -> (status: Int32, text: String) {
        let status = try await serve.process.terminate()
        var lines: [String] = []
        while let line = try await serve.process.lineOrEnd() { lines.append(line) }
        return (status, lines.joined(separator: "\n"))
    }

    @Test("a database that is moved away is told, nothing is answered as saved, and all goes on when it is back")
    func movedAway() async throws {
        try await withFolder { folder in
            let (path, other) = (folder.appending(path: "a.db"), folder.appending(path: "b.db"))
            let serve = try await ServeProcess.start(database: path)
            #expect(try await Self.add(serve).status == 201)
            try FileManager.default.moveItem(at: path, to: other)
            let refused = try await Self.add(serve)
            #expect(refused.status == 503 && refused.body.contains("moved away"), "\(refused.body)")
            let page = try await Stage.ask(
                serve.port, "POST", "/form/add", form: "url=http%3A%2F%2F127.0.0.1%3A1%2F",
                headers: ["Accept": "text/html"])
            #expect(page.status == 503 && page.body.contains("The database is not available"), "\(page.body)")
            #expect(try await Self.storeProblem(serve)?.contains("put it back") == true)
            #expect(try await Self.page(serve).contains("class=\"notice banner bad\" role=\"status\">The database"))
            try FileManager.default.moveItem(at: other, to: path)
            // A check that ended meanwhile is stored first.
            try await Self.untilReady(serve)
            #expect(try await !Self.page(serve).contains("class=\"notice banner"))
            #expect(try await Self.add(serve).status == 201)
            #expect(try await Self.stop(serve).status == 0)
            let again = try await ServeProcess.start(database: path)
            #expect(try await Stage.ask(again.port, "GET", "/api/v1/watch").object.count == 2)
            #expect(try await again.process.terminate() == 0)
        }
    }

    @Test("a database that is deleted is told, and the stop says where its copy is and exits with 1")
    func deleted() async throws {
        try await withFolder { folder in
            let path = folder.appending(path: "a.db")
            let serve = try await ServeProcess.start(database: path)
            #expect(try await Self.add(serve).status == 201)
            try FileManager.default.removeItem(at: path)
            #expect(try await Self.add(serve).status == 503)
            #expect(try await Self.storeProblem(serve)?.contains("was deleted") == true)
            let (status, text) = try await Self.stop(serve)
            #expect(status == 1)
            #expect(text.contains("saved to \(path.path)-rescued"), "\(text)")
            #expect(!text.contains("all results are stored"), "\(text)")

            let missing = try await ServeProcess.ended(database: path, [:])
            #expect(missing.status == 1 && missing.text.contains("mount its volume or restore"), "\(missing.text)")
            try FileManager.default.moveItem(atPath: path.path + "-rescued", toPath: path.path)
            let again = try await ServeProcess.start(database: path)
            #expect(try await Stage.ask(again.port, "GET", "/api/v1/watch").object.count == 1)
            #expect(try await again.process.terminate() == 0)
        }
    }

    @Test("a database that is emptied is told, and the stop does not say that all is stored")
    func emptied() async throws {
        try await withFolder { folder in
            let path = folder.appending(path: "a.db")
            let serve = try await ServeProcess.start(database: path)
            #expect(try await Self.add(serve).status == 201)
            #expect(truncate(path.path, 0) == 0)
            #expect(try await Self.add(serve).status == 503)
            #expect(try await Self.storeProblem(serve)?.contains("was emptied") == true)
            let (status, text) = try await Self.stop(serve)
            #expect(status == 1 && text.contains("put a backup in its place"), "\(text)")
            #expect(!text.contains("all results are stored"), "\(text)")
        }
    }

    @Test("a second program is refused, by whatever name it reaches the database")
    func second() async throws {
        try await withFolder { folder in
            let path = folder.appending(path: "a.db")
            let serve = try await ServeProcess.start(database: path)
            let link = folder.appending(path: "link.db")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: path)
            let hard = folder.appending(path: "hard.db")
            try FileManager.default.linkItem(at: path, to: hard)
            for other in [path, link, hard] {
                let (status, text) = try await ServeProcess.ended(database: other, [:])
                #expect(status == 1 && text.contains("Another Turnstone is using"), "\(text)")
            }
            #expect(try await serve.process.terminate() == 0)
        }
    }

    @Test("a log that was deleted after a crash is told at the start and in /readyz, which stays ready")
    func logDeleted() async throws {
        try await withFolder { folder in
            let path = folder.appending(path: "a.db")
            let first = try await ServeProcess.start(database: path)
            #expect(try await first.process.terminate() == 0)
            let serve = try await ServeProcess.start(database: path)
            #expect(try await Self.add(serve).status == 201)
            try await serve.process.kill()
            try FileManager.default.removeItem(atPath: path.path + "-wal")
            let again = try await ServeProcess.start(database: path)
            let ready = try await Stage.ask(again.port, "GET", "/readyz")
            let notes = ready.object["notes"] as? [String] ?? []
            #expect(notes.contains { $0.contains("a.db-wal that it then leaves is missing") }, "\(ready.body)")
            #expect(try await Self.page(again).contains("a.db-wal that it then leaves is missing"))
            let (status, _) = try await Self.stop(again)
            #expect(status == 0)
        }
    }

    // MARK: - A full disk

    /// Runs the program with its database on a file system of 8 MB that only it sees; `disk` is where others find it.
    private static func onSmallDisk(
        _ folder: URL, before: String = "true", _ body: (_ serve: ServeProcess, _ disk: String) async throws -> Void
    ) async throws {
        let disk = folder.appending(path: "disk")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        // Whoever is not root may mount in a name space of his own users.
        let unshare = geteuid() == 0 ? "unshare -m" : "unshare -rm"
        let line =
            #"exec \#(unshare) sh -c 'mount -t tmpfs -o size=8m none "\#(disk.path)" && (cd "\#(disk.path)" && \#(before)) && exec "$0" serve' "$0""#
        let serve = try await ServeProcess.start(database: disk.appending(path: "a.db"), through: line)
        try await body(serve, "/proc/\(serve.process.processID)/root\(disk.path)")
    }

    /// Takes all room that is left.
    private static func fill(_ disk: String) throws {
        let file = open(disk + "/filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4096)
        while write(file, block, block.count) > 0 {}
    }

    @Test("when there is room again, the program is ready within seconds though nobody asks it for anything")
    func roomAgain() async throws {
        try await withFolder { folder in
            try await Self.onSmallDisk(folder) { serve, disk in
                #expect(try await Self.add(serve).status == 201)
                try Self.fill(disk)
                var refused = try await Self.add(serve)
                // What is left of the last page of the log may take one more.
                for _ in 0..<5 where refused.status == 201 { refused = try await Self.add(serve) }
                #expect(refused.status == 503 && refused.body.contains("No space is left"), "\(refused.body)")
                #expect(try await Self.storeProblem(serve) != nil)
                unlink(disk + "/filler")
                try await Self.untilReady(serve)
                #expect(try await Self.stop(serve).status == 0)
            }
        }
    }

    @Test("with a full disk it starts all the same, shows what is stored and says what it lacks")
    func startOnFullDisk() async throws {
        try await withFolder { folder in
            let saved = folder.appending(path: "saved")
            try FileManager.default.createDirectory(at: saved, withIntermediateDirectories: true)
            let first = try await ServeProcess.start(database: saved.appending(path: "a.db"))
            #expect(try await Self.add(first).status == 201)
            try await first.process.kill()
            let fill =
                #"cp --sparse=never "\#(saved.path)"/* . && { dd if=/dev/zero of=filler bs=1024 2>/dev/null; true; }"#
            try await Self.onSmallDisk(folder, before: fill) { serve, disk in
                #expect(try await Self.storeProblem(serve)?.contains("No space is left") == true)
                #expect(try await Stage.ask(serve.port, "GET", "/api/v1/watch").body.contains("http://127.0.0.1:1/"))
                #expect(try await Self.add(serve).status == 503)
                #expect(try await Self.page(serve).contains("No space is left"))
                unlink(disk + "/filler")
                try await Self.untilReady(serve)
                #expect(try await !Self.page(serve).contains("class=\"notice banner"))
                #expect(try await Self.add(serve).status == 201)
                #expect(try await Self.stop(serve).status == 0)
            }
        }
    }

    @Test("a stop with a full disk says how many results could not be saved, and exits with 1")
    func stopOnFullDisk() async throws {
        try await withFolder { folder in
            try await SiteStage.run { site, sitePort in
                site.put("/slow", title: "Slow", "<p>\(String(repeating: "much text ", count: 9000))</p>")
                site.hold("/slow")
                try await Self.onSmallDisk(folder) { serve, disk in
                    let client = try await Outside.socketClient(port: serve.port)
                    try client.send(["subscribe": ["all": true]])
                    _ = try await client.next { $0["ack"] != nil }
                    #expect(try await Self.add(serve, "http://127.0.0.1:\(sitePort)/slow").status == 201)
                    _ = try await client.next {
                        (($0["data"] as? [String: Any])?["watch"] as? [String: Any])?["state"] as? String == "checking"
                    }
                    try Self.fill(disk)
                    site.release("/slow")
                    while try await Self.storeProblem(serve) == nil {}
                    let (status, text) = try await Self.stop(serve)
                    #expect(status == 1)
                    #expect(text.contains("1 check result could not be saved: No space is left"), "\(text)")
                    #expect(!text.contains("all results are stored"), "\(text)")
                }
            }
        }
    }

    // MARK: - No descriptors

    @Test("without a descriptor left every new watch has an identifier of its own, or is refused")
    func identifiers() async throws {
        try await withFolder { folder in
            let serve = try await ServeProcess.start(database: folder.appending(path: "a.db"))
            var client = try await RawClient.connect(serve.port)
            let headers = ["x-api-key: \(Stage.key)", "Content-Type: application/json"]
            #expect(try await client.get("/healthz").status == 200)
            // As many as it has on this machine, and some more.
            let process = serve.process.processID
            let most = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count + 20
            let limiting = try OutsideProcess(
                "/usr/bin/prlimit", ["--pid", "\(process)", "--nofile=\(most):\(most)"])
            #expect(try await limiting.status() == 0)
            // More than there are descriptors for; those beyond wait in the kernel or are turned away.
            var crowd: [RawClient] = []
            for _ in 0..<100 { if let other = try? await RawClient.connect(serve.port) { crowd.append(other) } }
            for other in crowd.prefix(20) { try? await other.send("GET /healthz HTTP/1.1\r\n") }
            var ids: Set<String> = []
            for number in 0..<20 {
                let body = #"{"url":"http://127.0.0.1:1/\#(number)"}"#
                guard let answer = try? await client.post("/api/v1/watch", body, headers: headers) else {
                    // It rested while others came, and has made room for them.
                    client = try await Self.connected(serve.port)
                    continue
                }
                #expect([201, 503].contains(answer.status), "\(answer.body)")
                guard answer.status == 201 else { continue }
                let object = try JSONSerialization.jsonObject(with: Data(answer.bytes)) as? [String: Any]
                let uuid = try #require(object?["uuid"] as? String)
                #expect(uuid.contains(/^[0-9a-f-]{14}4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/), "\(uuid)")
                #expect(!uuid.hasPrefix("00000000"))
                #expect(ids.insert(uuid).inserted, "\(uuid) is there already")
            }
            #expect(!ids.isEmpty)
            for other in crowd { try? await other.close() }
            try? await client.close()
            client = try await Self.connected(serve.port)
            for id in ids { #expect(try await client.get("/api/v1/watch/\(id)", headers: headers).status == 200) }
            try await client.close()
            #expect(try await Self.stop(serve).status == 0)
        }
    }

    /// A connection as soon as there is one: without descriptors the server turns some away.
    private static func connected(_ port: Int) async throws -> RawClient {
        while true {
            try Task.checkCancellation()
            if let client = try? await RawClient.connect(port) { return client }
        }
    }

    // MARK: - Looking through it

    @Test("check-database says that all is well beside the running program, and what to do about damage")
    func checkDatabase() async throws {
        try await withFolder { folder in
            let path = folder.appending(path: "a.db")
            let serve = try await ServeProcess.start(database: path)
            for _ in 0..<30 { #expect(try await Self.add(serve).status == 201) }
            let well = try await ServeProcess.ended(["check-database"], database: path, [:])
            #expect(well.status == 0 && well.text.contains("is well, 30 watches"), "\(well.text)")
            #expect(try await Self.stop(serve).status == 0)

            let file = try FileHandle(forUpdating: path)
            try file.seek(toOffset: 8192)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 65_536))
            try file.close()
            let damaged = try await ServeProcess.ended(["check-database", "--path", path.path], database: path, [:])
            #expect(damaged.status == 1)
            for part in ["damaged: ", "restore a backup", ".recover"] { #expect(damaged.text.contains(part)) }
            let json = try await ServeProcess.ended(["check-database", "--json"], database: path, [:])
            let object = try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [String: Any]
            #expect(json.status == 1 && object?["well"] as? Bool == false)
            #expect((object?["findings"] as? [[String: String]])?.contains { $0["kind"] == "damaged" } == true)
            let none = try await ServeProcess.ended(
                ["check-database", "--path", folder.appending(path: "none.db").path], database: path, [:])
            #expect(none.status == 1 && none.text.contains("missing: "), "\(none.text)")
        }
    }
}
