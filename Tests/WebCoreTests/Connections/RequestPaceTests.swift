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
