import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// One WebSocket client of the generator: counts what it hears and notes how long that took, looking at no more of the
/// bytes than it must.
final class LoadClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What clients of one run share.
    final class Tally: Sendable {
        struct Counts {
            var messages = 0
            var acks = 0
            var delays: [Double] = []
            var sentAt: UInt64 = 0
            var goal = 0
            var waiting: CheckedContinuation<Void, Never>?
        }

        let counts = NIOLockedValueBox(Counts())

        /// How long a crowd may take for one burst: a server under more than it can bear loses clients, and then not
        /// all messages are ever heard.
        private static let patience = TimeAmount.seconds(30)

        /// Returns true when `goal` messages have been heard since the last call of `reset`, false when that takes too
        /// long.
        func wait(for goal: Int) async -> Bool {
            let timer = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: Self.patience) { [counts] in
                counts.withLockedValue { counts in
                    defer { counts.waiting = nil }
                    return counts.waiting
                }?.resume()
            }
            defer { timer.cancel() }
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isThere = counts.withLockedValue { counts in
                    counts.goal = goal
                    if counts.messages < goal { counts.waiting = continuation }
                    return counts.messages >= goal
                }
                if isThere { continuation.resume() }
            }
            return counts.withLockedValue { $0.messages >= goal }
        }

        func reset() {
            counts.withLockedValue { counts in
                counts.messages = 0
                counts.acks = 0
            }
        }

        func heard(_ messages: Int, _ acks: Int, isPaced: Bool) {
            let now = DispatchTime.now().uptimeNanoseconds
            let waiting = counts.withLockedValue { counts -> CheckedContinuation<Void, Never>? in
                counts.messages += messages
                counts.acks += acks
                if isPaced, messages > 0 { counts.delays.append(Double(now - counts.sentAt) / 1e6) }
                guard counts.messages >= counts.goal, let waiting = counts.waiting else { return nil }
                counts.waiting = nil
                return waiting
            }
            waiting?.resume()
        }
    }

    private enum State {
        case upgrading, opening, joining, joined
    }

    private let tally: Tally
    private let joined: EventLoopPromise<Void>
    /// Sends the next question as soon as the last is answered.
    let asks: Bool
    /// Set while the time of each message counts.
    let isPaced: NIOLockedValueBox<Bool>
    private var state = State.upgrading
    private var pending = ByteBuffer()

    init(tally: Tally, joined: EventLoopPromise<Void>, asks: Bool, isPaced: NIOLockedValueBox<Bool>) {
        self.tally = tally
        self.joined = joined
        self.asks = asks
        self.isPaced = isPaced
    }

    /// Connects a client and returns its channel when it is in the default namespace.
    static func connect(
        _ port: Int, _ tally: Tally, asks: Bool = false, isPaced: NIOLockedValueBox<Bool> = .init(false)
    ) async throws -> any Channel {
        let group = MultiThreadedEventLoopGroup.singleton
        let joined = group.next().makePromise(of: Void.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let client = LoadClient(tally: tally, joined: joined, asks: asks, isPaced: isPaced)
                        try channel.pipeline.syncOperations.addHandler(client)
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
        } catch {
            joined.fail(error)
            throw error
        }
        try await joined.futureResult.get()
        return channel
    }

    /// Connects `crowd` clients, fifty at a time.
    static func connect(
        _ crowd: Int, _ port: Int, _ tally: Tally, isPaced: NIOLockedValueBox<Bool> = .init(false)
    ) async throws -> [any Channel] {
        try await withThrowingTaskGroup(of: (any Channel).self) { group in
            var channels: [any Channel] = []
            for number in 0..<crowd {
                if number >= 50, let channel = try await group.next() { channels.append(channel) }
                group.addTask { try await connect(port, tally, isPaced: isPaced) }
            }
            for try await channel in group { channels.append(channel) }
            return channels
        }
    }

    /// Asks for a WebSocket of Engine.IO 4.
    static var upgradeRequest: ByteBuffer {
        let request =
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        return ByteBuffer(string: request)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Self.upgradeRequest), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        joined.fail(ChannelError.eof)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if pending.readableBytes > 0 {
            pending.writeBuffer(&bytes)
            swap(&pending, &bytes)
            pending.clear()
        }
        if state == .upgrading {
            guard let end = bytes.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else {
                pending = bytes
                return
            }
            bytes.moveReaderIndex(to: end.upperBound)
            state = .opening
        }
        var messages = 0
        var acks = 0
        while let kind = next(&bytes) {
            switch (state, kind) {
            case (.opening, _):
                state = .joining
                context.writeAndFlush(wrapOutboundOut(ClientText.frame("40")), promise: nil)
            case (.joining, _):
                state = .joined
                joined.succeed()
                if asks { ask(context) }
            case (_, UInt8(ascii: "2")): messages += 1
            case (_, UInt8(ascii: "3")):
                acks += 1
                if asks { ask(context) }
            case (_, 0): context.writeAndFlush(wrapOutboundOut(ClientText.frame("3")), promise: nil)
            default: break
            }
        }
        // What is left is the beginning of a frame; the rest of the buffer would be kept with it for ever.
        bytes.discardReadBytes()
        pending = bytes
        if messages + acks > 0 {
            tally.heard(messages, acks, isPaced: messages > 0 && isPaced.withLockedValue { $0 })
        }
    }

    private func ask(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ClientText.frame("421[\"ack\",1]")), promise: nil)
    }

    /// Skips one frame; returns its Socket.IO type, 0 for an Engine.IO ping, 1 for anything else, nil for want of
    /// bytes.
    private func next(_ bytes: inout ByteBuffer) -> UInt8? {
        guard let (offset, length) = Self.frame(bytes) else { return nil }
        let first: UInt8? = length > 0 ? bytes.getInteger(at: bytes.readerIndex + offset) : nil
        let second: UInt8? = length > 1 ? bytes.getInteger(at: bytes.readerIndex + offset + 1) : nil
        bytes.moveReaderIndex(forwardBy: offset + length)
        if first == UInt8(ascii: "2") { return 0 }
        return first == UInt8(ascii: "4") ? second ?? 1 : 1
    }

    /// Takes one frame off the bytes and returns its payload; nil for want of bytes.
    static func text(_ bytes: inout ByteBuffer) -> ByteBuffer? {
        guard let (offset, length) = frame(bytes) else { return nil }
        bytes.moveReaderIndex(forwardBy: offset)
        return bytes.readSlice(length: length)
    }

    /// Where the payload of the first frame begins, and its length; nil when it has not all come.
    private static func frame(_ bytes: ByteBuffer) -> (offset: Int, length: Int)? {
        guard let head: UInt16 = bytes.getInteger(at: bytes.readerIndex) else { return nil }
        var (offset, length) = (2, Int(head & 0x7f))
        if length == 126 {
            guard let long: UInt16 = bytes.getInteger(at: bytes.readerIndex + 2) else { return nil }
            (offset, length) = (4, Int(long))
        } else if length == 127 {
            guard let long: UInt64 = bytes.getInteger(at: bytes.readerIndex + 2) else { return nil }
            (offset, length) = (10, Int(long))
        }
        return bytes.readableBytes >= offset + length ? (offset, length) : nil
    }
}
