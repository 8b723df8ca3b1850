import Domain
import Foundation
import Testing

@testable import App

/// Pages that take more memory than there is, looked at by the real program, which may have half a gigabyte.
@Suite("Pages that take more memory than there is", .serialized)
struct KillingPagesTests {
    private static let rules: [(name: String, filter: String)] = [("css", "i"), ("xpath", "xpath1://i")]

    /// With the usual limit of a tree's nodes they end at that; with more allowed, by what they would take.
    @Test(
        "two of ten megabytes of elements fail, and all others are checked",
        arguments: [["PAGE_MAX_NODES": "1000000"], ["PAGE_MAX_NODES": "10000000"]])
    func killers(limits: [String: String]) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "killing-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await SiteStage.run { site, sitePort in
            let killer = Array(String(repeating: "<i>x</i>", count: 9_900_000 / 8).utf8)
            site.put("/killer", FixtureSite.Page(contentType: "text/html", bytes: killer))
            site.put("/plain", title: "Plain", "<p>here</p>")
            // Beyond it the system refuses memory, which ends a program as a full container does.
            let serve = try await ServeProcess.start(
                database: folder.appending(path: "a.db"), through: #"exec prlimit --data=536870912 "$0" serve"#,
                limits.merging(["MEMORY_BUDGET": "384M", "FETCH_PER_HOST": "8"]) { $1 })
            let client = try await Outside.socketClient(port: serve.port)
            try client.send(["subscribe": ["all": true]])
            _ = try await client.next { $0["ack"] != nil }
            for (name, filter) in Self.rules {
                for number in 0..<2 {
                    let added = try await Stage.ask(
                        serve.port, "POST", "/api/v1/watch",
                        json: [
                            "url": "http://127.0.0.1:\(sitePort)/killer?\(name)\(number)", "include_filters": [filter],
                        ])
                    #expect(added.status == 201)
                }
            }
            let plain = try await Stage.ask(
                serve.port, "POST", "/api/v1/watch", json: ["url": "http://127.0.0.1:\(sitePort)/plain"])
            let uuid = try #require(plain.object["uuid"] as? String)
            var failed: Set<String> = []
            var isChecked = false
            while failed.count < 4 || !isChecked {
                let message = try await client.next { $0["event"] as? String == "watch_update" }
                let watch = (message["data"] as? [String: Any])?["watch"] as? [String: Any]
                guard let id = watch?["uuid"] as? String else { continue }
                if id == uuid { isChecked = isChecked || watch?["result"] as? String == "first" }
                if watch?["result"] as? String == "failed" { failed.insert(id) }
            }
            #expect(!failed.contains(uuid))
            for id in failed {
                let error =
                    try await Stage.ask(serve.port, "GET", "/api/v1/watch/\(id)").object["last_error"] as? String
                #expect(
                    error?.contains("PAGE_MAX_NODES") == true || error?.contains("MEMORY_BUDGET") == true,
                    "\(error ?? "")")
            }
            #expect(try await Stage.ask(serve.port, "GET", "/readyz").status == 200)
            #expect(try await serve.process.terminate() == 0)
        }
    }
}
