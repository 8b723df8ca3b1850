import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import WebCore

@Suite("The pace of requests")
struct RequestPaceTests {
    @Test("a body that stalls is given up with 408, and its bytes are let go of")
    func stalled() throws {
        let stage = ConnectionStage()
        let channel = try stage.connect()
        try channel.ask(method: .POST)
        #expect(try stage.arrive(1_048_575, at: channel))
        channel.pipeline.fireChannelReadComplete()
        stage.pass(9)
        #expect(channel.isActive && stage.connections.requestBytes == 1_048_575)
        stage.pass(10)
        #expect(try channel.status() == nil, "so much came in the first ten seconds that they count as one pace")
        stage.pass(2)
        #expect(try channel.status() == 408 && stage.connections.requestBytes == 0)
        #expect(throws: RequestPace.Refused.self) { try channel.throwIfErrorCaught() }
        stage.pass(1)
        #expect(!channel.isActive)
    }

    @Test("a body that drips has no more than its time, one that comes steadily has all of it")
    func dripping() throws {
        let stage = ConnectionStage { $0.bodyTimeout = .seconds(60) }
        let (drip, steady) = (try stage.connect(), try stage.connect())
        for channel in [drip, steady] {
            try channel.ask(method: .POST)
            channel.pipeline.fireChannelReadComplete()
        }
        for second in 0..<59 {
            if second < 9 { #expect(try stage.arrive(1, at: drip)) }
            #expect(try stage.arrive(600, at: steady))
            stage.pass(1)
            #expect(drip.isActive == (second < 9), "after \(second) seconds")
        }
        try steady.writeInbound(HTTPServerRequestPart.end(nil))
        stage.pass(3_600)
        #expect(try steady.status() == nil && steady.isActive)
        try steady.answer()
        #expect(try drip.status() == 408 && steady.status() == 200)
        #expect(stage.connections.requestBytes == 0)

        let long = try stage.connect()
        try long.ask(method: .POST)
        long.pipeline.fireChannelReadComplete()
        for _ in 0..<60 where long.isActive {
            _ = try stage.arrive(600, at: long)
            stage.pass(1)
        }
        #expect(try long.status() == 408)
        #expect(throws: RequestPace.Refused.self) { try long.throwIfErrorCaught() }
        #expect(throws: RequestPace.Refused.self) { try drip.throwIfErrorCaught() }
    }

    @Test("requests without a body need no timer and keep no bytes")
    func bodiless() throws {
        let stage = ConnectionStage()
        let channel = try stage.connect()
        try channel.ask("/socket.io/")
        #expect(stage.connections.requestBytes == 0)
        stage.pass(7_200)
        #expect(channel.isActive)
    }

    @Test("an answer that was begun is not followed by another")
    func lateInAnswer() throws {
        let stage = ConnectionStage { $0.bodyTimeout = .seconds(5) }
        let channel = try stage.connect()
        try channel.ask(method: .POST)
        channel.pipeline.fireChannelReadComplete()
        try channel.writeOutbound(
            HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .payloadTooLarge)))
        stage.pass(6)
        #expect(try channel.status() == 413 && channel.status() == nil)
        #expect(!channel.isActive)
        #expect(throws: RequestPace.Refused.self) { try channel.throwIfErrorCaught() }
    }
}

/// What stays counted of a connection, with all that requests pass in front of it, byte by byte.
@Suite("What requests leave behind")
struct RequestRemainsTests {
    private static let head = "POST /form/add HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    private static let get = "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private static func body(_ count: Int) -> String { String(repeating: "a", count: count) }

    /// All that the server has said since the last time.
    private func said(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    private func send(_ text: String, _ channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(string: text))
        channel.embeddedEventLoop.run()
    }

    private func answer(_ status: HTTPResponseStatus, _ channel: EmbeddedChannel) throws {
        try channel.writeOutbound(
            HTTPServerResponsePart.head(
                HTTPResponseHead(version: .http1_1, status: status, headers: ["Content-Length": "0"])))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        channel.embeddedEventLoop.run()
    }

    @Test("an answer that is over before its request leaves nothing behind", arguments: [400, 413, 422])
    func early(status: Int) throws {
        let stage = ConnectionStage { $0.connections = 1 }
        let channel = try stage.wire()
        try send(Self.head + Self.body(400), channel)
        #expect(stage.connections.requestBytes >= 400)
        try answer(HTTPResponseStatus(statusCode: status), channel)
        #expect(stage.connections.requestBytes == 0)
        try send(Self.body(300), channel)
        #expect(stage.connections.requestBytes == 0, "nobody keeps the rest")
        try send(Self.body(300), channel)
        #expect(stage.connections.requestBytes == 0 && stage.connections.count == 1)
        // The next one is a request like any other.
        try send(Self.head + Self.body(999), channel)
        #expect(stage.connections.requestBytes >= 999)
        try send("a", channel)
        try answer(.ok, channel)
        #expect(stage.connections.requestBytes == 0)
        #expect(try said(channel).components(separatedBy: "HTTP/1.1 ").count == 3)
        // Its place is one of those that are given up.
        try stage.connect().ask()
        #expect(!channel.isActive)
    }

    @Test(
        "a request that is refused at the door leaves nothing behind", arguments: ["Host: evil.example", "Host: a b"])
    func atTheDoor(host: String) throws {
        let stage = ConnectionStage()
        let channel = try stage.wire()
        try send("POST / HTTP/1.1\r\n\(host)\r\nContent-Length: 1000\r\n\r\n" + Self.body(400), channel)
        #expect(stage.connections.requestBytes == 0)
        let answer = try said(channel)
        #expect(answer.hasPrefix("HTTP/1.1 4"))
        try send(Self.body(600), channel)
        #expect(!channel.isActive && stage.connections.requestBytes == 0 && stage.connections.count == 0)
    }

    @Test("the rest of a request that is answered may not stall, and is not answered twice")
    func drainingStalls() throws {
        let stage = ConnectionStage()
        let channel = try stage.wire()
        try send(Self.head + Self.body(400), channel)
        try answer(.payloadTooLarge, channel)
        stage.pass(9)
        #expect(channel.isActive)
        stage.pass(12)
        #expect(!channel.isActive)
        #expect(try said(channel).components(separatedBy: "HTTP/1.1 ").count == 2)
    }

    @Test("a connection whose place is another's ends with the rest of its answered request")
    func leavesWhenDrained() throws {
        let stage = ConnectionStage { $0.connections = 1 }
        let channel = try stage.wire()
        // The word that it is to end waits for its event loop, and the request is there before.
        let second = EmbeddedChannel(loop: stage.loop)
        #expect(Seat(second, among: stage.connections).take())
        try channel.writeInbound(ByteBuffer(string: Self.head + Self.body(400)))
        try answer(.payloadTooLarge, channel)
        #expect(channel.isActive)
        try send(Self.body(600), channel)
        #expect(!channel.isActive)
        #expect(try said(channel).hasPrefix("HTTP/1.1 413"))
        #expect(stage.connections.requestBytes == 0)
    }

    @Test("a request sent ahead has its time when it is its turn, and an earlier one its own answer")
    func ahead() throws {
        let stage = ConnectionStage()
        let channel = try stage.wire()
        try send(Self.get + Self.head + Self.body(400), channel)
        #expect(stage.connections.requestBytes >= 400)
        stage.pass(300)
        #expect(try said(channel).isEmpty && channel.isActive)
        try answer(.ok, channel)
        #expect(stage.connections.requestBytes == 400)
        stage.pass(9)
        #expect(channel.isActive)
        stage.pass(2)
        let answers = try said(channel).components(separatedBy: "HTTP/1.1 ").map { $0.prefix(3) }
        #expect(answers == ["", "200", "408"])
        #expect(stage.connections.requestBytes == 0)
    }

    @Test("a body stays counted until its own answer, whatever was sent behind it")
    func behind() throws {
        let stage = ConnectionStage()
        let channel = try stage.wire()
        try send(Self.head + Self.body(1_000) + Self.get + Self.get, channel)
        #expect(stage.connections.requestBytes >= 1_000)
        try answer(.ok, channel)
        #expect(stage.connections.requestBytes == 0)
        for _ in 0..<2 { try answer(.ok, channel) }
        #expect(try said(channel).components(separatedBy: "HTTP/1.1 ").count == 4)
        #expect(stage.connections.requestBytes == 0 && channel.isActive)
    }

    @Test("when too much comes while an earlier request waits, nothing is said that would be taken for its answer")
    func overflowAhead() throws {
        let stage = ConnectionStage { $0.bodyBytes = 2_000 }
        let channel = try stage.wire()
        try send(Self.get + Self.head + Self.body(400), channel)
        try send("a", channel)
        #expect(channel.isActive)
        let other = try stage.wire()
        try send(Self.head + Self.body(999), other)
        try send("a", other)
        // More than all together may hold.
        #expect(throws: RequestPace.Refused.self) {
            try send(Self.body(599) + Self.head + Self.body(900), channel)
        }
        #expect(!channel.isActive)
        #expect(try said(channel).isEmpty)
        #expect(stage.connections.count == 1 && stage.connections.requestBytes == 1_000)
    }

    @Test(
        "a connection that dies half-way leaves nothing behind",
        arguments: [
            "POST /form/add HTTP/1.1\r\nHost: local", Self.head, Self.head + Self.body(400),
            Self.head + Self.body(1_000), Self.get + Self.head + Self.body(400),
            Self.head + Self.body(1_000) + Self.get + "GET",
        ], [false, true])
    func dies(sent: String, isAnswered: Bool) throws {
        let stage = ConnectionStage()
        let channel = try stage.wire()
        try send(sent, channel)
        if isAnswered, sent.contains("\r\n\r\n") { try answer(.ok, channel) }
        #expect(stage.connections.count == 1)
        channel.close(promise: nil)
        stage.loop.run()
        #expect(stage.connections.count == 0 && stage.connections.requestBytes == 0)
        #expect(stage.connections.unreadBytes == 0)
    }
}
