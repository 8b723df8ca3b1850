import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import WebCore

/// Connections on which nothing comes, on manual time.
@Suite("The idle time-out of connections")
struct IdleTimeoutTests {
    private func connection(base: String = "") throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(IdleTimeout())
        if !base.isEmpty { try channel.pipeline.syncOperations.addHandler(BasePath(base)) }
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        channel.embeddedEventLoop.run()
        return channel
    }

    private static func head(_ method: HTTPMethod = .GET, _ uri: String = "/") -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: .http1_1, method: method, uri: uri))
    }

    private static func answer(_ status: HTTPResponseStatus = .ok) -> HTTPServerResponsePart {
        .head(HTTPResponseHead(version: .http1_1, status: status))
    }

    private func pass(_ seconds: Int64, _ channel: EmbeddedChannel) {
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
    }

    @Test("a connection on which nothing is ever asked is closed")
    func silent() throws {
        let channel = try connection()
        pass(74, channel)
        #expect(channel.isActive)
        pass(2, channel)
        #expect(!channel.isActive)
    }

    @Test("an answer may take hours; afterwards the silence counts anew")
    func longPoll() throws {
        let channel = try connection()
        try channel.writeInbound(Self.head())
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        pass(7_200, channel)
        #expect(channel.isActive)
        try channel.writeOutbound(Self.answer())
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        pass(74, channel)
        #expect(channel.isActive)
        pass(76, channel)
        #expect(!channel.isActive)
    }

    @Test("a body that comes piece by piece has its time, one that stops coming is given up")
    func body() throws {
        let channel = try connection()
        try channel.writeInbound(Self.head(.POST))
        for _ in 0..<10 {
            pass(60, channel)
            #expect(channel.isActive)
            try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: "a")))
        }
        pass(76, channel)
        #expect(!channel.isActive)
    }

    @Test(
        "when the program stops, a request that is not whole is closed after two seconds, one that is answered is not")
    func stopping() throws {
        let half = try connection()
        try half.writeInbound(Self.head(.POST))
        half.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        pass(1, half)
        // Dripping on buys no time.
        try half.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: "a")))
        #expect(half.isActive)
        pass(1, half)
        #expect(!half.isActive)

        let whole = try connection()
        try whole.writeInbound(Self.head())
        try whole.writeInbound(HTTPServerRequestPart.end(nil))
        whole.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        pass(5, whole)
        #expect(whole.isActive)
        _ = try whole.finish()
    }

    @Test("a WebSocket that stays on its connection is neither read as HTTP nor cut", arguments: ["", "/base"])
    func switched(_ base: String) throws {
        let channel = try connection(base: base)
        try channel.writeInbound(Self.head(.GET, base + "/socket.io/"))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        try channel.writeOutbound(Self.answer(.switchingProtocols))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        let early = ByteBuffer(string: "a frame")
        try channel.writeInbound(early)
        channel.embeddedEventLoop.run()
        try channel.writeInbound(early)
        _ = try channel.readInbound(as: HTTPServerRequestPart.self)
        _ = try channel.readInbound(as: HTTPServerRequestPart.self)
        #expect(try channel.readInbound(as: ByteBuffer.self) == early)
        #expect(try channel.readInbound(as: ByteBuffer.self) == early)
        pass(7_200, channel)
        #expect(channel.isActive)
        _ = try channel.finish()
    }
}
