import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import WebCore

/// Connections as the server has them behind the codec, on manual time, with all requests left unanswered until a test
/// answers.
final class ConnectionStage {
    let loop = EmbeddedEventLoop()
    let connections: Connections
    private var nextPort = 1

    init(_ change: (inout ServerLimits) -> Void = { _ in }) {
        var limits = ServerLimits()
        // One address is many clients here, but where a test says otherwise.
        limits.connectionsPerAddress = 1_024
        change(&limits)
        connections = Connections(limits)
    }

    func connect(from address: String = "192.0.2.1") throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        nextPort += 1
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: nextPort)
        let seat = Seat(channel, among: connections)
        #expect(seat.take())
        let pace = RequestPace(seat, Self.rules)
        try channel.pipeline.syncOperations.addHandlers([pace, FrontDoor(Self.rules, seat: seat)])
        channel.connect(to: try SocketAddress(ipAddress: "192.0.2.9", port: 80), promise: nil)
        loop.run()
        self.pace[ObjectIdentifier(channel)] = seat
        return channel
    }

    /// A connection with all that requests pass, fed with bytes.
    func wire() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        nextPort += 1
        channel.remoteAddress = try SocketAddress(ipAddress: "192.0.2.1", port: nextPort)
        try ServerPipeline.add(
            to: channel.pipeline.syncOperations, rules: Self.rules, connections: connections)
        channel.connect(to: try SocketAddress(ipAddress: "192.0.2.9", port: 80), promise: nil)
        loop.run()
        return channel
    }

    private static let rules = FrontDoorRules(
        hosts: AllowedHosts(), base: "", socketPath: "/socket.io/",
        log: RefusalLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }), page: { _ in [] })

    /// The place of a connection that `connect` has made.
    func seat(_ channel: EmbeddedChannel) throws -> Seat { try #require(pace[ObjectIdentifier(channel)]) }

    private var pace: [ObjectIdentifier: Seat] = [:]

    /// Bytes of a body, counted as they are in front of the codec; false when they are too many.
    func arrive(_ count: Int, at channel: EmbeddedChannel) throws -> Bool {
        let seat = try #require(pace[ObjectIdentifier(channel)])
        let fits = connections.received(count, by: seat)
        if channel.isActive {
            try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 1, count: count)))
        }
        return fits
    }

    func pass(_ seconds: Int64) { loop.advanceTime(by: .seconds(seconds)) }
}

extension EmbeddedChannel {
    /// Sends a request without a body, or the head of one with.
    func ask(_ uri: String = "/", method: HTTPMethod = .GET) throws {
        try writeInbound(
            HTTPServerRequestPart.head(
                HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: ["Host": "localhost"])))
        if method == .GET { try writeInbound(HTTPServerRequestPart.end(nil)) }
        embeddedEventLoop.run()
    }

    /// Answers the request in hand as those behind would.
    func answer() throws {
        try writeOutbound(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)))
        try writeOutbound(HTTPServerResponsePart.end(nil))
        embeddedEventLoop.run()
    }

    /// The status of the next answer.
    func status() throws -> Int? {
        while let part = try readOutbound(as: HTTPServerResponsePart.self) {
            if case .head(let head) = part { return Int(head.status.code) }
        }
        return nil
    }

    /// How many requests those behind have seen.
    func seen() throws -> Int {
        var count = 0
        while let part = try readInbound(as: HTTPServerRequestPart.self) {
            if case .head = part { count += 1 }
        }
        return count
    }
}

@Suite("All connections together")
struct ConnectionsTests {
    @Test("where there is no room, the connection that is idle longest makes it")
    func leastRecentlyUsed() throws {
        let stage = ConnectionStage { $0.connections = 3 }
        let (first, second, third) = (try stage.connect(), try stage.connect(), try stage.connect())
        try first.ask()
        try first.answer()
        let fourth = try stage.connect()
        #expect(first.isActive && !second.isActive && third.isActive && fourth.isActive)
        try third.ask()
        let fifth = try stage.connect()
        #expect(!first.isActive && third.isActive && fifth.isActive)
        #expect(stage.connections.count == 3)
    }

    @Test("where none is idle, one more may ask how the program is, and nothing else")
    func extras() throws {
        let stage = ConnectionStage { $0.connections = 2 }
        let busy = [try stage.connect(), try stage.connect()]
        for channel in busy { try channel.ask() }
        let curious = try stage.connect()
        try curious.ask("/readyz?x=1")
        #expect(try curious.seen() == 1)
        try curious.answer()
        #expect(try curious.status() == 200)
        #expect(!curious.isActive, "an extra has one question")
        let other = try stage.connect()
        try other.ask("/")
        #expect(try other.status() == 503 && other.seen() == 0)
        #expect(!other.isActive)
        #expect(busy.allSatisfy { $0.isActive })

        try busy[0].answer()
        let next = try stage.connect()
        try next.ask("/")
        #expect(try next.seen() == 1 && !busy[0].isActive)
    }

    @Test("extras that do not ask give way to those that come after, with 503, and wait five seconds at most")
    func silentExtras() throws {
        let stage = ConnectionStage { $0.connections = 1 }
        try stage.connect().ask()
        let extras = try (0..<40).map { _ in try stage.connect() }
        stage.loop.run()
        stage.pass(1)
        #expect(extras.count { $0.isActive } == 32)
        #expect(try extras[0].status() == 503 && !extras[7].isActive && extras[8].isActive)
        stage.pass(5)
        #expect(!extras.contains { $0.isActive })
        #expect(stage.connections.count == 1)
    }

    @Test(
        "one address has its share and no more; the machine's own are not counted",
        arguments: [("192.0.2.1", true), ("127.0.0.1", false), ("::1", false), ("::ffff:127.0.0.1", false)])
    func perAddress(address: String, isLimited: Bool) throws {
        let stage = ConnectionStage { $0.connectionsPerAddress = 2 }
        let other = try stage.connect(from: "192.0.2.77")
        for _ in 0..<2 { try stage.connect(from: address).ask() }
        let third = try stage.connect(from: address)
        try third.ask()
        #expect(try third.status() == (isLimited ? 503 : nil))
        #expect(other.isActive, "an idle one of somebody else is not in the way")
    }

    @Test("one address never takes all, unless it is the machine's own", arguments: ["192.0.2.1", "127.0.0.1"])
    func share(address: String) throws {
        let stage = ConnectionStage {
            $0.connections = 8
            $0.connectionsPerAddress = nil
        }
        var seated = 0
        for _ in 0..<8 {
            let channel = try stage.connect(from: address)
            try channel.ask()
            if try channel.seen() == 1 { seated += 1 }
        }
        #expect(seated == (address == "127.0.0.1" ? 8 : 6))
        let other = try stage.connect(from: "198.51.100.7")
        try other.ask()
        #expect(try other.seen() == (address == "127.0.0.1" ? 0 : 1))
    }

    /// A request of which only `count` bytes of the body have come so far.
    private func begin(_ count: Int, at channel: EmbeddedChannel, _ stage: ConnectionStage) throws {
        try channel.ask(method: .POST)
        _ = try stage.arrive(count, at: channel)
        channel.pipeline.fireChannelReadComplete()
    }

    @Test("a request that hardly comes makes room with 408, one that comes or is answered does not")
    func stalling() throws {
        let stage = ConnectionStage { $0.connections = 3 }
        let (answered, steady, drip) = (try stage.connect(), try stage.connect(), try stage.connect())
        try answered.ask()
        try begin(9_000, at: steady, stage)
        try begin(10, at: drip, stage)
        let early = try stage.connect()
        try early.ask()
        #expect(try early.status() == 503, "nothing can be said of a request after so short a time")
        stage.pass(3)
        let newcomer = try stage.connect()
        try newcomer.ask()
        #expect(try newcomer.seen() == 1)
        #expect(try drip.status() == 408 && !drip.isActive)
        #expect(throws: RequestPace.Refused.self) { try drip.throwIfErrorCaught() }
        let late = try stage.connect()
        try late.ask()
        #expect(try late.status() == 503)
        #expect(answered.isActive && steady.isActive && newcomer.isActive && stage.connections.count == 3)
        #expect(stage.connections.requestBytes == 9_000)
    }

    @Test("of those that rest or stall the one goes that has for longest")
    func longest() throws {
        let stage = ConnectionStage { $0.connections = 3 }
        let resting = try stage.connect()
        let (stalling, late) = (try stage.connect(), try stage.connect())
        stage.pass(1)
        try begin(10, at: stalling, stage)
        stage.pass(1)
        try late.ask()
        try late.answer()
        stage.pass(3)
        var gone: [Bool] = []
        for _ in 0..<3 {
            try stage.connect().ask()
            gone += [resting, stalling, late].map { !$0.isActive }
        }
        #expect(gone == [true, false, false, true, true, false, true, true, true])
        #expect(throws: RequestPace.Refused.self) { try stalling.throwIfErrorCaught() }
    }

    @Test("whoever reads its answer keeps its place, whoever has not for ten seconds makes room")
    func unreadAnswers() throws {
        let stage = ConnectionStage { $0.connections = 2 }
        let (stuck, reads) = (try stage.connect(), try stage.connect())
        stage.pass(60)
        for channel in [stuck, reads] {
            try channel.ask()
            try channel.answer()
        }
        let now = stage.loop.now
        stage.connections.unread(1_000, since: now - .seconds(11), by: try stage.seat(stuck))
        stage.connections.unread(1_000, since: now - .seconds(4), by: try stage.seat(reads))
        for isSeated in [true, false] {
            let channel = try stage.connect()
            try channel.ask()
            #expect(try channel.seen() == (isSeated ? 1 : 0))
        }
        #expect(!stuck.isActive && reads.isActive)
        #expect(stage.connections.unreadBytes == 1_000)
    }

    @Test("a connection whose place was given away while a request came ends with its answer")
    func lateRequest() throws {
        let stage = ConnectionStage { $0.connections = 1 }
        let first = try stage.connect()
        // The word that it is to end waits for its event loop, and the request is there before.
        let second = EmbeddedChannel(loop: stage.loop)
        second.remoteAddress = try SocketAddress(ipAddress: "192.0.2.1", port: 9)
        #expect(Seat(second, among: stage.connections).take())
        try first.writeInbound(
            HTTPServerRequestPart.head(
                HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["Host": "localhost"])))
        try first.writeInbound(HTTPServerRequestPart.end(nil))
        stage.loop.run()
        #expect(first.isActive)
        try first.answer()
        #expect(try first.status() == 200 && !first.isActive)
    }
}
