import Foundation
import Testing

@testable import App

/// What is left when the program ends, gently or not.
@Suite("Stopping", .serialized)
struct StoppingTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stopping-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.appending(path: "stage.db"))
    }

    private static func watch(in message: [String: Any]) -> [String: Any]? {
        guard message["event"] as? String == "watch_update" else { return nil }
        return (message["data"] as? [String: Any])?["watch"] as? [String: Any]
    }

    @Test("SIGTERM with a check under way exits with 0, and the check is done after the next start")
    func gently() async throws {
        try await withFolder { database in
            try await SiteStage.run { site, sitePort in
                site.put("/slow", title: "Slow", "<p>at last</p>")
                site.hold("/slow")
                let serve = try await ServeProcess.start(database: database, ["STOP_TIMEOUT_SECONDS": "0.5"])
                let client = try await Outside.socketClient(port: serve.port)
                try client.send(["subscribe": ["all": true]])
                _ = try await client.next { $0["ack"] != nil }
                let added = try await Stage.ask(
                    serve.port, "POST", "/api/v1/watch", json: ["url": "http://127.0.0.1:\(sitePort)/slow"])
                let uuid = try #require(added.object["uuid"] as? String)
                _ = try await client.next { Self.watch(in: $0)?["state"] as? String == "checking" }
                #expect(try await serve.process.terminate() == 0)
                let goodbye = try await client.next { $0["disconnected"] != nil }
                #expect(goodbye["disconnected"] != nil)
                site.release("/slow")

                let again = try await ServeProcess.start(database: database)
                let listener = try await Outside.socketClient(port: again.port)
                try listener.send(["subscribe": ["watches": [uuid]]])
                let ack = try await listener.next { $0["ack"] != nil }
                let state = ((ack["ack"] as? [String: Any])?["watches"] as? [[String: Any]])?.first
                if state?["result"] as? String != "first" {
                    _ = try await listener.next { Self.watch(in: $0)?["result"] as? String == "first" }
                }
                #expect(try await again.process.terminate() == 0)
            }
        }
    }

    @Test("a form that is half sent does not take the running checks' time")
    func halfSentForm() async throws {
        try await withFolder { database in
            try await SiteStage.run { site, sitePort in
                site.put("/slow", title: "Slow", "<p>at last</p>")
                site.hold("/slow")
                let serve = try await ServeProcess.start(database: database)
                let client = try await Outside.socketClient(port: serve.port)
                try client.send(["subscribe": ["all": true]])
                _ = try await client.next { $0["ack"] != nil }
                let added = try await Stage.ask(
                    serve.port, "POST", "/api/v1/watch", json: ["url": "http://127.0.0.1:\(sitePort)/slow"])
                let uuid = try #require(added.object["uuid"] as? String)
                _ = try await client.next { Self.watch(in: $0)?["state"] as? String == "checking" }
                let form = try OutsideProcess(
                    "/bin/bash",
                    [
                        "-c",
                        #"""
                        exec 3<>/dev/tcp/127.0.0.1/\#(serve.port)
                        printf 'POST /form/add HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nurl=' >&3
                        echo sent; cat <&3 >/dev/null; echo closed
                        """#,
                    ])
                #expect(try await form.line() == "sent")
                // Answered only after the form's head was read.
                for _ in 0..<4 { _ = try await Stage.ask(serve.port, "GET", "/healthz") }
                async let status = serve.process.terminate()
                #expect(try await form.line() == "closed")
                site.release("/slow")
                #expect(try await status == 0)

                // What is there now can only be of the check that ran during the stop.
                site.hold("/slow")
                let again = try await ServeProcess.start(database: database)
                let history = try await Stage.ask(again.port, "GET", "/api/v1/watch/\(uuid)/history")
                #expect(history.object.count == 1)
                site.release("/slow")
                #expect(try await again.process.terminate() == 0)
            }
        }
    }

    @Test("kill -9 during a thousand checks: nothing announced is missing, everything due is checked")
    func killed() async throws {
        let count = 1000
        try await withFolder { database in
            try await SiteStage.run { site, sitePort in
                for index in 0..<count { site.put("/page/\(index)", title: "Page \(index)", "<p>Text \(index)</p>") }
                let serve = try await ServeProcess.start(database: database, ["FETCH_PER_HOST": "8"])
                let client = try await Outside.socketClient(port: serve.port)
                try client.send(["subscribe": ["all": true]])
                _ = try await client.next { $0["ack"] != nil }
                for index in 0..<count {
                    let added = try await Stage.ask(
                        serve.port, "POST", "/api/v1/watch", json: ["url": "http://127.0.0.1:\(sitePort)/page/\(index)"]
                    )
                    #expect(added.status == 201)
                }
                var announced: [String: Int] = [:]
                while announced.count < count / 3 {
                    let message = try await client.next { Self.watch(in: $0)?["result"] as? String == "first" }
                    guard let watch = Self.watch(in: message), let uuid = watch["uuid"] as? String else { continue }
                    announced[uuid] = watch["newest_version"] as? Int
                }
                try await serve.process.kill()

                let again = try await ServeProcess.start(database: database, ["FETCH_PER_HOST": "8"])
                for (uuid, version) in announced {
                    let text = try await Stage.ask(again.port, "GET", "/api/v1/watch/\(uuid)/history/\(version)")
                    #expect(text.status == 200 && text.body.contains("Text"), "\(uuid) \(version)")
                }
                let list = try await Stage.ask(again.port, "GET", "/api/v1/watch")
                #expect(list.object.count == count)
                try await Self.waitUntilAllChecked(again, Array(list.object.keys))
                #expect(try await again.process.terminate() == 0)
            }
        }
    }

    /// Listens until every watch has its first snapshot.
    private static func waitUntilAllChecked(_ serve: ServeProcess, _ uuids: [String]) async throws {
        let listener = try await Outside.socketClient(port: serve.port)
        var missing = Set(uuids)
        try listener.send(["subscribe": ["all": true]])
        _ = try await listener.next { $0["ack"] != nil }
        let list = try await Stage.ask(serve.port, "GET", "/api/v1/watch")
        for (uuid, watch) in list.object where ((watch as? [String: Any])?["last_checked"] as? Int ?? 0) > 0 {
            missing.remove(uuid)
        }
        while !missing.isEmpty {
            let message = try await listener.next { Self.watch(in: $0)?["result"] as? String == "first" }
            if let uuid = Self.watch(in: message)?["uuid"] as? String { missing.remove(uuid) }
        }
    }
}
