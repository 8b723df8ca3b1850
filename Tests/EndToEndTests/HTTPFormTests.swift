import Foundation
import SocketTestKit
import Testing

@testable import App

/// What clients other than browsers do with HTTP, on real connections to the whole program.
@Suite("Forms of HTTP", .timeLimit(.minutes(1)))
struct HTTPFormTests {
    private static let paths = ["/", "/healthz", "/assets/css/app.css", "/no/such/page", "/api/v1/watch"]

    @Test("an answer to HTTP/1.0 has no chunks and ends with the connection", arguments: paths)
    func oldVersion(path: String) async throws {
        try await Stage.run { stage in
            let client = try await RawClient.connect(stage.port)
            try await client.send("GET \(path) HTTP/1.0\r\nHost: example.org\r\nx-api-key: \(Stage.key)\r\n\r\n")
            let answer = try await client.rest()
            let end = try #require(answer.firstRange(of: "\r\n\r\n"))
            let head = answer[..<end.lowerBound].lowercased()
            #expect(head.hasPrefix("http/1.0 "))
            #expect(!head.contains("transfer-encoding"))
            #expect(head.contains("connection: close"))
            let body = answer[end.upperBound...]
            if path == "/" { #expect(body.hasPrefix("<!") && body.hasSuffix("</html>\n"), "the whole page, as it is") }
            if path.hasPrefix("/api") { #expect(body == "{}") }
        }
    }

    @Test("a client of HTTP/1.0 that asks for it keeps its connection where the answer says how long it is")
    func oldVersionKept() async throws {
        try await Stage.run { stage in
            let client = try await RawClient.connect(stage.port)
            let request = "HTTP/1.0\r\nHost: example.org\r\nConnection: keep-alive\r\n\r\n"
            for _ in 0..<2 {
                try await client.send("GET /version \(request)")
                let answer = try await client.answer()
                #expect(answer.status == 200 && answer.headers["connection"] == "keep-alive")
            }
            // A list of whatever length, written as it is read.
            try await client.send(
                "GET /api/v1/watch \(request)".replacing("Host:", with: "x-api-key: \(Stage.key)\r\nHost:"))
            #expect(try await client.rest().lowercased().contains("connection: close"))
        }
    }

    @Test("who waits for leave to send a body gets it, also for the second request and for the socket's")
    func expectation() async throws {
        try await Stage.run { stage in
            let client = try await RawClient.connect(stage.port)
            let body = #"{"url": "\#(stage.page("/a"))"}"#
            let path = "/socket.io/?EIO=4&transport=polling"
            let opened = try await client.get(path).body
            let id = opened.drop { $0 != ":" }.dropFirst(2).prefix { $0 != "\"" }
            for (path, body, status) in [
                ("/api/v1/watch", body, 201), ("/api/v1/watch", body, 201), (path + "&sid=" + id, "40", 200),
            ] {
                try await client.send(
                    "POST \(path) HTTP/1.1\r\nHost: example.org\r\nx-api-key: \(Stage.key)\r\nExpect: 100-continue\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
                #expect(try await client.answer().status == 100)
                try await client.send(body)
                #expect(try await client.answer().status == status)
            }
        }
    }

    @Test(
        "a chunk extension without end is refused, small chunks are not",
        arguments: ["/api/v1/watch", "/socket.io/?EIO=4&transport=polling&sid=", "/no/such/page"])
    func extensions(path: String) async throws {
        try await Stage.run { stage in
            var path = path
            if path.hasSuffix("sid=") {
                let opened = try await RawClient.connect(stage.port).get(path.replacing("&sid=", with: "")).body
                path += opened.drop { $0 != ":" }.dropFirst(2).prefix { $0 != "\"" }
            }
            let head =
                "POST \(path) HTTP/1.1\r\nHost: example.org\r\nx-api-key: \(Stage.key)\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            let client = try await RawClient.connect(stage.port)
            try await client.send(head + "1;name=")
            let extensions = String(repeating: "a", count: 50_000)
            // The server may close before all is written.
            for _ in 0..<40 { try? await client.send(extensions) }
            try await client.closed()

            let text = #"{"url": "\#(stage.page("/a"))", "title": "\#(String(repeating: "t", count: 4_000))"}"#
            let other = try await RawClient.connect(stage.port)
            try await other.send(head + text.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n")
            let answer = try await other.answer()
            #expect(path.hasPrefix("/api") ? answer.status == 201 : answer.status < 500, "\(answer.body)")
        }
    }
}
