import Foundation
import NIOCore
import NIOPosix
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdapters

/// The ways in which servers share their namespaces.
enum Sharing: String, CaseIterable, Sendable {
    /// One server, which is alone.
    case memory
    case pythonRedis
    case nodeRedis
    case pythonRabbit

    /// Whether it can say everything that an adapter is asked.
    var isComplete: Bool { self == .memory || self == .nodeRedis }

    static var complete: [Sharing] { allCases.filter(\.isComplete) }
    static var incomplete: [Sharing] { allCases.filter { !$0.isComplete } }
}

extension BrokerState {
    var isAway: Bool { if case .away = self { true } else { false } }
}

extension Broker {
    /// Returns when it is connected and has confirmed every subscription asked for before.
    func ready() async throws {
        try await within("a broker that is connected") { try await connected() }
    }
}

/// Two servers with a client each that share their namespaces; or one, with both.
struct Pair: Sendable {
    let first: LiveServer
    let second: LiveServer
    let here: (client: RawClient, id: String)
    let there: (client: RawClient, id: String)
    /// Who enters and leaves rooms at the second server.
    let moves: Mailbox<String>
    private let brokers: [any Broker]
    var root: Namespace { first.server.namespace() }

    init(_ sharing: Sharing, _ setUp: @escaping @Sendable (Namespace) -> Void = { _ in }) async throws {
        let name = "test-\(UUID().uuidString)"
        var brokers: [any Broker] = []
        var factories: [SocketServer.AdapterFactory] = []
        for _ in 0..<(sharing == .memory ? 1 : 2) {
            let (broker, factory) = try await Self.share(sharing, name)
            factories.append(factory)
            if let broker { brokers.append(broker) }
        }
        let moves = Mailbox<String>()
        let all: @Sendable (SocketServer) -> Void = { server in
            server.namespace().on("join") { (socket: Socket, room: String) in
                socket.join(room)
                _ = await socket.rooms()
            }
            setUp(server.namespace())
        }
        let watch: @Sendable (SocketServer) -> Void = { server in
            server.namespace().onMembershipChange { id, room, isIn in moves.put("\(id) \(isIn ? "in" : "out") \(room)")
            }
        }
        first = try await LiveServer(adapter: factories[0]) { (server: SocketServer) in
            all(server)
            if factories.count == 1 { watch(server) }
        }
        second =
            factories.count == 1
            ? first
            : try await LiveServer(adapter: factories[1]) { (server: SocketServer) in
                all(server)
                watch(server)
            }
        for broker in brokers { try await broker.ready() }
        self.moves = moves
        self.brokers = brokers
        here = try await first.joined()
        there = try await second.joined()
    }

    private static func share(
        _ sharing: Sharing, _ name: String
    ) async throws -> ((any Broker)?, SocketServer.AdapterFactory) {
        switch sharing {
        case .memory: return (nil, { _, rooms in MemoryAdapter(rooms) })
        case .pythonRedis:
            let redis = try await redis()
            return (redis, PythonAdapter.factory(over: redis, channel: name))
        case .pythonRabbit:
            let rabbit = try await rabbit()
            return (rabbit, PythonAdapter.factory(over: rabbit, channel: name))
        case .nodeRedis:
            let redis = try await redis()
            return (redis, NodeAdapter.factory(over: redis, key: name))
        }
    }

    static func rabbit() async throws -> RabbitBroker {
        RabbitBroker(
            try RabbitURL("amqp://127.0.0.1:\(await RealServer.sharedRabbit.value)"),
            group: MultiThreadedEventLoopGroup.singleton)
    }

    static func redis() async throws -> RedisBroker {
        try await redis(port: RealServer.sharedRedis.value)
    }

    static func redis(port: Int, limits: BrokerLimits = .init()) throws -> RedisBroker {
        RedisBroker(
            try RedisURL("redis://127.0.0.1:\(port)"), group: MultiThreadedEventLoopGroup.singleton, limits: limits)
    }

    func stop() async throws {
        try await first.stop()
        if second !== first { try await second.stop() }
        for broker in brokers { await broker.close() }
    }

    /// Puts the second server's client into a room.
    func joinThere(_ room: String) async throws {
        try await there.client.sendText("421[\"join\",\"\(room)\"]")
        try await there.client.expect("431[]")
        _ = try await moves.next()
    }
}
