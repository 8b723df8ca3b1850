import Crypto
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// The least that a WebSocket server on NIO has to do for the same figures: one handler per connection, one frame made
/// once for all, one flush per connection and turn. It knows neither sessions nor limits, and trusts its clients.
enum SocketCeiling {
    static func run(port: Int) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let rooms = Dictionary(
            uniqueKeysWithValues: group.makeIterator().map { loop in
                (ObjectIdentifier(loop), Box(loop: loop, members: .makeBoxSendingValue(Members(), eventLoop: loop)))
            })
        let everyone = Everyone(rooms: rooms)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(Handler(everyone))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        FileHandle.standardOutput.write(Data("listening on \(port)\n".utf8))
        try await channel.closeFuture.get()
    }

    /// The connections of one event loop.
    final class Members {
        var contexts: [ObjectIdentifier: ChannelHandlerContext] = [:]
    }

    struct Box: Sendable {
        let loop: any EventLoop
        let members: NIOLoopBoundBox<Members>
    }

    struct Everyone: Sendable {
        let rooms: [ObjectIdentifier: Box]

        func send(_ frame: ByteBuffer, count: Int) {
            for box in rooms.values {
                box.loop.execute {
                    for context in box.members.value.contexts.values {
                        for _ in 0..<count { context.write(NIOAny(frame), promise: nil) }
                        context.flush()
                    }
                }
            }
        }
    }

    /// A connection: an upgrade, then frames.
    final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let everyone: Everyone
        private var pending = ByteBuffer()
        private var isOpen = false

        init(_ everyone: Everyone) {
            self.everyone = everyone
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending.writeImmutableBuffer(unwrapInboundIn(data))
            if !isOpen { upgrade(context) }
            while isOpen, let text = ClientText.next(from: &pending) { take(text, context) }
            pending.discardReadBytes()
            context.flush()
        }

        func channelInactive(context: ChannelHandlerContext) {
            guard let box = everyone.rooms[ObjectIdentifier(context.eventLoop)] else { return }
            box.members.value.contexts[ObjectIdentifier(context.channel)] = nil
        }

        private func upgrade(_ context: ChannelHandlerContext) {
            let head = String(buffer: pending)
            guard let end = head.range(of: "\r\n\r\n"), let key = head.range(of: "Sec-WebSocket-Key: ") else { return }
            pending.moveReaderIndex(forwardBy: head[..<end.upperBound].utf8.count)
            let nonce = head[key.upperBound...].prefix { $0 != "\r\n" } + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            let accept = Data(Insecure.SHA1.hash(data: Data(nonce.utf8))).base64EncodedString()
            let answer =
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(accept)\r\n\r\n"
            context.write(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            let opened = #"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
            context.writeAndFlush(wrapOutboundOut(ServerText.frame(opened)), promise: nil)
            isOpen = true
            if let box = everyone.rooms[ObjectIdentifier(context.eventLoop)] {
                box.members.value.contexts[ObjectIdentifier(context.channel)] = context
            }
        }

        private func take(_ text: String, _ context: ChannelHandlerContext) {
            if text.hasPrefix("40") {
                context.write(wrapOutboundOut(ServerText.frame(#"40{"sid":"x"}"#)), promise: nil)
            } else if text.hasPrefix("42"), let start = text.firstIndex(of: "[") {
                let number = text[..<start].dropFirst(2)
                let array = text[start...]
                guard array.hasPrefix("[\"broadcast\"") else {
                    let answer = "43\(number)[" + array.drop { $0 != "," }.dropFirst()
                    context.write(wrapOutboundOut(ServerText.frame(answer)), promise: nil)
                    return
                }
                let parts = array.dropLast().split(separator: ",", maxSplits: 3)
                everyone.send(ServerText.frame("42[\"msg\",\(parts[3])]"), count: Int(parts[2]) ?? 1)
                context.write(wrapOutboundOut(ServerText.frame("43\(number)[\"ok\"]")), promise: nil)
            }
        }
    }
}

/// A server's text frame (RFC 6455, 5.2).
enum ServerText {
    static func frame(_ text: String) -> ByteBuffer {
        var frame = ByteBuffer()
        let count = text.utf8.count
        frame.writeInteger(UInt8(0x81))
        if count < 126 {
            frame.writeInteger(UInt8(count))
        } else {
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(count))
        }
        frame.writeString(text)
        return frame
    }
}

/// A client's text frame, masked with zeros by our generator.
enum ClientText {
    static func frame(_ text: String) -> ByteBuffer {
        var frame = ByteBuffer()
        let count = text.utf8.count
        frame.writeInteger(UInt8(0x81))
        if count < 126 {
            frame.writeInteger(UInt8(0x80 | count))
        } else {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(count))
        }
        frame.writeInteger(UInt32(0))
        frame.writeString(text)
        return frame
    }

    /// Takes one frame off the bytes; nil when it has not all come.
    static func next(from bytes: inout ByteBuffer) -> String? {
        var rest = bytes
        guard rest.readInteger(as: UInt8.self) != nil, let second: UInt8 = rest.readInteger() else { return nil }
        var length = Int(second & 0x7f)
        if length == 126 {
            guard let long: UInt16 = rest.readInteger() else { return nil }
            length = Int(long)
        }
        guard rest.readInteger(as: UInt32.self) != nil, let text = rest.readString(length: length) else { return nil }
        bytes = rest
        return text
    }
}
