import Domain
import Foundation
import FoundationNetworking
import Storage
import Testing

@testable import App

/// What programs written for changedetection.io rely on when they change a watch.
@Suite("Changing watches by the API")
struct WatchAPITests {
    @Test("an interval without word of the default is the watch's own, at creation and later")
    func interval() async throws {
        try await Stage.run { stage in
            stage.site.put("/a", title: "A", "<p>a</p>")
            let uuid = try await stage.add("/a")
            func usesDefault() async throws -> Bool? {
                try await stage.ask("GET", "/api/v1/watch/\(uuid)").object["time_between_check_use_default"] as? Bool
            }
            #expect(try await usesDefault() == true)
            let changed = try await stage.ask(
                "PUT", "/api/v1/watch/\(uuid)", json: ["time_between_check": ["minutes": 20]])
            #expect(changed.status == 200, "\(changed.body)")
            #expect(try await usesDefault() == false)
            _ = try await stage.ask(
                "PUT", "/api/v1/watch/\(uuid)",
                json: ["time_between_check": ["minutes": 30], "time_between_check_use_default": true])
            #expect(try await usesDefault() == true)
            _ = try await stage.ask("PUT", "/api/v1/watch/\(uuid)", json: ["title": "A title"])
            #expect(try await usesDefault() == true)
        }
    }

    @Test("last_viewed says up to where a person has looked")
    func lastViewed() async throws {
        try await Stage.run { stage in
            stage.site.put("/a", title: "A", "<p>a</p>")
            let uuid = try await stage.add("/a")
            let changed = try await stage.ask("PUT", "/api/v1/watch/\(uuid)", json: ["last_viewed": 1_700_000_000])
            #expect(changed.status == 200, "\(changed.body)")
            let watch = try await stage.ask("GET", "/api/v1/watch/\(uuid)").object
            #expect(watch["last_viewed"] as? Int == 1_700_000_000)
            let bad = try await stage.ask("PUT", "/api/v1/watch/\(uuid)", json: ["last_viewed": "yesterday"])
            #expect(bad.status == 400)
        }
    }

    @Test("tag takes titles and uuids of tags, tags only uuids that there are")
    func tags() async throws {
        try await Stage.run { stage in
            stage.site.put("/a", title: "A", "<p>a</p>")
            let first = try await stage.add("/a", ["tag": "News"])
            func tags(_ uuid: String) async throws -> [String] {
                try await stage.ask("GET", "/api/v1/watch/\(uuid)").object["tags"] as? [String] ?? []
            }
            let news = try #require(try await tags(first).first)
            let second = try await stage.add("/a", ["tag": news])
            #expect(try await tags(second) == [news])
            _ = try await stage.ask("PUT", "/api/v1/watch/\(second)", json: ["tag": "Other"])
            #expect(try await tags(second) != [news])
            _ = try await stage.ask("PUT", "/api/v1/watch/\(second)", json: ["tag": "Other, \(news)"])
            #expect(Set(try await tags(second)).count == 2)
            _ = try await stage.ask("PUT", "/api/v1/watch/\(second)", json: ["tag": "Third", "tags": [news]])
            #expect(try await tags(second).contains(news))
            #expect(try await tags(second).count == 2)

            let unknown = UUID().uuidString.lowercased()
            let refused = try await stage.ask("PUT", "/api/v1/watch/\(second)", json: ["tags": [news, unknown]])
            #expect(refused.status == 400 && refused.body.contains(unknown), "\(refused.body)")
            #expect(!refused.body.contains(news))
            #expect(try await tags(second).count == 2)
        }
    }

    @Test("behind a prefix, the addresses of the history have it, and pages of that address may use the socket")
    func base() async throws {
        try await Stage.run(["BASE_URL": "https://watch.example:443/w/"]) { stage in
            stage.site.put("/a", title: "A", "<p>a</p>")
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true]])
            _ = try await client.next { $0["ack"] != nil }
            let uuid = try await stage.add("/a")
            _ = try await client.next { message in
                let watch = (message["data"] as? [String: Any])?["watch"] as? [String: Any]
                return watch?["result"] as? String == "first"
            }
            let history = try await stage.ask("GET", "/api/v1/watch/\(uuid)/history").object
            let path = try #require(history.values.first as? String)
            #expect(path.hasPrefix("/w/api/v1/watch/\(uuid)/history/"))
            #expect(try await stage.ask("GET", path).body == "a")

            let handshake = "/w/socket.io/?EIO=4&transport=polling"
            for (origin, status) in [("https://watch.example", 200), ("https://elsewhere.example", 403)] {
                #expect(try await stage.ask("GET", handshake, headers: ["Origin": origin]).status == status)
            }
        }
    }

    @Test("a watch that would not be taken any more can be muted, or says why it cannot")
    func mute() async throws {
        try await Stage.run { stage in
            var settings = WatchSettings()
            settings.method = "BREW"
            let watches = try await stage.program.store.create(
                [
                    NewWatch(url: "file:///etc/passwd", paused: true),
                    NewWatch(url: stage.page("/"), paused: true, settings: settings),
                ],
                by: .command("test"), now: Date())
            let muted = try await stage.ask("GET", "/api/v1/watch/\(watches[0].id)?muted=muted")
            #expect(muted.status == 200, "\(muted.body)")
            let refused = try await stage.ask("GET", "/api/v1/watch/\(watches[1].id)?muted=muted")
            #expect(refused.status == 400, "\(refused.body)")
            #expect(refused.body.contains("method"))
        }
    }
}
