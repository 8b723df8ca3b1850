import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// One long-polling client of the generator: a poll is always open, and of the answers nothing is looked at but where
/// packets begin.
///
/// Polls and posts share one connection, as the client has nothing to say while it waits; only the first of a crowd is
/// heard to speak, by a WebSocket of its own.
final class PollingClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case opening, joining, welcomed, joined, answering
    }

    private let tally: LoadClient.Tally
    private let joined: EventLoopPromise<Void>
    private var state = State.opening
    private var poll = ByteBuffer()
    private var session = ""
    private var pending = ByteBuffer()

    init(tally: LoadClient.Tally, joined: EventLoopPromise<Void>) {
        self.tally = tally
        self.joined = joined
    }

    /// Connects a client and returns its channel when it is in the default namespace.
    static func connect(_ port: Int, _ tally: LoadClient.Tally) async throws -> any Channel {
        let group = MultiThreadedEventLoopGroup.singleton
        let joined = group.next().makePromise(of: Void.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(PollingClient(tally: tally, joined: joined))
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

    func channelActive(context: ChannelHandlerContext) {
        send(Self.get(""), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        joined.fail(ChannelError.eof)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending.writeImmutableBuffer(unwrapInboundIn(data))
        while let body = nextBody() { take(body, context) }
        pending.discardReadBytes()
    }

    private func take(_ body: ByteBuffer, _ context: ChannelHandlerContext) {
        switch state {
        case .opening:
            // 0{"sid":"…
            session = String(buffer: body).split(separator: "\"").dropFirst(2).first.map(String.init) ?? ""
            poll = Self.get("&sid=\(session)")
            state = .joining
            send(post("40"), context)
        case .joining:
            state = .welcomed
            send(poll, context)
        case .welcomed:
            state = .joined
            joined.succeed()
            send(poll, context)
        case .joined:
            let first = body.readableBytesView.first
            // A ping comes alone as a rule; its pong goes first, on the same connection.
            if first == UInt8(ascii: "2") {
                state = .answering
                send(post("3"), context)
                return
            }
            send(poll, context)
            tally.heard(body.readableBytesView.reduce(1) { $0 + ($1 == 0x1e ? 1 : 0) }, 0, isPaced: false)
        case .answering:
            state = .joined
            send(poll, context)
        }
    }

    private func send(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    private static func get(_ more: String) -> ByteBuffer {
        ByteBuffer(string: "GET /socket.io/?EIO=4&transport=polling\(more) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    }

    private func post(_ packet: String) -> ByteBuffer {
        ByteBuffer(
            string: "POST /socket.io/?EIO=4&transport=polling&sid=\(session) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + "Content-Length: \(packet.utf8.count)\r\nContent-Type: text/plain;charset=UTF-8\r\n\r\n\(packet)")
    }

    /// Takes one answer off the bytes; nil when it has not all come. Servers under test always say its length.
    private func nextBody() -> ByteBuffer? {
        let view = pending.readableBytesView
        guard let end = view.firstRange(of: Self.headEnd) else { return nil }
        var length = 0
        for line in view[..<end.lowerBound].split(separator: UInt8(ascii: "\n")) where line.count > 15 {
            guard line[line.startIndex] | 0x20 == UInt8(ascii: "c"),
                String(decoding: line.prefix(15), as: UTF8.self).lowercased() == "content-length:"
            else { continue }
            length = line.dropFirst(15).reduce(0) { (48...57).contains($1) ? $0 * 10 + Int($1 - 48) : $0 }
        }
        let head = end.upperBound - view.startIndex
        guard view.count >= head + length else { return nil }
        pending.moveReaderIndex(forwardBy: head)
        return pending.readSlice(length: length)
    }

    private static let headEnd = Array("\r\n\r\n".utf8)
}
