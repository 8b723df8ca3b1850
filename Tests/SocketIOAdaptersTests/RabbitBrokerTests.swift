import Foundation
import NIOCore
import NIOPosix
import Redis
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdapters

@Suite("A real RabbitMQ", .timeLimit(.minutes(2)))
struct RabbitBrokerTests {
    @Test("what is published is heard by everyone who listens, in order, in one frame or in many")
    func publish() async throws {
        let (one, two) = (try await Pair.rabbit(), try await Pair.rabbit())
        let name = UUID().uuidString
        let (first, second) = (Mailbox<ByteBuffer>(), Mailbox<ByteBuffer>())
        let subscription = one.subscribe(to: name) { first.put($0) }
        _ = two.subscribe(to: name) { second.put($0) }
        try await one.ready()
        try await two.ready()
        for size in [0, 1, 131_064, 131_065, 1_000_000] {
            one.publish(ByteBuffer(repeating: 7, count: size), on: name)
            #expect(try await first.next().readableBytes == size)
            #expect(try await second.next().readableBytes == size)
        }
        for number in 0..<1_000 { two.publish(ByteBuffer(string: "\(number)"), on: name) }
        for number in 0..<1_000 {
            let next = try await first.next()
            #expect(next == ByteBuffer(string: "\(number)"))
        }
        subscription.cancel()
        try await one.ready()
        await one.close()
        await two.close()
    }

    @Test("a wrong password is told in RabbitMQ's words")
    func login() async throws {
        var url = try RabbitURL("amqp://127.0.0.1:\(await RealServer.sharedRabbit.value)")
        url.password = "wrong"
        let broker = RabbitBroker(url, group: MultiThreadedEventLoopGroup.singleton)
        let states = Mailbox<BrokerState>()
        broker.onStateChange { states.put($0) }
        if case .away(_, let reason) = try await states.next() {
            #expect(reason.contains("refused: 403 ACCESS_REFUSED"), "\(reason)")
        } else {
            Issue.record("not away")
        }
        await broker.close()
    }

    @Test("TLS is spoken with whom the given roots vouch for, and with nobody else")
    func tls() async throws {
        let folder = try await RealServer.certificate()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = try await RealServer.freePort()
        let rabbit = try await RealServer.rabbit(port: RealServer.freePort(), tls: (port, folder))
        var url = try RabbitURL("amqps://localhost:\(port)")
        url.trustRoots = "\(folder)/cert.pem"
        let trusted = RabbitBroker(url, group: MultiThreadedEventLoopGroup.singleton)
        try await trusted.ready()
        await trusted.close()
        url.trustRoots = nil
        let strange = RabbitBroker(url, group: MultiThreadedEventLoopGroup.singleton)
        let states = Mailbox<BrokerState>()
        strange.onStateChange { states.put($0) }
        if case .away(_, let reason) = try await states.next() {
            #expect(reason.lowercased().contains("certificate"), "\(reason)")
        } else {
            Issue.record("not away")
        }
        await strange.close()
        try await rabbit.end()
    }

    @Test("a RabbitMQ that dies and comes back is found again, and nobody has to do anything")
    func restart() async throws {
        let port = try await RealServer.freePort()
        var limits = BrokerLimits()
        limits.minBackoff = .milliseconds(5)
        limits.maxBackoff = .milliseconds(200)
        let url = try RabbitURL("amqp://127.0.0.1:\(port)")
        let settings = limits
        let brokers = (0..<2).map { _ in
            RabbitBroker(url, group: MultiThreadedEventLoopGroup.singleton, limits: settings)
        }
        let changes = brokers.map { broker in
            let states = Mailbox<BrokerState>()
            broker.onStateChange { states.put($0) }
            return states
        }
        let servers = [
            try await LiveServer(adapter: PythonAdapter.factory(over: brokers[0])),
            try await LiveServer(adapter: PythonAdapter.factory(over: brokers[1])),
        ]
        let (here, there) = (try await servers[0].joined().client, try await servers[1].joined().client)
        let root = servers[0].server.namespace()
        for round in 0..<2 {
            // Nobody is there yet, or any more: this process goes on alone.
            for change in changes { while try await !change.next().isAway {} }
            try root.everyone.local.emit("alone", round)
            try await here.expect("42[\"alone\",\(round)]")
            let rabbit = try await RealServer.rabbit(port: port)
            for broker in brokers { try await broker.ready() }
            try root.everyone.emit("together", round)
            try await here.expect("42[\"together\",\(round)]")
            try await there.expect("42[\"together\",\(round)]")
            for change in changes { while try await change.next() != .connected {} }
            try await rabbit.end()
        }
        for server in servers { try await server.stop() }
        for broker in brokers { await broker.close() }
    }

    @Test("an address says host, port, login and virtual host")
    func address() throws {
        for text in ["amqp://h", "amqp://h/", "amqp://h//", "amqp://guest:guest@h:5672/%2F"] {
            let url = try RabbitURL(text)
            #expect(url.virtualHost == "/" && url.port == 5672 && url.user == "guest" && url.password == "guest")
        }
        let full = try RabbitURL("amqps://ann:p%40@[::1]/v")
        #expect(full.virtualHost == "v" && full.port == 5671 && full.password == "p@" && full.host == "::1")
        var dumped = ""
        dump(full, to: &dumped)
        for shown in ["\(full)", String(reflecting: full), dumped] {
            #expect(shown.contains("amqps://ann:***@[::1]:5671/v") && !shown.contains("p@"))
        }
        #expect(throws: BrokerFailure.self) { try RabbitURL("http://h") }
    }

    @Test("any bytes are frames, or an error, or not enough")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RabbitBrokerTests.random seed \(seed)")
        var generator = SeededRandom(seed: seed)
        let methods: [UInt32] = [0x000A_000A, 0x000A_001E, 0x003C_003C, 0x000A_0029, 0x0014_000B, 0x003C_0015]
        for _ in 0..<3_000 {
            guard let url = try? RabbitURL("amqp://h") else { return }
            var session = RabbitSession(url, limits: BrokerLimits())
            var (bytes, out) = (ByteBuffer(), ByteBuffer())
            for _ in 0..<8 {
                let kind = [AMQPFrame.Kind.method, .header, .body].randomElement(using: &generator)!
                bytes.writeFrame(kind, channel: 1) { buffer in
                    if kind == .method { buffer.writeInteger(methods.randomElement(using: &generator)!) }
                    let count = Int.random(in: 0..<20, using: &generator)
                    buffer.writeBytes((0..<count).map { _ in UInt8.random(in: 0...3, using: &generator) })
                }
            }
            let before = bytes.readableBytes
            if (try? session.received(&bytes, &out)) != nil { #expect(bytes.readableBytes == 0, "seed \(seed)") }
            #expect(bytes.readableBytes <= before)
        }
    }
}
