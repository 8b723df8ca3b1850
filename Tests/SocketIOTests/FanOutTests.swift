import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import SocketTestKit
import Testing

@testable import EngineIO
@testable import SocketIO

/// What is sent to very many sockets of one event loop.
@Suite("A broadcast to thousands", .serialized, .timeLimit(.minutes(2)))
struct FanOutTests {
    private static let crowd = 1_500

    /// What one socket after the other is sent, as it is sent.
    private final class Log: Sendable {
        private let heard = NIOLockedValueBox<[String: [String]]>([:])

        func note(_ socket: Socket, _ event: Event) {
            heard.withLockedValue { $0[socket.id, default: []].append(event.name) }
        }

        var all: [String: [String]] { heard.withLockedValue { $0 } }
    }

    /// Takes as long as a socket with much to send, so that one turn of the loop is far too short for all.
    private static func work(_ time: TimeAmount = .microseconds(50)) {
        let start = NIODeadline.now()
        while NIODeadline.now() - start < time {}
    }

    @Test("requests are answered before it ends, by the event loop that it keeps busy")
    func yields() async throws {
        let crowd = try await Crowd(Self.crowd)
        let client = try await RawClient.connect(crowd.port)
        let reached = NIOLockedValueBox(0)
        let isAnswered = NIOLockedValueBox(false)
        let begun = Mailbox<Void>()
        crowd.server.namespace().everyone.offer("event", rawJSON: ByteBuffer(string: "1")) { _, _ in
            if reached.withLockedValue({
                $0 += 1; return $0 == 1
            }) {
                begun.put(())
            }
            // So long that a client on a busy machine gets to ask before the end.
            if !isAnswered.withLockedValue({ $0 }) { Self.work(.microseconds(200)) }
            return true
        }
        await begun.next()
        let answer = try await client.get("/socket.io/?EIO=4&transport=polling")
        let before = reached.withLockedValue { $0 }
        isAnswered.withLockedValue { $0 = true }
        #expect(answer.body.contains("sid"))
        #expect(before < Self.crowd, "the answer came after \(before)")
        // Nobody is left out for it.
        try await crowd.loop.submit {}.get()
        await withCheckedContinuation { continuation in
            crowd.server.namespace().rooms.walk(Target()) { _ in
            } done: {
                continuation.resume()
            }
        }
        #expect(reached.withLockedValue { $0 } == Self.crowd)
        try await crowd.stop()
    }

    /// Broadcasts each of which leads to the next.
    private final class Chain: Sendable {
        static let most = 4_000
        let length = NIOLockedValueBox(0)
        let isToEnd = NIOLockedValueBox(false)
        let begun = Mailbox<Void>()
        private let other = DispatchQueue(label: "other")

        /// Asks for the next from another thread, as most do, and returns when it is asked for.
        func emit(_ namespace: Namespace) {
            let isAskedFor = DispatchSemaphore(value: 0)
            other.async {
                try? namespace.everyone.emit("next")
                isAskedFor.signal()
            }
            isAskedFor.wait()
        }

        /// Does what the next broadcast is sent by; false at the end.
        func takesNext() -> Bool {
            if isToEnd.withLockedValue({ $0 }) { return false }
            FanOutTests.work()
            let count = length.withLockedValue {
                $0 += 1
                return $0
            }
            if count == 1 { begun.put(()) }
            return count < Self.most
        }
    }

    @Test(
        "requests are answered between many that lead to each other, while one is sent or right after it",
        arguments: [false, true])
    func yieldsToMany(isAfter: Bool) async throws {
        let chain = Chain()
        let crowd = try await Crowd(1) { namespace in
            namespace.onOutgoing { [weak namespace] _, _ in
                guard let namespace, chain.takesNext() else { return }
                if isAfter {
                    MultiThreadedEventLoopGroup.currentEventLoop?.execute { chain.emit(namespace) }
                } else {
                    chain.emit(namespace)
                }
            }
        }
        let client = try await RawClient.connect(crowd.port)
        try crowd.server.namespace().everyone.emit("first")
        await chain.begun.next()
        let answer = try await client.get("/socket.io/?EIO=4&transport=polling")
        let before = chain.length.withLockedValue { $0 }
        chain.isToEnd.withLockedValue { $0 = true }
        #expect(answer.body.contains("sid"))
        #expect(before < Chain.most, "the answer came after \(before)")
        try await crowd.stop()
    }

    @Test("nothing overtakes it: a reply between two of them stands between them, once")
    func order() async throws {
        let log = Log()
        let sockets = NIOLockedValueBox<[Socket]>([])
        let crowd = try await Crowd(Self.crowd) { namespace in
            namespace.onOutgoing { socket, event in log.note(socket, event) }
            namespace.onConnection { socket in sockets.withLockedValue { $0.append(socket) } }
        }
        let root = crowd.server.namespace()
        let client = try await crowd.client()
        while sockets.withLockedValue({ $0.count }) <= Self.crowd { await Task.yield() }
        let all = sockets.withLockedValue { $0 }
        let few = [all[0], all[Self.crowd / 2], all[Self.crowd]]
        try root.everyone.emit("a")
        for socket in few { try socket.emit("reply") }
        try root.everyone.emit("b", Data([1]))
        for socket in few { socket.join("room") }
        try root.to("room").emit("c")
        try root.everyone.except("room").emit("d")
        for socket in few { _ = await socket.rooms() }
        let heard = log.all
        #expect(heard.count == Self.crowd + 1)
        for socket in few { #expect(heard[socket.id] == ["a", "reply", "b", "c"]) }
        let others = heard.filter { id, _ in !few.contains { $0.id == id } }
        #expect(others.count == Self.crowd - 2)
        #expect(others.allSatisfy { $0.value == ["a", "b", "d"] })
        // And as a real client has it, without anybody who listens in.
        try await client.expect(#"42["a"]"#)
        try await crowd.stop()
    }

    @Test("a client reads them in that order too", arguments: [0, 1_000])
    func read(crowd count: Int) async throws {
        let crowd = try await Crowd(count)
        let root = crowd.server.namespace()
        let client = try await crowd.client()
        let found = NIOLockedValueBox<Socket?>(nil)
        let id = try #require(try await root.everyone.local.fetchSockets().last?.id)
        root.rooms.onEachShard { shard, _ in
            shard.forEach(in: Target(rooms: [id])) { core in found.withLockedValue { $0 = core.socket } }
        }
        _ = try await root.to(id).fetchSockets()
        let socket = try #require(found.withLockedValue { $0 })
        for round in 0..<20 {
            try root.everyone.emit("a", round)
            try socket.emit("b", round)
            try root.everyone.volatile.emit("c", round)
            try root.to(id).emit("d", round)
        }
        for round in 0..<20 {
            for name in ["a", "b", "c", "d"] { try await client.expect("42[\"\(name)\",\(round)]") }
        }
        try await crowd.stop()
    }

    @Test("a socket that leaves meanwhile hears nothing more, others hear all")
    func leaving() async throws {
        let crowd = try await Crowd(Self.crowd)
        let reached = NIOLockedValueBox<Set<String>>([])
        let gone = NIOLockedValueBox<Set<String>>([])
        crowd.server.namespace().everyone.offer("event", rawJSON: ByteBuffer(string: "1")) { socket, _ in
            Self.work()
            reached.withLockedValue { #expect($0.insert(socket.id).inserted) }
            return true
        }
        // Five hundred of them are put out from the loop itself, wherever it is.
        try await crowd.loop.submit {
            crowd.server.namespace().rooms.onEachShard { shard, _ in
                var left = 500
                for core in shard.members(of: Target()) where left > 0 {
                    left -= 1
                    gone.withLockedValue { _ = $0.insert(core.id) }
                    core.socket?.disconnect()
                }
            }
        }.get()
        let after = try await crowd.server.namespace().everyone.fetchSockets()
        #expect(after.count == Self.crowd - 500)
        let missed = Set(after.map(\.id)).subtracting(reached.withLockedValue { $0 })
        #expect(missed.isEmpty)
        try await crowd.stop()
    }
}

/// Rounds, for what may take its time.
@Suite("A round to many", .timeLimit(.minutes(2)))
struct RoundTests {
    @Test("gives each socket what was picked for it, once, and lets everything else go first")
    func round() async throws {
        let names = NIOLockedValueBox<[String: [String]]>([:])
        let crowd = try await Crowd(2_000) { namespace in
            namespace.onOutgoing { socket, event in
                names.withLockedValue { $0[socket.id, default: []].append(event.name) }
            }
        }
        let root = crowd.server.namespace()
        let client = try await crowd.client()
        let bundle = root.bundle([("one", ByteBuffer(string: "1")), ("two", ByteBuffer(string: "2"))])
        let begun = Mailbox<Void>()
        let asked = NIOLockedValueBox(0)
        async let round: Void = root.everyone.round { _, waiting in
            #expect(waiting >= 0)
            let start = NIODeadline.now()
            while NIODeadline.now() - start < .microseconds(50) {}
            let count = asked.withLockedValue {
                $0 += 1
                return $0
            }
            if count == 1 { begun.put(()) }
            return count % 2 == 0 ? [bundle] : []
        }
        await begun.next()
        try root.everyone.emit("first")
        _ = try await root.everyone.fetchSockets()
        let before = asked.withLockedValue { $0 }
        #expect(before < 2_001, "everything else came after \(before) of 2,001")
        await round
        #expect(asked.withLockedValue { $0 } == 2_001)
        let heard = names.withLockedValue { $0 }
        #expect(heard.values.allSatisfy { $0.filter { $0 == "first" }.count == 1 })
        #expect(heard.values.count { $0.contains("one") } == 1_000)
        #expect(heard.values.allSatisfy { $0.filter { $0 == "one" }.count == $0.filter { $0 == "two" }.count })
        try await client.expect(#"42["first"]"#)
        try await crowd.stop()
    }

    @Test("ends when nobody is there, and when all leave while it is under way")
    func empty() async throws {
        let crowd = try await Crowd(1_000)
        let root = crowd.server.namespace()
        await root.to("nobody").round { _, _ in
            Issue.record("nobody is in there")
            return []
        }
        let bundle = root.bundle([("news", ByteBuffer(string: "1"))])
        await root.everyone.round { socket, _ in
            root.everyone.disconnect(close: true)
            return [bundle]
        }
        #expect(try await root.everyone.fetchSockets().isEmpty)
        try await crowd.stop()
    }
}
