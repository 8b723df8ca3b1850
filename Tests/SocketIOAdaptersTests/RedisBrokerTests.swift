import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdapters

@Suite("A real Redis", .timeLimit(.minutes(1)))
struct RedisBrokerTests {
    private var fast: BrokerLimits {
        var limits = BrokerLimits()
        limits.minBackoff = .milliseconds(5)
        limits.maxBackoff = .milliseconds(50)
        return limits
    }

    /// The state of a broker at each change.
    private func states(of broker: RedisBroker) -> Mailbox<BrokerState> {
        let states = Mailbox<BrokerState>()
        broker.onStateChange { states.put($0) }
        return states
    }

    @Test("what is published is heard, by name and by the beginning of the name, until the subscription ends")
    func publish() async throws {
        let broker = try await Pair.redis()
        let name = UUID().uuidString
        let heard = Mailbox<String>()
        let exact = broker.subscribe(to: name) { heard.put("= " + String(buffer: $0)) }
        let prefix = broker.subscribe(toPrefix: name + "#") {
            heard.put("\($0.dropFirst(name.count)) " + String(buffer: $1))
        }
        try await broker.ready()
        #expect(broker.state == .connected)
        #expect(try await broker.listeners(to: name) == 1)
        broker.publish(ByteBuffer(string: "one"), on: name)
        #expect(try await heard.next() == "= one")
        broker.publish(ByteBuffer(string: "two"), on: name + "#x")
        #expect(try await heard.next() == "#x two")
        exact.cancel()
        try await broker.ready()
        #expect(try await broker.listeners(to: name) == 0)
        broker.publish(ByteBuffer(string: "three"), on: name)
        broker.publish(ByteBuffer(string: "four"), on: name + "#")
        #expect(try await heard.next() == "# four")
        prefix.cancel()
        await broker.close()
        #expect(broker.state == .closed)
        await #expect(throws: BrokerFailure.closed) { try await broker.connected() }
    }

    @Test("a large message passes, and the order of many is kept")
    func many() async throws {
        let broker = try await Pair.redis()
        let name = UUID().uuidString
        let heard = Mailbox<ByteBuffer>()
        let subscription = broker.subscribe(to: name) { heard.put($0) }
        try await broker.ready()
        broker.publish(ByteBuffer(repeating: 7, count: 3_000_000), on: name)
        #expect(try await heard.next().readableBytes == 3_000_000)
        for number in 0..<5_000 { broker.publish(ByteBuffer(string: "\(number)"), on: name) }
        for number in 0..<5_000 {
            let next = try await heard.next()
            #expect(next == ByteBuffer(string: "\(number)"))
        }
        #expect(broker.droppedMessages == 0)
        subscription.cancel()
        await broker.close()
    }

    @Test("a password, a user of the access list, a database; and the wrong ones in Redis's words")
    func login() async throws {
        let port = try await RealServer.freePort()
        let redis = try await RealServer.redis(
            port: port,
            settings: ["--requirepass", "geheim", "--user", "ann", "on", ">p@ss", "allcommands", "allchannels"])
        for login in [":geheim@", "ann:p%40ss@"] {
            let broker = RedisBroker(
                try RedisURL("redis://\(login)127.0.0.1:\(port)/5"), group: MultiThreadedEventLoopGroup.singleton)
            try await broker.ready()
            await broker.close()
        }
        for (login, words) in [("", "NOAUTH"), (":no@", "WRONGPASS"), ("ann:no@", "WRONGPASS")] {
            let broker = RedisBroker(
                try RedisURL("redis://\(login)127.0.0.1:\(port)"), group: MultiThreadedEventLoopGroup.singleton)
            guard case .away(_, let reason) = try await states(of: broker).next() else {
                Issue.record("not away")
                continue
            }
            #expect(reason.contains("refused: \(words)"))
            await broker.close()
        }
        let broker = RedisBroker(
            try RedisURL("redis://:geheim@127.0.0.1:\(port)/99"), group: MultiThreadedEventLoopGroup.singleton)
        guard case .away(_, let reason) = try await states(of: broker).next() else {
            Issue.record("not away")
            return
        }
        #expect(reason.contains("DB index"))
        await broker.close()
        try await redis.end()
    }

    @Test("TLS is spoken with whom the given roots vouch for, and with nobody else")
    func tls() async throws {
        let folder = try await RealServer.certificate()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = try await RealServer.freePort()
        let redis = try await RealServer.redis(
            port: 0,
            settings: [
                "--tls-port", "\(port)", "--tls-cert-file", "\(folder)/cert.pem", "--tls-key-file",
                "\(folder)/key.pem", "--tls-auth-clients", "no",
            ])
        var url = try RedisURL("rediss://localhost:\(port)")
        url.trustRoots = "\(folder)/cert.pem"
        let trusted = RedisBroker(url, group: MultiThreadedEventLoopGroup.singleton)
        try await trusted.ready()
        await trusted.close()
        var unknown = url
        unknown.trustRoots = nil
        var misnamed = url
        misnamed.host = "127.0.0.1"
        for url in [unknown, misnamed] {
            let strange = RedisBroker(url, group: MultiThreadedEventLoopGroup.singleton)
            guard case .away(_, let reason) = try await states(of: strange).next() else {
                Issue.record("not away")
                return
            }
            #expect(reason.lowercased().contains("certificate"), "\(reason)")
            await strange.close()
        }
        try await redis.end()
    }

    @Test("a Redis that dies and comes back is found again, and nobody has to do anything", arguments: [false, true])
    func restart(isNode: Bool) async throws {
        let port = try await RealServer.freePort()
        var redis = try await RealServer.redis(port: port)
        let brokers = [try Pair.redis(port: port, limits: fast), try Pair.redis(port: port, limits: fast)]
        let changes = brokers.map { states(of: $0) }
        let factory = { (broker: RedisBroker) in
            isNode ? NodeAdapter.factory(over: broker) : PythonAdapter.factory(over: broker)
        }
        let servers = [
            try await LiveServer(adapter: factory(brokers[0])), try await LiveServer(adapter: factory(brokers[1])),
        ]
        for broker in brokers { try await broker.ready() }
        for change in changes { #expect(try await change.next() == .connected) }
        let (here, there) = (try await servers[0].joined().client, try await servers[1].joined().client)
        let root = servers[0].server.namespace()
        for round in 0..<3 {
            try root.everyone.emit("before", round)
            try await here.expect("42[\"before\",\(round)]")
            try await there.expect("42[\"before\",\(round)]")
            try await redis.end()
            for change in changes {
                guard case .away = try await change.next() else {
                    Issue.record("not away")
                    return
                }
            }
            try root.everyone.local.emit("alone", round)
            try await here.expect("42[\"alone\",\(round)]")
            if isNode {
                await #expect(throws: AdapterFailure.away) { try await root.everyone.fetchSockets() }
                let answers = try await root.to("nobody").ask("q")
                #expect(answers.asked == 0)
            }
            redis = try await RealServer.redis(port: port)
            for broker in brokers { try await broker.ready() }
            for change in changes { try await skip(change, to: .connected) }
            if isNode {
                #expect(try await brokers[0].listeners(to: "socket.io-request#/#") == 2)
                #expect(try await root.everyone.fetchSockets().count == 2)
            } else {
                #expect(try await brokers[0].listeners(to: "socketio") == 2)
            }
        }
        for server in servers { try await server.stop() }
        // Stopped servers listen no more.
        for broker in brokers { try await broker.ready() }
        #expect(try await brokers[0].listeners(to: "socketio") == 0)
        #expect(try await brokers[0].listeners(to: "socket.io-request#/#") == 0)
        for broker in brokers { await broker.close() }
        try await redis.end()
    }

    /// While Redis is away each failed attempt may give another reason.
    private func skip(_ changes: Mailbox<BrokerState>, to wanted: BrokerState) async throws {
        while try await changes.next() != wanted {}
    }

    @Test("an observer that comes late is told how it stands")
    func lateObserver() async throws {
        let broker = try await Pair.redis()
        try await broker.ready()
        #expect(try await states(of: broker).next() == .connected)
        await broker.close()
        #expect(try await states(of: broker).next() == .closed)
        let nobody = try Pair.redis(port: try await RealServer.freePort(), limits: fast)
        try await within("a refusal") {
            while !nobody.state.isAway {
                try Task.checkCancellation()
                try await nobody.eventLoop.submit {}.get()
            }
        }
        #expect(try await states(of: nobody).next().isAway)
        await nobody.close()
    }

    @Test("while Redis is away the newest messages are kept up to the limit, the rest is counted")
    func drops() async throws {
        let port = try await RealServer.freePort()
        var limits = fast
        limits.maxQueuedBytes = 1_000
        let broker = try Pair.redis(port: port, limits: limits)
        let changes = states(of: broker)
        guard case .away = try await changes.next() else {
            Issue.record("not away")
            return
        }
        for number in 0..<100 { broker.publish(ByteBuffer(repeating: UInt8(number), count: 99), on: "c") }
        let heard = Mailbox<UInt8>()
        _ = broker.subscribe(to: "c") { heard.put($0.readableBytesView.first ?? 0) }
        try await broker.eventLoop.submit {}.get()
        #expect(broker.droppedMessages == 90)
        let redis = try await RealServer.redis(port: port)
        // Both connections come back by themselves, the one that publishes perhaps first: what is heard is the end.
        try await broker.ready()
        broker.publish(ByteBuffer(bytes: [200]), on: "c")
        var last: UInt8?
        while last != 200 {
            last = try await heard.next()
            #expect(last ?? 0 >= 90)
        }
        await broker.close()
        try await redis.end()
    }

    @Test("a broker that nobody holds any more ends its connections")
    func forgotten() async throws {
        let witness = try await Pair.redis()
        try await witness.ready()
        let name = UUID().uuidString
        do {
            let broker = try await Pair.redis()
            _ = broker.subscribe(to: name) { _ in }
            try await broker.ready()
            #expect(try await witness.listeners(to: name) == 1)
        }
        try await within("the end of a connection") {
            while try await witness.listeners(to: name) > 0 { try Task.checkCancellation() }
        }
        await witness.close()
    }

    @Test("a server that stopped and its broker leave nothing behind")
    func leaks() async throws {
        let farewells = Mailbox<Void>()
        weak var adapter: NodeAdapter?
        do {
            let broker = try await Pair.redis()
            // Whoever logs by this is gone when it is: the factory, and so the server, and the adapter.
            let factory = NodeAdapter.factory(
                over: broker, key: UUID().uuidString, logger: FarewellLog.logger { farewells.put(()) })
            let server = try await LiveServer(adapter: factory)
            adapter = server.server.namespace().adapter as? NodeAdapter
            try await broker.ready()
            #expect(try await server.server.namespace().everyone.fetchSockets().isEmpty)
            #expect(adapter?.openRequests == 0)
            try await server.stop()
            await broker.close()
        }
        try await farewells.next()
        #expect(adapter == nil)
    }
}
