import Domain
import Foundation
import Storage
import Testing

@testable import App

/// Slow hosts, dead hosts, wrong clocks and pages that kill the program keep nobody else's watches from being checked.
@Suite("Nobody is kept waiting by others", .serialized)
struct FairnessTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fairness-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private static func watch(in message: [String: Any]) -> [String: Any]? {
        guard message["event"] as? String == "watch_update" else { return nil }
        return (message["data"] as? [String: Any])?["watch"] as? [String: Any]
    }

    @Test("a host whose pages hang keeps nobody from another's, with one worker and few places")
    func hangingHost() async throws {
        try await Stage.run(["FETCH_WORKERS": "1", "FETCH_IN_FLIGHT": "3"]) { stage in
            for page in 0..<40 { stage.site.hold("/hangs/\(page)") }
            stage.site.put("/quick", title: "Quick", "<p>here</p>")
            for page in 0..<40 { _ = try await stage.add("/hangs/\(page)") }
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true]])
            _ = try await client.next { $0["ack"] != nil }
            // Another name of this machine is another host.
            let added = try await stage.ask(
                "POST", "/api/v1/watch", json: ["url": "http://localhost:\(stage.sitePort)/quick"])
            let uuid = try #require(added.object["uuid"] as? String)
            _ = try await client.next {
                let watch = Self.watch(in: $0)
                return watch?["uuid"] as? String == uuid && watch?["result"] as? String == "first"
            }
            #expect((0..<40).reduce(0) { $0 + stage.site.requests(of: "/hangs/\($1)") } == 1, "one at a time")
            let health = try await stage.ask("GET", "/worker-health").object
            let status = try #require(health["worker_status"] as? [String: Any])
            #expect(status["busy_workers"] as? Int == 0, "what waits for a network takes no worker")
            #expect(status["in_flight"] as? Int == 1)
            #expect((health["lateness"] as? [String: Any])?["checks"] as? Int ?? 0 >= 2)
            let metrics = try await stage.ask("GET", "/metrics").body
            #expect(metrics.contains("turnstone_check_late_seconds{quantile=\"0.95\"}"))
            for page in 0..<40 { stage.site.release("/hangs/\(page)") }
        }
    }

    @Test("a page on which the program dies three times rests, and its watch says why, until somebody resumes it")
    func killer() async throws {
        try await withFolder { folder in
            try await SiteStage.run { site, sitePort in
                let database = folder.appending(path: "stage.db")
                site.put("/killer", FixtureSite.Page(contentType: "application/json", bytes: Array("{}".utf8)))
                site.put("/innocent", title: "Innocent", "<p>here</p>")
                let address = "http://127.0.0.1:\(sitePort)"
                var uuid = ""
                for death in 1...3 {
                    let serve = try await ServeProcess.start(database: database)
                    let client = try await Outside.socketClient(port: serve.port)
                    try client.send(["subscribe": ["all": true]])
                    _ = try await client.next { $0["ack"] != nil }
                    if death == 1 {
                        // It works on this page until its time limit.
                        let added = try await Stage.ask(
                            serve.port, "POST", "/api/v1/watch",
                            json: ["url": "\(address)/killer", "include_filters": ["jq:last(range(infinite))"]])
                        uuid = try #require(added.object["uuid"] as? String, "\(added.body)")
                    } else {
                        _ = try await Stage.ask(serve.port, "GET", "/api/v1/watch/\(uuid)?recheck=1")
                    }
                    _ = try await client.next {
                        let watch = Self.watch(in: $0)
                        return watch?["uuid"] as? String == uuid && watch?["step"] as? String == "comparing"
                    }
                    try await serve.process.kill()
                }
                let serve = try await ServeProcess.start(database: database)
                let watch = try await Stage.ask(serve.port, "GET", "/api/v1/watch/\(uuid)").object
                #expect(watch["paused"] as? Bool == true)
                #expect((watch["last_error"] as? String)?.contains("This page breaks the monitor") == true)
                let innocent = try await Stage.ask(
                    serve.port, "POST", "/api/v1/watch", json: ["url": "\(address)/innocent"])
                #expect(innocent.status == 201)
                let resumed = try await Stage.ask(
                    serve.port, "PUT", "/api/v1/watch/\(uuid)", json: ["paused": false, "include_filters": [String]()])
                #expect(resumed.status == 200, "\(resumed.body)")
                #expect(try await serve.process.terminate() == 0)
                let store = try Store.open(at: database.path)
                defer { try? store.close() }
                let left = try await store.watch(try #require(WatchID(uuid)))
                #expect(left?.paused == false)
            }
        }
    }

    @Test(
        "a wall clock that is a month ahead or an hour back, while it runs or at the start, makes no watch wait for that"
    )
    func wrongClock() async throws {
        try await withFolder { folder in
            try await SiteStage.run { site, sitePort in
                site.put("/page", title: "Page", "<p>here</p>")
                let database = folder.appending(path: "stage.db")
                let shim = folder.appending(path: "clock.so").path
                let offset = folder.appending(path: "offset")
                try Self.set(offset, hours: 30 * 24)
                let cc = try OutsideProcess(
                    "/usr/bin/cc",
                    [
                        "-shared", "-fPIC", "-o", shim,
                        Stage.root.appending(path: "Tests/EndToEndTests/Clients/clock.c").path,
                    ])
                #expect(try await cc.status() == 0)
                let clock = ["LD_PRELOAD": shim, "WALL_CLOCK_OFFSET": offset.path]
                let serve = try await ServeProcess.start(database: database, clock)
                let client = try await Outside.socketClient(port: serve.port)
                try client.send(["subscribe": ["all": true]])
                _ = try await client.next { $0["ack"] != nil }
                let added = try await Stage.ask(
                    serve.port, "POST", "/api/v1/watch", json: ["url": "http://127.0.0.1:\(sitePort)/page"])
                let uuid = try #require(added.object["uuid"] as? String)
                _ = try await client.next { Self.watch(in: $0)?["result"] as? String == "first" }
                // Put right while it runs, which it says.
                try Self.set(offset, hours: 0)
                while try await !serve.process.line().contains("the system's clock was set") {}
                let id = try #require(WatchID(uuid))
                #expect(try await Self.due(id, database) < 3 * 3600 + 60)
                // Back by an hour, by which it is not to be later.
                try Self.set(offset, hours: -1)
                while try await !serve.process.line().contains("the system's clock was set") {}
                #expect(try await Self.due(id, database) < 2 * 3600 + 60)
                // Ahead again, and put right while the program is stopped.
                try Self.set(offset, hours: 30 * 24)
                while try await !serve.process.line().contains("the system's clock was set") {}
                #expect(try await Self.due(id, database) > 29 * 86_400)
                #expect(try await serve.process.terminate() == 0)
                try Self.set(offset, hours: 0)
                let again = try await ServeProcess.start(database: database, clock)
                // It was brought back before the program said that it is ready.
                #expect(try await Self.due(id, database) < 3 * 3600 + 60)
                #expect(try await again.process.terminate() == 0)
            }
        }
    }

    private static func set(_ file: URL, hours: Int64) throws {
        let seconds = hours * 3600
        // In place, since the program has it mapped.
        if !FileManager.default.fileExists(atPath: file.path) { try Data(count: 8).write(to: file) }
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: withUnsafeBytes(of: seconds.littleEndian) { Data($0) })
        try handle.close()
    }

    /// In how many seconds, by the right clock, the watch is due.
    private static func due(_ watch: WatchID, _ database: URL) async throws -> Double {
        let store = try Store.open(at: database.path)
        defer { try? store.close() }
        return try #require(try await store.watch(watch)?.state.nextDue).timeIntervalSinceNow
    }
}
