import EngineIO
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@Suite("The HTTP handler in a pipeline")
struct HandlerTests {
    private final class Silent: ConnectionReceiver {
        func received(_ message: Message) {}
        func upgraded() {}
        func ended(_ reason: CloseReason) {}
    }

    private func channel(_ engine: Engine) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(EngineHTTPHandler(engine: engine, transportIsPlain: true))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        channel.embeddedEventLoop.run()
        return channel
    }

    private func head(_ uri: String, _ headers: HTTPHeaders = [:]) -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: headers))
    }

    @Test("when someone behind switches protocols, the handler leaves the pipeline and bytes pass")
    func foreignUpgrade() throws {
        let channel = try channel(Engine { _ in Silent() })
        let request = head("/chat", ["Connection": "upgrade", "Upgrade": "chat"])
        try channel.writeInbound(request)
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        try channel.writeOutbound(
            HTTPServerResponsePart.head(
                .init(version: .http1_1, status: .switchingProtocols, headers: ["Upgrade": "chat"])))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        channel.embeddedEventLoop.run()
        let raw = ByteBuffer(string: "no HTTP")
        try channel.writeInbound(raw)
        _ = try channel.readInbound(as: HTTPServerRequestPart.self)
        _ = try channel.readInbound(as: HTTPServerRequestPart.self)
        #expect(try channel.readInbound(as: ByteBuffer.self) == raw)
        #expect(channel.isActive)
        _ = try channel.finish()
    }

    @Test("a hanging poll is answered with a ping when its time comes, and silence ends the session")
    func heartbeat() throws {
        let engine = Engine { _ in Silent() }
        let channel = try channel(engine)
        func get(_ uri: String) throws {
            try channel.writeInbound(head(uri))
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
            channel.embeddedEventLoop.run()
        }
        func body() throws -> String? {
            while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
                if case .body(.byteBuffer(let bytes)) = part { return String(buffer: bytes) }
            }
            return nil
        }
        try get("/socket.io/?EIO=4&transport=polling")
        let sid = String(try body()?.dropFirst(9).prefix(20) ?? "")
        try get("/socket.io/?EIO=4&transport=polling&sid=" + sid)
        channel.embeddedEventLoop.advanceTime(by: .seconds(24))
        #expect(try body() == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try body() == "2")
        channel.embeddedEventLoop.advanceTime(by: .seconds(19))
        #expect(engine.sessionCount == 1)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(engine.sessionCount == 0)
        #expect(engine.clients == (0, 0))
        _ = try channel.finish()
    }
}
