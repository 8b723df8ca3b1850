import Foundation
import Synchronization
import Testing

@testable import App

/// What people's filters cost others, with the real program.
@Suite("Filters that take long to be tried", .serialized)
struct JudgingTests {
    /// Filters that jq has to compile one by one, since their brackets fit only together: 20 milliseconds each.
    private static let filters = (0..<100).map { number in number < 10 ? "jq:.a) | (.b\(number)" : "jq:.c\(number)" }

    @Test("health is answered while a dozen watches with a hundred filters of jq are made")
    func creations() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "judging-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let serve = try await ServeProcess.start(database: folder.appending(path: "a.db"))
        let order = await withTaskGroup(of: [String].self) { group in
            let (words, say) = AsyncStream.makeStream(of: String.self)
            group.addTask {
                await withTaskGroup(of: Void.self) { creations in
                    for number in 0..<12 {
                        creations.addTask {
                            let answer = try? await Stage.ask(
                                serve.port, "POST", "/api/v1/watch",
                                json: ["url": "https://example.org/\(number)", "include_filters": Self.filters])
                            say.yield("made \(answer?.status ?? 0)")
                        }
                    }
                }
                say.finish()
                return []
            }
            group.addTask {
                var all: [String] = []
                for await word in words { all.append(word) }
                return all
            }
            group.addTask {
                // Asked one after the other, until the dozen are made.
                for _ in 0..<100 {
                    let answer = try? await Stage.ask(serve.port, "GET", "/healthz")
                    say.yield("health \(answer?.status ?? 0)")
                }
                return []
            }
            var all: [String] = []
            for await words in group { all += words }
            return all
        }
        #expect(order.count { $0 == "made 201" } == 12, "\(order)")
        let lastMade = try #require(order.lastIndex { $0.hasPrefix("made") })
        let answered = order[..<lastMade].count { $0 == "health 200" }
        #expect(answered >= 50, "health was answered \(answered) times before the last creation")
        #expect(try await serve.process.terminate() == 0)
    }

    private final class Made: Sendable {
        let count = Atomic(0)
        var all: Int { count.load(ordering: .relaxed) }
    }

    private static func put(_ number: Int, at site: FixtureSite, _ value: String) {
        let body = Array(#"{"a": "\#(value)"}"#.utf8)
        site.put("/\(number)", FixtureSite.Page(contentType: "application/json", bytes: body))
    }

    private static func result(of uuid: String, in message: [String: Any]) -> String? {
        guard message["event"] as? String == "watch_update" else { return nil }
        let watch = (message["data"] as? [String: Any])?["watch"] as? [String: Any]
        return watch?["uuid"] as? String == uuid ? watch?["result"] as? String : nil
    }

    @Test("checks with filters of jq go on while twenty watches with forty of them are made")
    func checks() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "judging-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await SiteStage.run { site, sitePort in
            let serve = try await ServeProcess.start(database: folder.appending(path: "a.db"))
            let client = try await Outside.socketClient(port: serve.port)
            try client.send(["subscribe": ["all": true]])
            _ = try await client.next { $0["ack"] != nil }
            var watches: [String] = []
            for number in 0..<5 {
                Self.put(number, at: site, "one")
                let added = try await Stage.ask(
                    serve.port, "POST", "/api/v1/watch",
                    json: ["url": "http://127.0.0.1:\(sitePort)/\(number)", "include_filters": ["jq:.a"]])
                watches.append(try #require(added.object["uuid"] as? String))
                _ = try await client.next { Self.result(of: watches[number], in: $0) == "first" }
                Self.put(number, at: site, "two")
            }
            let made = Made()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let answer = try await Stage.ask(
                            serve.port, "POST", "/api/v1/watch",
                            json: [
                                "url": "https://example.org/\(number)",
                                "include_filters": Array(Self.filters.prefix(40)),
                            ])
                        // Whoever asks for more than may wait at once is told so.
                        #expect([201, 429, 503].contains(answer.status), "\(answer.body)")
                        if answer.status == 201 { made.count.add(1, ordering: .relaxed) }
                    }
                }
                while made.all == 0 { await Task.yield() }
                for watch in watches {
                    _ = try await Stage.ask(serve.port, "GET", "/api/v1/watch/\(watch)?recheck=1")
                    _ = try await client.next { Self.result(of: watch, in: $0) == "changed" }
                }
                let meanwhile = made.all
                try await group.waitForAll()
                #expect(meanwhile < made.all, "five checks, one after the other, took longer than all of it")
            }
            #expect(try await serve.process.terminate() == 0)
        }
    }
}
