import Foundation
import SocketTestKit
import Testing

@testable import App

/// What pages of others can do in a browser on the same machine: nothing.
@Suite("Foreign names and foreign pages", .serialized)
struct ForeignNamesTests {
    /// A name of somebody else that suddenly means this machine.
    private static let rebinding = ["--host-resolver-rules=MAP evil.example 127.0.0.1"]

    /// What a page of `evil.example` tries with the program, once its name means this machine: each with what came of
    /// it.
    private static func attempt(_ uuid: String) -> String {
        """
        (async () => {
            const result = {};
            for (const path of ["/", "/edit/\(uuid)", "/healthz", "/readyz", "/assets/css/app.css", "/api/v1/watch"]) {
                const answer = await fetch(path);
                result[path] = answer.status + ((await answer.text()).includes("Secret kettle") ? " read" : "");
            }
            const form = new URLSearchParams({ uuid: "\(uuid)" });
            result.pause = String((await fetch("/form/pause", { method: "POST", body: form })).status);
            result.polling = String((await fetch("/socket.io/?EIO=4&transport=polling")).status);
            result.socket = await new Promise((done) => {
                const socket = new WebSocket(`ws://${location.host}/socket.io/?EIO=4&transport=websocket`);
                socket.onopen = () => done("open");
                socket.onerror = () => done("refused");
            });
            return result;
        })()
        """
    }

    @Test(
        "a page whose name suddenly means this machine reads nothing, changes nothing and hears nothing",
        arguments: [[:], ["BASE_URL": "https://watch.example.org"]])
    func rebound(_ environment: [String: String]) async throws {
        try await Stage.run(environment) { stage in
            stage.site.put("/page", title: "Page", "<p>one</p>")
            let uuid = try await stage.add("/page", ["title": "Secret kettle"])
            let browser = try Outside.browser(Self.rebinding)
            try await browser.open("http://evil.example:\(stage.port)/", bypass: true)
            let words = try await browser.do("eval", ["expression": "document.body.innerText"]) as? String ?? ""
            #expect(words.contains("ALLOWED_HOSTS=evil.example") && !words.contains("Secret kettle"))

            let result = try #require(
                try await browser.do("eval", ["expression": Self.attempt(uuid)]) as? [String: String])
            #expect(result.count == 9)
            for (what, came) in result { #expect(came == (what == "socket" ? "refused" : "421"), "\(what): \(came)") }
            let watch = try await stage.ask("GET", "/api/v1/watch/\(uuid)")
            #expect(watch.object["paused"] as? Bool == false)
        }
    }

    @Test("under a name that is allowed everything works, the socket too")
    func allowed() async throws {
        try await Stage.run(["ALLOWED_HOSTS": ".example"]) { stage in
            let browser = try Outside.browser(Self.rebinding)
            try await browser.open("http://evil.example:\(stage.port)/")
            try await browser.wait("document.querySelector('#connection').dataset.state === 'live'")
            let complaints = try await browser.do("errors") as? [String] ?? []
            #expect(complaints.isEmpty, "\(complaints)")
        }
    }

    @Test("two hundred images of a foreign page open no session")
    func images() async throws {
        // There is room for one, which is taken if any of the images gets through.
        try await Stage.run(["SOCKETIO_MAX_CLIENTS": "1"]) { stage in
            let polling = "http://127.0.0.1:\(stage.port)/socket.io/?EIO=4&transport=polling"
            let images = (0..<200).map { "<img src='\(polling)&n=\($0)'>" }.joined()
            stage.site.put("/images", title: "Images", images)
            let browser = try Outside.browser(Self.rebinding)
            try await browser.open("http://evil.example:\(stage.sitePort)/images")
            let loaded = "[...document.images].filter((image) => image.complete).length"
            #expect(try await browser.do("eval", ["expression": loaded]) as? Int == 200)
            let client = try await Outside.socketClient(stage)
            try client.send(["subscribe": ["all": true]])
            _ = try await client.next { $0["ack"] != nil }
        }
    }

    @Test("what was refused is in the log, once a second, in one line")
    func log() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "names-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let serve = try await ServeProcess.start(database: folder.appending(path: "a.db"))
        let foreign = ["Origin: https://evil.example"]
        for _ in 0..<20 {
            let client = try await RawClient.connect(serve.port)
            #expect(try await client.post("/form/pause", "uuid=x", headers: foreign).status == 403)
            try await client.close()
        }
        let line = try await serve.process.line()
        #expect(line.contains("warning") && line.contains("refused a request from another site"), "\(line)")
        #expect(line.contains("origin=https://evil.example") && line.contains("host=example.org"), "\(line)")
        let client = try await RawClient.connect(serve.port)
        try await client.send("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        #expect(try await client.answer().status == 421)
        var lines: [String] = []
        repeat { lines.append(try await serve.process.line()) } while !lines.contains { $0.contains("ALLOWED_HOSTS") }
        #expect(lines.count <= 4, "\(lines)")
        #expect(try await serve.process.terminate() == 0)
    }

    @Test("the health check of a container asks by a name that is answered")
    func healthcheck() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "names-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appending(path: "a.db")
        let environment = ["BASE_URL": "https://watch.example.org/turnstone", "ALLOWED_HOSTS": ""]
        let serve = try await ServeProcess.start(database: database, environment)
        for host in ["127.0.0.1", "0.0.0.0", "localhost"] {
            let (status, text) = try await ServeProcess.ended(
                ["healthcheck"], database: database,
                environment.merging(["CHANGEDETECTION_PORT": "\(serve.port)", "CHANGEDETECTION_HOST": host]) { $1 })
            #expect(status == 0 && text.contains("ready"), "\(host): \(text)")
        }
        #expect(try await serve.process.terminate() == 0)
    }

    @Test("a request that does not say well whom it is for is refused on every path", arguments: ["/", "/healthz"])
    func strict(path: String) async throws {
        try await Stage.run { stage in
            for (request, status) in [
                ("GET \(path) HTTP/1.1\r\n\r\n", 400), ("GET \(path) HTTP/1.1\r\nHost: a b/c@d\r\n\r\n", 400),
                ("GET \(path) HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
                ("GET http://evil.example\(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", 421),
                ("GET http://localhost\(path) HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200),
                ("GET \(path) HTTP/1.0\r\n\r\n", 200),
            ] {
                let client = try await RawClient.connect(stage.port)
                try await client.send(request)
                #expect(try await client.answer().status == status, "\(request)")
            }
        }
    }
}
