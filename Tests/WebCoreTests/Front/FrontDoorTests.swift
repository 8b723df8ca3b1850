import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import WebCore

@Suite("The front door")
struct FrontDoorTests {
    private static let log = RefusalLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

    private func channel(_ list: String = "") throws -> EmbeddedChannel {
        let rules = FrontDoorRules(
            hosts: try #require(AllowedHosts(list: list)), base: "/base", socketPath: "/socket.io/", log: Self.log,
            page: { Array("<p>\($0)</p>".utf8) })
        let channel = EmbeddedChannel(handler: FrontDoor(rules))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        channel.embeddedEventLoop.run()
        return channel
    }

    private static func head(
        _ uri: String, _ hosts: [String], version: HTTPVersion = .http1_1, method: HTTPMethod = .GET,
        _ more: [(String, String)] = []
    ) -> HTTPServerRequestPart {
        .head(
            HTTPRequestHead(
                version: version, method: method, uri: uri, headers: HTTPHeaders(hosts.map { ("Host", $0) } + more)))
    }

    private func passed(_ channel: EmbeddedChannel) throws -> HTTPRequestHead? {
        guard case .head(let head)? = try channel.readInbound(as: HTTPServerRequestPart.self) else { return nil }
        return head
    }

    /// The status and body that were answered.
    private func answer(_ channel: EmbeddedChannel) throws -> (HTTPResponseHead, String)? {
        guard case .head(let head)? = try channel.readOutbound(as: HTTPServerResponsePart.self) else { return nil }
        guard case .body(.byteBuffer(let body))? = try channel.readOutbound(as: HTTPServerResponsePart.self) else {
            return (head, "")
        }
        return (head, String(buffer: body))
    }

    @Test(
        "a request of HTTP/1.1 names its host once and well, one of HTTP/1.0 need not",
        arguments: [
            ([], HTTPVersion.http1_1, false), (["localhost", "localhost"], .http1_1, false),
            (["localhost", "localhost"], .http1_0, false), (["a b/c@d"], .http1_1, false), ([""], .http1_1, false),
            ([], .http1_0, true), (["a b"], .http1_0, false), (["localhost"], .http1_1, true),
        ])
    func strictness(hosts: [String], version: HTTPVersion, passes: Bool) throws {
        let channel = try channel()
        try channel.writeInbound(Self.head("/", hosts, version: version))
        #expect((try passed(channel) != nil) == passes)
        #expect(try answer(channel)?.0.status == (passes ? nil : .badRequest))
    }

    @Test("whether the program lives is said at once, on a connection that goes on, and to nobody who asks for another")
    func life() throws {
        let channel = try channel()
        for (path, method) in [("/base/healthz", HTTPMethod.GET), ("/base/healthz?x=1", .HEAD)] {
            try channel.writeInbound(Self.head(path, ["localhost"], method: method))
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
            let (head, body) = try #require(try answer(channel))
            #expect(head.status == .ok && head.headers["Content-Length"] == ["3"])
            #expect(body == (method == .GET ? "ok\n" : ""))
            if method == .GET { _ = try channel.readOutbound(as: HTTPServerResponsePart.self) }
            #expect(try passed(channel) == nil && channel.isActive)
        }
        try channel.writeInbound(Self.head("/base/healthzz", ["localhost"]))
        #expect(try passed(channel)?.uri == "/base/healthzz")
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        _ = try channel.readInbound(as: HTTPServerRequestPart.self)
        try channel.writeInbound(Self.head("/base/healthz", ["evil.example"]))
        #expect(try answer(channel)?.0.status == .misdirectedRequest)
    }

    @Test(
        "a body comes in chunks or with its length, and HTTP/1.0 has no chunks",
        arguments: [
            (["chunked"], HTTPVersion.http1_1, true), (["Chunked"], .http1_1, true),
            (["gzip, chunked"], .http1_1, false),
            (["chunked, chunked"], .http1_1, false), (["gzip", "chunked"], .http1_1, false),
            (["chunked"], .http1_0, false), (["identity"], .http1_1, false),
        ])
    func codings(codings: [String], version: HTTPVersion, passes: Bool) throws {
        let channel = try channel()
        let more = codings.map { ("Transfer-Encoding", $0) }
        try channel.writeInbound(Self.head("/", ["localhost"], version: version, method: .POST, more))
        #expect((try passed(channel) != nil) == passes)
        #expect(try answer(channel)?.0.status == (passes ? nil : .notImplemented))
    }

    @Test("the authority of a target in absolute form counts, and those behind see it as Host")
    func absoluteForm() throws {
        let good = try channel()
        try good.writeInbound(Self.head("HTTP://localhost:80?a=b", ["evil.example"]))
        let head = try passed(good)
        #expect(head?.uri == "/?a=b" && head?.headers["host"] == ["localhost:80"])

        for (uri, host, status) in [
            ("http://evil.example/", "localhost", HTTPResponseStatus.misdirectedRequest),
            ("http://user@localhost/", "localhost", .badRequest), ("http:///", "localhost", .badRequest),
            ("http://localhost/", "a b", .badRequest),
        ] {
            let channel = try channel()
            try channel.writeInbound(Self.head(uri, [host]))
            #expect(try passed(channel) == nil && answer(channel)?.0.status == status, "\(uri)")
        }
    }

    @Test("a foreign name is told what to set, to everybody in their own form, and the connection ends")
    func forms() throws {
        for (uri, more, type, part) in [
            ("/", [("Accept", "text/html")], "text/html; charset=utf-8", "<p>evil.example</p>"),
            ("/", [], "text/plain; charset=utf-8", "ALLOWED_HOSTS=evil.example"),
            ("/base/api/v1/watch", [], "application/json", #"{"message":"Turnstone does"#),
            ("/api/v1/watch", [("Accept", "text/html")], "application/json", #"{"message":"Turnstone does"#),
            ("/socket.io/?EIO=4&transport=polling", [], "application/json", #"{"code":4,"message":"Turnstone"#),
            ("/socket.io/?EIO=4&transport=websocket", [("Upgrade", "websocket")], "text/plain; charset=utf-8", "set"),
        ] {
            let channel = try channel()
            try channel.writeInbound(Self.head(uri, ["Evil.example:5000"], more))
            #expect(channel.isActive, "the rest of the request is to be read first")
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
            channel.embeddedEventLoop.run()
            #expect(!channel.isActive)
            let (head, body) = try #require(try answer(channel))
            #expect(head.status == .misdirectedRequest && head.headers["content-type"] == [type])
            #expect(head.headers["connection"] == ["close"] && head.headers["cache-control"] == ["no-store"])
            #expect(body.contains(part), "\(body)")
            #expect(try passed(channel) == nil)
        }
    }

    @Test("a body without end is not read for a refusal")
    func endlessBody() throws {
        let channel = try channel()
        try channel.writeInbound(Self.head("/form/add", ["evil.example"], method: .POST))
        for _ in 0..<8 { try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 0, count: 8_192))) }
        #expect(channel.isActive)
        try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 0, count: 8_192)))
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
        #expect(try channel.readInbound(as: HTTPServerRequestPart.self) == nil)
    }

    @Test("a name that is allowed passes, and the next request of the connection is judged anew")
    func nextRequest() throws {
        let channel = try channel("watch.example")
        try channel.writeInbound(Self.head("/", ["watch.example"]))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        #expect(try passed(channel) != nil)
        _ = try channel.readInbound(as: HTTPServerRequestPart.self)
        try channel.writeInbound(Self.head("/", ["evil.example"]))
        #expect(try passed(channel) == nil && answer(channel)?.0.status == .misdirectedRequest)
    }
}
