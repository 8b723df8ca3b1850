import Foundation
import HTTPTypes
import Testing

@testable import App

/// `turnstone explain`, run as a person runs it, beside the program that checks.
@Suite("turnstone explain", .serialized)
struct ExplainCommandTests {
    /// A watch on a stage whose database other processes may read.
    private struct Scene {
        let stage: Stage
        let database: URL
        let uuid: String
        let client: OutsideProcess

        func explain(_ arguments: String...) async throws -> (status: Int32, text: String) {
            try await ServeProcess.ended(["explain", uuid] + arguments, database: database, [:])
        }

        /// Has the watch checked and waits until `count` checks are stored.
        func check(_ count: Int) async throws {
            try client.send(["call": ["watch_operation", ["op": "recheck", "uuid": uuid]]])
            try await wait(count)
        }

        func wait(_ count: Int) async throws {
            _ = try await client.next { message in
                guard let data = message["data"] as? [String: Any], let watch = data["watch"] as? [String: Any] else {
                    return false
                }
                return watch["uuid"] as? String == uuid && watch["state"] as? String == "idle"
                    && (watch["recent"] as? [Any])?.count == count
            }
        }
    }

    private func run(
        _ page: String, _ fields: [String: any Sendable] = [:], _ body: (Scene) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "explain-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appending(path: "explain.db")
        try await Stage.run(database: database) { stage in
            stage.site.put("/page", title: "P", page)
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true]])
            _ = try await client.next { $0["ack"] != nil }
            let uuid = try await stage.add("/page", fields)
            let scene = Scene(stage: stage, database: database, uuid: uuid, client: client)
            try await scene.wait(1)
            try await body(scene)
        }
    }

    @Test("the newest check is a table with rules by name, and a verdict that the status repeats")
    func records() async throws {
        try await run("<p>one</p><p>sold out</p>", ["trigger_text": ["sold out"]]) { scene in
            let first = try await scene.explain()
            #expect(first.status == 1, "\(first.text)")
            #expect(first.text.contains("First version stored"), "\(first.text)")
            try await scene.check(2)
            let same = try await scene.explain()
            #expect(same.status == 1)
            #expect(same.text.contains("No change: the page is byte-for-byte identical. It was last processed at 20"))
            scene.stage.site.put("/page", title: "P", "<p>two</p><p>sold out</p>")
            try await scene.check(3)
            let changed = try await scene.explain()
            #expect(changed.status == 0, "\(changed.text)")
            #expect(changed.text.contains("+ sold out  line 3: sold out"), "\(changed.text)")
            #expect(
                changed.text.hasSuffix(
                    "Change detected: the text is different from last time, and line 3 matches “sold out”."))
            scene.stage.site.put("/page", title: "P", "<p>two</p><p>in stock</p>")
            try await scene.check(4)
            let held = try await scene.explain("--checks", "9")
            #expect(held.status == 1)
            #expect(held.text.contains("- sold out  no match"), "\(held.text)")
            #expect(held.text.components(separatedBy: "Check ").count == 5, "\(held.text)")
            scene.stage.site.put("/page", FixtureSite.Page(status: .notFound, body: "gone"))
            try await scene.check(5)
            let failed = try await scene.explain()
            #expect(failed.status == 2)
            #expect(failed.text.contains("The check failed: Error 404"), "\(failed.text)")
            let json = try await scene.explain("--json", "--checks", "2")
            let read = try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [[String: Any]]
            #expect(read?.map { $0["result"] as? String } == ["failed", "unchanged"])
        }
    }

    @Test("settings are tried on a kept version, with what differs and what it would tell; nothing is stored")
    func trials() async throws {
        try await run("<p>price 5</p><p>ad 1</p>") { scene in
            scene.stage.site.put("/page", title: "P", "<p>price 5</p><p>ad 2</p>")
            try await scene.check(2)
            let now = try await scene.explain("--version", "latest")
            #expect(now.status == 0, "\(now.text)")
            #expect(now.text.contains("\n  - ad 1\n  + ad 2\n"), "\(now.text)")
            #expect(now.text.hasSuffix("A change would be detected: the text is different from last time."))
            let filtered = try await scene.explain("--version", "latest", "--set", "include_filters=p:first-of-type")
            #expect(filtered.status == 1, "\(filtered.text)")
            #expect(filtered.text.contains("+ p:first-of-type  1 found: price 5"), "\(filtered.text)")
            let both = try await scene.explain(
                "--version", "latest", "--set", "ignore_text=ad", "--set", "ignore_text=/pri.e/",
                "--set", "trim_text_whitespace=true", "--json")
            let read = try JSONSerialization.jsonObject(with: Data(both.text.utf8)) as? [String: Any]
            #expect(read?["result"] as? String == "same", "\(both.text)")
            let steps = (read?["steps"] as? [[String: Any]])?.compactMap { $0["step"] as? String }
            #expect(steps == ["read", "trim_text_whitespace", "ignore_text", "compare"])
            let fetching = try await scene.explain(
                "--version", "latest", "--set", "proxy=no-proxy", "--set", "tls_trust=self-signed",
                "--set", #"time_schedule_limit={"enabled": true, "timezone": "Europe/Vienna"}"#)
            #expect(fetching.status == 0, "\(fetching.text)")
            let failing = try await scene.explain("--version", "latest", "--set", "include_filters=#none")
            #expect(failing.status == 2, "\(failing.text)")
            #expect(failing.text.contains("- #none  no match"))
            let watch = try await scene.stage.ask("GET", "/api/v1/watch/\(scene.uuid)").object
            #expect(watch["ignore_text"] as? [String] == [])
        }
    }

    @Test("a first version that is held back can be explained, by number and by the moment it was the newest")
    func heldBack() async throws {
        try await run("<p>not yet</p>", ["trigger_text": ["now"]]) { scene in
            let history = try await scene.stage.ask("GET", "/api/v1/watch/\(scene.uuid)/history").object
            let version = try #require(history.keys.first)
            for name in [version, "latest", "2099-01-01T00:00:00Z"] {
                let tried = try await scene.explain("--version", name)
                #expect(tried.status == 1, "\(tried.text)")
                #expect(tried.text.contains("and no line matches the trigger text"), "\(tried.text)")
            }
        }
    }

    @Test(
        "what is wrong with the command line is said by the option, with what would be right",
        arguments: [
            (["--checks", "0"], 64, "--checks takes a number from 1 to 1000"),
            (["--set", "trigger_text=x"], 64, "--version latest"),
            (
                ["--version", "latest", "--set", "trigger=x"], 64,
                "--set trigger: there is no setting of that name; did you mean trigger_text"
            ),
            (["--version", "latest", "--set", "trigger_text"], 64, "--set trigger_text: must be name=value"),
            (["--version", "latest", "--set", "include_filters=json:$["], 64, "--set include_filters[0]"),
            (["--version", "latest", "--set", "paused=maybe"], 64, "--set paused: must be true or false"),
            (["--version", "latest", "--set", "proxy=nope"], 64, "--set proxy: There is no proxy named \"nope\""),
            (["--version", "latest", "--set", "tls_trust=maybe"], 64, "--set tls_trust"),
            (
                ["--version", "latest", "--set", #"time_schedule_limit={"monday": {"start_time": "25:00"}}"#], 64,
                "--set time_schedule_limit.monday.start_time"
            ),
            (
                ["--version", "yesterday"], 64,
                "--version yesterday: must be the number of a version, latest, or a time"
            ),
            (["--version", "5"], 64, "--version 5: this watch has no such version. Its versions: 1"),
            (["--version", "1999-01-01T00:00:00Z"], 64, "there was no version yet"),
        ])
    func mistakes(_ arguments: [String], _ status: Int32, _ words: String) async throws {
        try await run("<p>one</p>") { scene in
            let answer = try await ServeProcess.ended(
                ["explain", scene.uuid] + arguments, database: scene.database, [:])
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.text.contains(words), "\(answer.text)")
        }
    }

    @Test("a watch that is none, or is not there, is told apart")
    func unknown() async throws {
        try await run("<p>one</p>") { scene in
            let odd = try await ServeProcess.ended(["explain", "news"], database: scene.database, [:])
            #expect(odd.status == 64 && odd.text.contains("news is not the UUID of a watch"), "\(odd.text)")
            let gone = try await ServeProcess.ended(["explain", "\(UUID())"], database: scene.database, [:])
            #expect(gone.status == 3 && gone.text.contains("There is no watch"), "\(gone.text)")
        }
    }
}
