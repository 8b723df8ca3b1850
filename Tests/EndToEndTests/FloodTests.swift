import Foundation
import SocketTestKit
import Testing

@testable import App

/// Clients that take more than their share, against the program as a process of its own.
@Suite("Floods", .serialized, .timeLimit(.minutes(3)))
struct FloodTests {
    /// Runs `body` with a program started by a line of shell in which `$0` is the program.
    private func with(
        _ environment: [String: String] = [:], through line: String? = nil, _ body: (ServeProcess) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "flood-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appending(path: "a.db")
        let serve =
            if let line {
                try await ServeProcess.start(database: database, through: line)
            } else {
                try await ServeProcess.start(database: database, environment)
            }
        try await body(serve)
        #expect(try await serve.process.terminate() == 0)
    }

    /// A line of the program's /proc/…/status in bytes: `VmRSS` is what it has in memory, `VmHWM` the most that it had.
    private func memory(_ serve: ServeProcess, _ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(serve.process.processID)/status", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + ":") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1_024
    }

    private func connect(_ count: Int, _ port: Int, reads: Bool = true) async throws -> [RawClient] {
        var clients: [RawClient] = []
        for _ in 0..<count { clients.append(try await RawClient.connect(port, reads: reads)) }
        return clients
    }

    @Test("a form for which there is no room beside those that stall is told so")
    func noRoomForForms() async throws {
        try await with(["HTTP_BODY_TIMEOUT_SECONDS": "60", "HTTP_BODY_BYTES_TOTAL": "16777216"]) { serve in
            let clients = try await connect(450, serve.port)
            let head = "POST /form/add HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n"
            // Together more than the bound, and each so little that it is read before its connection ends.
            let body = String(repeating: "a", count: 40_000)
            let first = try await withThrowingTaskGroup(of: Int?.self) { tasks in
                for client in clients {
                    tasks.addTask {
                        try await client.send(head + body)
                        return try? await client.answer().status
                    }
                }
                let first = try await tasks.next()
                for client in clients { try? await client.close() }
                while try await tasks.next() != nil {}
                return first
            }
            #expect(first == 503)
        }
    }

    @Test("a thousand forms that stall one byte short hold no more than the bound, and each is told so")
    func stalledForms() async throws {
        try await with(["HTTP_BODY_TIMEOUT_SECONDS": "2", "HTTP_BODY_BYTES_TOTAL": "16777216"]) { serve in
            #expect(try await Stage.ask(serve.port, "GET", "/").status == 200)
            let before = try memory(serve, "VmHWM")
            let head = "POST /form/add HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n"
            let body = String(repeating: "a", count: 1_048_575)
            let statuses = try await withThrowingTaskGroup(of: Int?.self) { tasks in
                for client in try await connect(1_000, serve.port) {
                    tasks.addTask {
                        try await client.send(head)
                        // The server may close before all is written.
                        try? await client.send(body)
                        return try? await client.answer().status
                    }
                }
                return try await tasks.reduce(into: [Int?]()) { $0.append($1) }
            }
            #expect(statuses.allSatisfy { $0 == nil || $0 == 408 || $0 == 503 }, "\(Set(statuses))")
            #expect(statuses.contains(408))
            let grown = try memory(serve, "VmHWM") - before
            #expect(grown < 150_000_000, "grew by \(grown) bytes")
            let form = "url=https%3A%2F%2Fexample.org"
            #expect(try await Stage.ask(serve.port, "POST", "/form/add", form: form).status < 400)
        }
    }

    @Test("clients that do not read hold no more than the bound, and others read")
    func unreadAnswers() async throws {
        try await SiteStage.run { site, sitePort in
            site.put(
                "/large", .init(contentType: "text/plain", bytes: Array(repeating: UInt8(ascii: "a"), count: 500_000))
            )
            try await with(["HTTP_UNREAD_BYTES_TOTAL": "16777216"]) { serve in
                let client = try await Outside.socketClient(port: serve.port)
                try client.send(["subscribe": ["all": true]])
                _ = try await client.next { $0["ack"] != nil }
                let added = try await Stage.ask(
                    serve.port, "POST", "/api/v1/watch", json: ["url": "http://127.0.0.1:\(sitePort)/large"])
                let uuid = try #require(added.object["uuid"] as? String)
                _ = try await client.next { message in
                    let watch = (message["data"] as? [String: Any])?["watch"] as? [String: Any]
                    return watch?["result"] as? String == "first"
                }
                let path = "/api/v1/watch/\(uuid)/history/latest"
                #expect(try await Stage.ask(serve.port, "GET", path).body.utf8.count >= 500_000)
                let before = try memory(serve, "VmHWM")
                let clients = try await connect(400, serve.port, reads: false)
                for (index, client) in clients.enumerated() {
                    try await client.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nx-api-key: \(Stage.key)\r\n\r\n")
                    // Whoever reads is answered meanwhile; and what the answers cost while they are made is not meant.
                    guard index % 10 == 9 else { continue }
                    #expect(try await Stage.ask(serve.port, "GET", path).body.utf8.count >= 500_000)
                }
                let grown = try memory(serve, "VmHWM") - before
                #expect(grown < 80_000_000, "grew by \(grown) bytes")
            }
        }
    }

    /// A request for a new watch whose body is still to come, once the program has seen its head; nil when refused.
    private func held(_ port: Int) async throws -> RawClient? {
        let client = try await RawClient.connect(port)
        try await client.send(
            "POST /api/v1/watch HTTP/1.1\r\nHost: localhost\r\nx-api-key: \(Stage.key)\r\nExpect: 100-continue\r\n"
                + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
        let status = try await client.answer().status
        #expect(status == 100 || status == 503)
        return status == 100 ? client : nil
    }

    /// Sends the rest of a held request; the status of its answer.
    private func finish(_ client: RawClient) async throws -> Int {
        let json = #"{"url": "https://example.org/", "paused": true"#
        try await client.send(json + String(repeating: " ", count: 999 - json.utf8.count) + "}")
        return try await client.answer().status
    }

    @Test("with all connections taken the program says that it is alive, and idle ones give way")
    func connections() async throws {
        try await with(["HTTP_CONNECTIONS": "16", "HTTP_MIN_BYTES_PER_SECOND": "0"]) { serve in
            let idle = try await connect(16, serve.port)
            #expect(try await idle[0].get("/healthz").status == 200)
            #expect(try await connect(1, serve.port)[0].get("/healthz").status == 200)
            try await idle[1].closed()

            var busy: [RawClient] = []
            while let client = try await held(serve.port) { busy.append(client) }
            #expect(busy.count == 16)
            let refused = try await connect(1, serve.port)[0].get("/")
            #expect(refused.status == 503 && refused.headers["retry-after"] != nil)
            for path in ["/healthz", "/readyz", "/worker-health"] {
                #expect(try await connect(1, serve.port)[0].get(path).status == 200, "\(path)")
            }
            #expect(try await finish(busy[0]) == 201)
            #expect(try await connect(1, serve.port)[0].get("/").status == 200)
        }
    }

    @Test("without free descriptors newcomers are told so, watches are added, and no core is kept busy")
    func descriptors() async throws {
        try await with(through: "ulimit -n 128; HTTP_MIN_BYTES_PER_SECOND=0 exec \"$0\" serve") { serve in
            var busy: [RawClient] = []
            while let client = try await held(serve.port) { busy.append(client) }
            #expect((20..<128).contains(busy.count), "\(busy.count)")
            let crowd = try await connect(150, serve.port)
            let used = try cpuTicks(serve)
            for _ in 0..<100 {
                let health = try await RawClient.connect(serve.port)
                #expect(try await health.get("/healthz").status == 200)
                try? await health.close()
            }
            #expect(try cpuTicks(serve) - used < 100, "for a hundred answers a second is too much")
            for client in busy { #expect(try await finish(client) == 201) }
            for client in crowd { try? await client.close() }
        }
    }

    /// The processor time that the program has used, in hundredths of a second (proc(5), stat, fields 14 and 15).
    private func cpuTicks(_ serve: ServeProcess) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(serve.process.processID)/stat", encoding: .utf8)
        let fields = text[try #require(text.lastIndex(of: ")"))...].split(separator: " ")
        return try #require(Int(fields[12])) + #require(Int(fields[13]))
    }

    @Test("checks wait for descriptors instead of failing")
    func checksInLittleRoom() async throws {
        try await SiteStage.run { site, sitePort in
            site.put("/page", title: "Page", "<p>one</p>")
            let settings = "FETCH_WORKERS=100 FETCH_PER_HOST=100 API_KEY=\(Stage.key)"
            try await with(
                through: "ulimit -n 128; export \(settings) ALLOW_IANA_RESTRICTED_ADDRESSES=true; exec \"$0\" serve"
            ) {
                serve in
                let client = try await Outside.socketClient(port: serve.port)
                try client.send(["subscribe": ["all": true]])
                _ = try await client.next { $0["ack"] != nil }
                for index in 0..<60 {
                    let added = try await Stage.ask(
                        serve.port, "POST", "/api/v1/watch", json: ["url": "http://127.0.0.1:\(sitePort)/page?\(index)"]
                    )
                    #expect(added.status == 201)
                }
                var seen: [String: String] = [:]
                while seen.count < 60 {
                    let message = try await client.next { $0["event"] as? String == "watch_update" }
                    let watch = (message["data"] as? [String: Any])?["watch"] as? [String: Any]
                    guard let uuid = watch?["uuid"] as? String, let result = watch?["result"] as? String,
                        ["first", "failed", "changed"].contains(result)
                    else { continue }
                    seen[uuid] = result
                }
                #expect(seen.values.allSatisfy { $0 == "first" }, "\(Set(seen.values))")
            }
        }
    }

    @Test("with the memory used up only health is answered, and its budget is told")
    func memoryBudget() async throws {
        try await with(["MEMORY_BUDGET": "2G"]) { serve in
            let health = try await Stage.ask(serve.port, "GET", "/worker-health")
            let memory = health.object["memory"] as? [String: Any]
            #expect(memory?["budget_bytes"] as? Int == 2_147_483_648 && memory?["pressure"] as? String == "none")
            #expect((memory?["used_bytes"] as? Int ?? 0) > 1_000_000)
        }
        // Requests whose bodies are still to come take what there is, and give it back.
        let small = ["MEMORY_BUDGET": "140M", "HTTP_BODY_BYTES_TOTAL": "1000000000", "HTTP_BODY_TIMEOUT_SECONDS": "20"]
        try await with(small) { serve in
            #expect(try await Stage.ask(serve.port, "GET", "/").status == 200)
            var forms: [RawClient] = []
            while try await Stage.ask(serve.port, "GET", "/").status == 200 {
                let form = try await RawClient.connect(serve.port)
                try await form.send("POST /form/add HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n")
                try await form.send(String(repeating: "a", count: 1_048_575))
                forms.append(form)
                try #require(forms.count < 200)
            }
            let busy = try await Stage.ask(serve.port, "GET", "/api/v1/watch")
            #expect(busy.status == 503 && busy.body.contains("Memory is running out"), "\(busy.body)")
            #expect(try await Stage.ask(serve.port, "GET", "/healthz").status == 200)
            let health = try await Stage.ask(serve.port, "GET", "/worker-health").object["memory"] as? [String: Any]
            #expect(health?["pressure"] as? String == "critical", "\(String(describing: health))")
            for form in forms { try? await form.close() }
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "flood-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let (status, text) = try await ServeProcess.ended(
            database: folder.appending(path: "a.db"), ["MEMORY_BUDGET": "much"])
        #expect(status == 1 && text.contains("MEMORY_BUDGET can't be \"much\""), "\(text)")
    }
}
