import Foundation
import Testing

@testable import App

/// Whatever a person or a program sends: a clear message at the field, and nothing stored.
@Suite("Bad input")
struct BadInputTests {
    @Test("the API says which field is not good and stores nothing")
    func api() async throws {
        let cases: [([String: any Sendable], String)] = [
            (["url": "not an address"], "url"), (["url": "javascript:alert(1)"], "url"), (["url": ""], "url"),
            (["url": "file:///etc/passwd"], "url"), (["title": "no address"], "url"), (["url": 5], "url"),
            (["url": "https://example.org", "headers": ["A b": "c"]], "headers"),
            (["url": "https://example.org", "headers": ["A": "b\r\nC: d"]], "headers"),
            (["url": "https://example.org", "method": "BREW"], "method"),
            (["url": "https://example.org", "method": "HEAD"], "method"),
            (["url": "https://example.org", "tags": ["\(UUID())"]], "tags"),
            (["url": "https://example.org", "paused": "yes"], "paused"),
            (["url": "https://example.org", "include_filters": ["div >"]], "include_filters[0]"),
            (["url": "https://example.org", "include_filters": ["//p["]], "include_filters[0]"),
            (["url": "https://example.org", "ignore_text": ["/(/"]], "ignore_text[0]"),
            (["url": "https://example.org", "tags": ["news"]], "tags"),
            (["url": "https://example.org", "time_between_check": ["hours": -1]], "time_between_check.hours"),
            (["url": "https://example.org", "time_between_check": ["fortnights": 1]], "time_between_check.fortnights"),
            (["url": "https://example.org", "time_between_check_use_default": false], "time_between_check"),
            (["url": "https://example.org", "no_such_field": 1], "no_such_field"),
            (["url": "https://example.org", "webdriver_delay": 5], "webdriver_delay"),
        ]
        try await Stage.run { stage in
            for (fields, field) in cases {
                let answer = try await stage.ask("POST", "/api/v1/watch", json: fields)
                #expect(answer.status == 400, "\(fields): \(answer.body)")
                let errors = answer.object["errors"] as? [[String: Any]] ?? []
                #expect(errors.contains { $0["field"] as? String == field }, "\(fields): \(answer.body)")
            }
            #expect(try await stage.ask("GET", "/api/v1/watch").object.isEmpty)
        }
    }

    @Test("a wrong key, a wrong path and a wrong body are told apart")
    func refusals() async throws {
        try await Stage.run { stage in
            let wrongKey = try await stage.ask("GET", "/api/v1/watch", headers: ["x-api-key": "wrong"])
            #expect(wrongKey.status == 403)
            let cases = [
                ("GET", "/api/v1/watch/not-a-uuid", 404), ("GET", "/api/v1/watch/\(UUID())", 404),
                ("DELETE", "/api/v1/watch/\(UUID())", 400), ("GET", "/api/v1/watch/\(UUID())/history", 404),
                ("GET", "/no/such/page", 404), ("GET", "/queue-status?limit=many", 400),
            ]
            for (method, path, status) in cases {
                let answer = try await stage.ask(method, path)
                #expect(answer.status == status, "\(method) \(path): \(answer.body)")
            }
            let missing = try await stage.ask("PUT", "/api/v1/watch/\(UUID())", json: ["title": "x"])
            #expect(missing.status == 404)
            let notJSON = try await stage.ask("POST", "/api/v1/watch", form: "url=x")
            #expect(notJSON.status == 400)
        }
    }

    @Test("an edit that makes no sense changes nothing")
    func edit() async throws {
        try await Stage.run { stage in
            stage.site.put("/a", title: "A", "<p>a</p>")
            let uuid = try await stage.add("/a", ["title": "before"])
            let bad = try await stage.ask("PUT", "/api/v1/watch/\(uuid)", json: ["title": "after", "url": "nonsense"])
            #expect(bad.status == 400)
            #expect(try await stage.ask("GET", "/api/v1/watch/\(uuid)").object["title"] as? String == "before")
            let good = try await stage.ask(
                "PUT", "/api/v1/watch/\(uuid)", json: ["title": "after", "uuid": uuid, "history_n": 7])
            #expect(good.status == 200, "\(good.body)")
            #expect(try await stage.ask("GET", "/api/v1/watch/\(uuid)").object["title"] as? String == "after")
        }
    }

    @Test("a form that another site sends is refused")
    func crossSite() async throws {
        try await Stage.run { stage in
            let headers = [["Sec-Fetch-Site": "cross-site"], ["Origin": "https://elsewhere.example"]]
            for header in headers {
                let answer = try await stage.ask(
                    "POST", "/form/add", form: "url=https%3A%2F%2Fexample.org", headers: header)
                #expect(answer.status == 403)
            }
            #expect(try await stage.ask("GET", "/api/v1/watch").object.isEmpty)
        }
    }
}
