import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// One WebSocket client that looks at what it is told: how many updates of watches, how large, and how old each is when
/// it arrives.
final class NewsWitness: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What one listener has heard since the last look.
    struct Heard: Sendable {
        var updates = 0
        var bytes = 0
        /// Seconds from an event's time stamp to its arrival.
        var ages: [Double] = []
    }

    private static let stamp = Array(#""event_timestamp":"#.utf8)

    private let subscription: String
    private let heard: NIOLockedValueBox<Heard>
    private var isUpgraded = false
    private var pending = ByteBuffer()

    private init(_ subscription: String, _ heard: NIOLockedValueBox<Heard>) {
        self.subscription = subscription
        self.heard = heard
    }

    /// Connects a client that asks for `subscription`, JSON, and notes in `heard` what it is told.
    static func connect(
        _ port: Int, _ subscription: String, _ heard: NIOLockedValueBox<Heard>
    ) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NewsWitness(subscription, heard))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(LoadClient.upgradeRequest), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending.writeImmutableBuffer(unwrapInboundIn(data))
        if !isUpgraded {
            guard let end = pending.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
            pending.moveReaderIndex(to: end.upperBound)
            isUpgraded = true
        }
        while let text = LoadClient.text(&pending) { take(text, context) }
        pending.discardReadBytes()
    }

    private func take(_ text: ByteBuffer, _ context: ChannelHandlerContext) {
        switch text.readableBytesView.prefix(2) {
        case let head where head.elementsEqual("42".utf8): note(text)
        case let head where head.elementsEqual("40".utf8): say(#"420["subscribe",\#(subscription)]"#, context)
        case let head where head.first == UInt8(ascii: "0"): say("40", context)
        case let head where head.elementsEqual("2".utf8): say("3", context)
        default: break
        }
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ClientText.frame(text)), promise: nil)
    }

    private func note(_ text: ByteBuffer) {
        let view = text.readableBytesView
        guard view.starts(with: #"42["watch_update""#.utf8) else { return }
        // The time stamp is the last field.
        let tail = view.suffix(60)
        let age = tail.firstRange(of: Self.stamp).flatMap { range in
            Double(
                String(decoding: tail[range.upperBound...].prefix { $0 == 46 || (48...57).contains($0) }, as: UTF8.self)
            )
        }
        let now = Date().timeIntervalSince1970
        heard.withLockedValue { heard in
            heard.updates += 1
            heard.bytes += view.count
            if let age { heard.ages.append(now - age) }
        }
    }
}
