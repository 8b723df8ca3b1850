import Foundation
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SocketTestKit

@testable import Redis

/// What tests need of a real Redis.
enum LiveRedis {
    /// Attempts to connect follow each other fast.
    static var fast: RedisLimits {
        var limits = RedisLimits()
        limits.link.minBackoff = .milliseconds(5)
        limits.link.maxBackoff = .milliseconds(50)
        return limits
    }

    static func connection(port: Int, login: String = "", limits: RedisLimits = fast) throws -> RedisConnection {
        RedisConnection(
            try RedisAddress("redis://\(login)127.0.0.1:\(port)"), on: MultiThreadedEventLoopGroup.singleton.any(),
            limits: limits)
    }

    static func subscriber(port: Int) throws -> RedisSubscriber {
        RedisSubscriber(
            try RedisAddress("redis://127.0.0.1:\(port)"), on: MultiThreadedEventLoopGroup.singleton.any(), limits: fast
        )
    }

    /// To the Redis of all tests that do not stop it.
    static func connection() async throws -> RedisConnection {
        try await connection(port: RealServer.sharedRedis.value)
    }

    static func subscriber() async throws -> RedisSubscriber {
        try await subscriber(port: RealServer.sharedRedis.value)
    }

    /// The process of a server, which its guard stands before.
    static func process(of connection: RedisConnection) async throws -> pid_t {
        let text = try await connection.command("INFO", "server").text ?? ""
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") } ?? ""
        guard let process = pid_t(line.dropFirst("process_id:".count)) else {
            throw RealServer.Missing(description: "a Redis that does not say its process")
        }
        return process
    }
}

extension RedisConnection {
    /// The state at each change.
    var changes: Mailbox<LinkState> {
        let changes = Mailbox<LinkState>()
        onStateChange { changes.put($0) }
        return changes
    }
}

extension Mailbox where Value == LinkState {
    /// Waits until the server is away and says why; while it is each failed attempt may give another reason.
    func away() async throws -> LinkFailure {
        while true { if case .away(_, let failure) = try await next() { return failure } }
    }

    func connected() async throws {
        while try await next() != .connected {}
    }
}

/// A server that logs everybody in and then answers with bytes of the test's own.
final class HostileServer: Sendable {
    let port: Int
    /// The bytes of each command that came.
    let commands = Mailbox<String>()
    private let channel: any Channel

    /// Answers each command with the next of `answers`, and with nothing when there are none left; nil hangs up.
    init(answers: [String?]) async throws {
        let rest = NIOLockedValueBox(answers[...])
        let (commands, port) = (commands, try await RealServer.freePort())
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Talk(rest, commands))
                }
            }.bind(host: "127.0.0.1", port: port).get()
        self.port = port
    }

    func stop() async throws {
        try await channel.close()
    }

    private final class Talk: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answers: NIOLockedValueBox<ArraySlice<String?>>
        private let commands: Mailbox<String>

        init(_ answers: NIOLockedValueBox<ArraySlice<String?>>, _ commands: Mailbox<String>) {
            self.answers = answers
            self.commands = commands
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            if text == "*1\r\n$4\r\nPING\r\n" {
                context.writeAndFlush(NIOAny(ByteBuffer(string: "+PONG\r\n")), promise: nil)
                return
            }
            commands.put(text)
            switch answers.withLockedValue({ $0.popFirst() }) {
            case .some(.some(let answer)):
                context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
            case .some(.none): context.close(promise: nil)
            case .none: break
            }
        }
    }
}
