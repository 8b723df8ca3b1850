import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Web servers of every temper on one port: each loopback address is a host of its own, and its second number says how
/// it answers. Notes when each page was asked for.
final class WorldServer: Sendable {
    enum Temper: Int, CaseIterable {
        case quick = 1
        /// Takes two seconds.
        case slow = 2
        /// Accepts, and never answers.
        case black = 3
        /// Closes at once.
        case closing = 4
        /// Answers well for two minutes and not at all for two.
        case flapping = 5
        /// Its pages change with every look.
        case changing = 6
    }

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let asked = NIOLockedValueBox<[String: [NIODeadline]]>([:])

    init() async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [asked] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WorldConnection(asked))
                }
            }
            .bind(host: "0.0.0.0", port: 0).get()
    }

    /// The address of a page of a host.
    func address(_ temper: Temper, host: Int, page: Int) -> String {
        let port = channel.localAddress?.port ?? 0
        let path = Self.path(temper, host: host, page: page)
        return "http://127.\(temper.rawValue).\(host / 250).\(host % 250 + 1):\(port)\(path)"
    }

    static func path(_ temper: Temper, host: Int, page: Int) -> String { "/\(temper)/\(host)/\(page)" }

    /// When each page of hosts of this temper was asked for, by path, in seconds on the clock of `NIODeadline`.
    func moments(_ temper: Temper) -> [String: [Double]] {
        asked.withLockedValue { $0.filter { $0.key.hasPrefix("/\(temper)/") } }.mapValues { $0.map(\.seconds) }
    }

    /// When each page was asked for since this was last called, likewise.
    func takeMoments() -> [String: [Double]] {
        asked.withLockedValue { asked in
            defer { asked = [:] }
            return asked.mapValues { $0.map(\.seconds) }
        }
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

extension NIODeadline {
    /// Seconds on a clock that nobody sets.
    var seconds: Double { Double(uptimeNanoseconds) / 1e9 }
}

/// One connection: reads requests without bodies, and answers as its address says.
private final class WorldConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let slowness = TimeAmount.seconds(2)
    private static let phase: Int64 = 120
    private static let start = NIODeadline.now()

    private let asked: NIOLockedValueBox<[String: [NIODeadline]]>
    private var head = ""
    private var temper = WorldServer.Temper.quick

    init(_ asked: NIOLockedValueBox<[String: [NIODeadline]]>) {
        self.asked = asked
    }

    func channelActive(context: ChannelHandlerContext) {
        let numbers = context.localAddress?.ipAddress?.split(separator: ".").compactMap { Int($0) } ?? []
        temper = numbers.dropFirst().first.flatMap(WorldServer.Temper.init) ?? .quick
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        head += String(buffer: unwrapInboundIn(data))
        while let end = head.range(of: "\r\n\r\n") {
            let path = head.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
            head.removeSubrange(..<end.upperBound)
            asked.withLockedValue { $0[path, default: []].append(.now()) }
            answer(path, context)
        }
    }

    private func answer(_ path: String, _ context: ChannelHandlerContext) {
        switch temper {
        case .quick: send("Page \(path) is as it was.", context)
        case .changing: send("Page \(path) at \(NIODeadline.now().uptimeNanoseconds).", context)
        case .slow:
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: Self.slowness) { bound.value.0.send("A slow page.", bound.value.1) }
        case .black: break
        case .closing: context.close(promise: nil)
        case .flapping:
            let seconds = (NIODeadline.now() - Self.start).nanoseconds / 1_000_000_000
            if (seconds / Self.phase).isMultiple(of: 2) { send("A page that comes and goes.", context) }
        }
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        let page = "<html><body><p>\(text)</p></body></html>"
        let answer = """
            HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)
            """
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }
}
