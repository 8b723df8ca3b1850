import Foundation
import HTTPTypes
import Testing

@testable import App

/// A page changes, and whoever looks sees it: the whole program, a real site, a foreign Socket.IO client.
@Suite("The main job", .serialized)
struct MainJobTests {
    private static func updates(of uuid: String, in message: [String: Any], where condition: ([String: Any]) -> Bool)
        -> Bool
    {
        guard message["event"] as? String == "watch_update", let data = message["data"] as? [String: Any],
            let watch = data["watch"] as? [String: Any], watch["uuid"] as? String == uuid
        else { return false }
        return condition(watch)
    }

    @Test("a foreign client hears queued, checking and changed", arguments: ["polling", "websocket", "upgrade"])
    func foreignClient(transport: String) async throws {
        try await Stage.run { stage in
            stage.site.put("/news", title: "News", "<h1>News</h1><p>Nothing yet.</p>")
            let uuid = try await stage.add("/news")
            let client = try await Outside.socketClient(stage, transport)
            try client.send(["subscribe": ["watches": [uuid], "list": true]])
            let state = try await client.next { $0["ack"] != nil }
            let ack = try #require(state["ack"] as? [String: Any])
            #expect((ack["watches"] as? [Any])?.count == 1)
            let isFirst = ((ack["watches"] as? [[String: Any]])?.first?["result"] as? String) == "first"
            if !isFirst {
                _ = try await client.next { Self.updates(of: uuid, in: $0) { $0["result"] as? String == "first" } }
            }

            stage.site.put("/news", title: "News", "<h1>News</h1><p>Something happened.</p>")
            stage.site.hold("/news")
            try client.send(["call": ["watch_operation", ["op": "recheck", "uuid": uuid]]])
            _ = try await client.next { Self.updates(of: uuid, in: $0) { $0["state"] as? String == "checking" } }
            stage.site.release("/news")
            let changed = try await client.next {
                Self.updates(of: uuid, in: $0) {
                    $0["result"] as? String == "changed" && $0["state"] as? String == "idle"
                }
            }
            let watch = try #require((changed["data"] as? [String: Any])?["watch"] as? [String: Any])
            #expect(watch["history_n"] as? Int == 2)
            #expect(watch["unviewed"] as? Bool == true)

            // Announced means stored.
            let version = try #require(watch["newest_version"] as? Int)
            let text = try await stage.ask("GET", "/api/v1/watch/\(uuid)/history/\(version)")
            #expect(text.body.contains("Something happened."))
        }
    }

    @Test("a failure is told with its reason, and recovery too")
    func failure() async throws {
        try await Stage.run { stage in
            stage.site.put("/moody", FixtureSite.Page(status: .notFound, body: "gone"))
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true, "list": true]])
            _ = try await client.next { $0["ack"] != nil }
            let uuid = try await stage.add("/moody")
            let failed = try await client.next {
                Self.updates(of: uuid, in: $0) { $0["result"] as? String == "failed" }
            }
            let watch = try #require((failed["data"] as? [String: Any])?["watch"] as? [String: Any])
            #expect(watch["error_code"] as? String == "http_status")
            #expect((watch["error_text"] as? String)?.contains("404") == true)
            stage.site.put("/moody", title: "Back", "<p>Back again</p>")
            try client.send(["call": ["watch_operation", ["op": "recheck", "uuid": uuid]]])
            _ = try await client.next {
                Self.updates(of: uuid, in: $0) {
                    $0["has_error"] as? Bool == false && $0["result"] as? String == "first"
                }
            }
        }
    }

    @Test("a client hears only of what it looks at")
    func rooms() async throws {
        try await Stage.run { stage in
            stage.site.put("/seen", title: "Seen", "<p>one</p>")
            stage.site.put("/unseen", title: "Unseen", "<p>one</p>")
            let seen = try await stage.add("/seen")
            let unseen = try await stage.add("/unseen")
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["watches": [seen]]])
            _ = try await client.next { $0["ack"] != nil }
            try client.send(["call": ["watch_operation", ["op": "recheck", "uuid": unseen]]])
            _ = try await client.next { $0["ack"] != nil }
            let everything = try await Outside.socketClient(stage)
            try everything.send(["subscribe": ["all": true]])
            _ = try await everything.next { $0["ack"] != nil }
            try client.send(["call": ["watch_operation", ["op": "recheck", "uuid": unseen]]])
            _ = try await everything.next { Self.updates(of: unseen, in: $0) { $0["state"] as? String == "idle" } }
            try client.send(["call": ["watch_operation", ["op": "recheck", "uuid": seen]]])
            let first = try await client.next { $0["event"] as? String == "watch_update" }
            let watch = (first["data"] as? [String: Any])?["watch"] as? [String: Any]
            #expect(watch?["uuid"] as? String == seen)
        }
    }
}
