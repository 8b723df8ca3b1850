import Foundation
import Testing

@testable import App

/// What those who look after it ask, and what they can change.
@Suite("Looking after it")
struct HealthTests {
    @Test("alive, ready and what version")
    func ready() async throws {
        try await Stage.run { stage in
            let alive = try await stage.ask("GET", "/healthz")
            #expect(alive.status == 200)
            let version = try await stage.ask("GET", "/version")
            #expect(version.object["version"] as? String == Turnstone.version)
            // The scheduler's first look may be a moment away; what it says until then is that, and nothing else.
            let ready = try await stage.ask("GET", "/readyz")
            let parts = ready.object["parts"] as? [String: String] ?? [:]
            #expect(Set(parts.keys) == ["store", "scheduler", "workers", "queue"])
            #expect(parts["store"] == "ok" && parts["queue"] == "ok", "\(parts)")
        }
    }

    @Test("/worker-health, /queue-status and /gc-cleanup answer with the incumbent's fields")
    func incumbentEndpoints() async throws {
        try await Stage.run(["FETCH_WORKERS": "1"]) { stage in
            stage.site.put("/slow", title: "Slow", "<p>slow</p>")
            stage.site.hold("/slow")
            defer { stage.site.release("/slow") }
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true]])
            _ = try await client.next { $0["ack"] != nil }
            let first = try await stage.add("/slow")
            _ = try await client.next {
                ((($0["data"] as? [String: Any])?["watch"]) as? [String: Any])?["state"] as? String == "checking"
            }
            let second = try await stage.add("/slow?second")
            _ = try await stage.ask("GET", "/api/v1/watch/\(second)?recheck=1")

            let health = try await stage.ask("GET", "/worker-health").object
            let workers = try #require(health["worker_status"] as? [String: Any])
            #expect(workers["running_uuids"] as? [String] == [first])
            #expect((health["health_check"] as? [String: Any])?["status"] as? String == "healthy")
            #expect(health["expected_workers"] as? Int == 1)

            let queue = try await stage.ask("GET", "/queue-status").object
            #expect(queue["queue_size"] as? Int == 1)
            let place =
                try await stage.ask("GET", "/queue-status?uuid=\(second)").object["queue_position"] as? [String: Any]
            #expect(place?["position"] as? Int == 0)
            #expect(place?["priority"] as? Int == 1)
            let summary =
                try await stage.ask("GET", "/queue-status?summary=1").object["queue_summary"] as? [String: Any]
            #expect(summary?["immediate_items"] as? Int == 1)

            let cleaned = try await stage.ask("GET", "/gc-cleanup")
            #expect(cleaned.object["status"] as? String == "success")
            #expect(cleaned.object["released_bytes"] is Int)
        }
    }

    @Test("the number of workers is changed while it runs")
    func workers() async throws {
        try await Stage.run(["FETCH_WORKERS": "2"]) { stage in
            let more = try await stage.ask("PUT", "/api/v1/workers", json: ["count": 7])
            #expect(more.object["alive"] as? Int == 7, "\(more.body)")
            let fewer = try await stage.ask("PUT", "/api/v1/workers", json: ["count": 1])
            #expect(fewer.object["alive"] as? Int == 1, "\(fewer.body)")
            let none = try await stage.ask("PUT", "/api/v1/workers", json: ["count": 0])
            #expect(none.status == 400)
            let nobody = try await stage.ask(
                "PUT", "/api/v1/workers", json: ["count": 3], headers: ["x-api-key": "wrong"])
            #expect(nobody.status == 403)
        }
    }

    @Test(
        "behind a prefix everything is found, whether the proxy takes the prefix off or not",
        arguments: ["", "/sub/path"])
    func prefix(asked: String) async throws {
        try await Stage.run(["BASE_URL": "https://example.org/sub/path"]) { stage in
            let page = try await stage.ask("GET", "\(asked)/")
            #expect(page.status == 200)
            #expect(page.body.contains("\"/sub/path/form/add\""))
            let health = try await stage.ask("GET", "\(asked)/healthz")
            #expect(health.status == 200)
            let handshake = try await stage.ask("GET", "\(asked)/socket.io/?EIO=4&transport=polling")
            #expect(handshake.body.hasPrefix("0{"))
            let client = try await stage.ask("GET", "\(asked)/socket.io/socket.io.min.js")
            #expect(client.body.contains("Socket.IO v4.8.1"))
        }
    }
}
