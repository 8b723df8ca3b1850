import EngineIO
import Foundation
import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("Clients that lose their connection and come back", .timeLimit(.minutes(1)))
struct RecoveryTests {
    private enum Color: SocketKey {
        typealias Value = String
    }

    private struct Welcome: Decodable {
        var sid: String
        var pid: String
    }

    /// A server whose sockets take rooms and a color, and tell when they come and go.
    private func live(
        _ events: Mailbox<String>, _ change: (inout ConnectionRecovery) -> Void = { _ in }
    ) async throws -> LiveServer {
        var configuration = SocketConfiguration()
        var recovery = ConnectionRecovery()
        change(&recovery)
        configuration.recovery = recovery
        return try await LiveServer(configuration: configuration) { (server: SocketServer) in
            let root = server.namespace("/")
            root.use { socket in
                if !socket.isRecovered { events.put("asked") } else { events.put("asked again") }
            }
            root.onConnection { socket in
                let rooms = await socket.rooms().sorted().joined(separator: ",")
                events.put("\(socket.isRecovered) \(rooms) \(socket[Color.self] ?? "")")
                try? socket.emit("hello")
            }
            root.onDisconnect { _, reason, _ in events.put("\(reason)") }
            root.on("join") { (socket: Socket, room: String) in
                socket.join(room)
                socket[Color.self] = "red"
                _ = await socket.rooms()
            }
        }
    }

    /// Sends CONNECT and reads up to its answer; with the offset of the event behind it.
    private func join(
        _ client: RawClient, claim: String = ""
    ) async throws -> (before: [String], welcome: Welcome, offset: String) {
        try await client.sendText("40" + claim)
        var before: [String] = []
        while true {
            let text = try await client.frame().text
            guard text.hasPrefix("40") else {
                before.append(text)
                continue
            }
            let welcome = try JSONDecoder().decode(Welcome.self, from: Data(text.utf8.dropFirst(2)))
            let hello = try await client.frame().text
            return (before, welcome, try offset(of: hello))
        }
    }

    private func offset(of event: String) throws -> String {
        let json = try #require(event.firstIndex(of: "["))
        let array = try JSONSerialization.jsonObject(with: Data(event[json...].utf8)) as? [Any]
        return try #require(array?.last as? String)
    }

    private func claim(_ welcome: Welcome, _ offset: String) -> String {
        #"{"pid":"\#(welcome.pid)","offset":"\#(offset)"}"#
    }

    @Test("it gets its identifier, rooms, values and what it missed, in order and before its welcome")
    func comesBack() async throws {
        let events = Mailbox<String>()
        let live = try await live(events)
        let root = live.server.namespace()
        let first = try await live.socket()
        let (_, welcome, _) = try await join(first)
        #expect(await events.next() == "asked")
        #expect(await events.next() == "false  ")
        try await first.sendText(#"421["join","a"]"#)
        try await first.expect("431[]")
        try root.to("a").emit("heard", 1)
        let last = try await offset(of: first.frame().text)
        try await first.close()
        #expect(await events.next() == "transport close")
        try root.to("a").emit("missed", 1)
        try root.to("b").emit("not for us")
        try root.everyone.except("a").emit("not for us")
        try root.everyone.volatile.emit("volatile")
        try root.to(welcome.sid).emit("missed", 2)
        let second = try await live.socket()
        let (before, again, _) = try await join(second, claim: claim(welcome, last))
        #expect(again.sid == welcome.sid && again.pid == welcome.pid)
        #expect(before.count == 2)
        #expect(before.first?.hasPrefix(#"42["missed",1,""#) == true)
        #expect(before.last?.hasPrefix(#"42["missed",2,""#) == true)
        #expect(await events.next() == "true a red")
        try root.to("a").emit("live")
        #expect(try await second.frame().text.hasPrefix(#"42["live",""#))
    }

    @Test("a session can be taken back once, and not after a proper goodbye", arguments: [true, false])
    func once(goodbye: Bool) async throws {
        let events = Mailbox<String>()
        let live = try await live(events)
        let first = try await live.socket()
        let (_, welcome, last) = try await join(first)
        if goodbye { try await first.sendText("41") } else { try await first.close() }
        _ = (await events.next(), await events.next())
        #expect(await events.next() == (goodbye ? "client namespace disconnect" : "transport close"))
        let second = try await live.socket()
        let again = try await join(second, claim: claim(welcome, last)).welcome
        #expect((again.sid == welcome.sid) == !goodbye)
        let third = try await live.socket()
        let other = try await join(third, claim: claim(welcome, last)).welcome
        #expect(other.sid != welcome.sid && other.pid != welcome.pid)
        #expect(live.server.namespace().rooms.log?.counts.sessions == 0)
    }

    @Test(
        "a claim that proves nothing makes a new socket",
        arguments: [
            "{}", #"{"pid":"x","offset":"1"}"#, #"{"pid":1,"offset":"1"}"#, #"{"pid":"PID","offset":"zzzzzz"}"#,
            #"{"pid":"PID","offset":"-1"}"#, #"{"pid":"PID","offset":""}"#, #"{"pid":"PID"}"#,
            #"{"pid":"PID","offset":"99999999999999999999999999"}"#, #"{"pid":"PID","offset":["1"]}"#,
        ])
    func badClaims(claim: String) async throws {
        let events = Mailbox<String>()
        let live = try await live(events)
        let first = try await live.socket()
        let (_, welcome, _) = try await join(first)
        try await first.close()
        for expected in ["asked", "false  ", "transport close"] { #expect(await events.next() == expected) }
        let second = try await live.socket()
        let again = try await join(second, claim: claim.replacing("PID", with: welcome.pid))
        #expect(again.welcome.sid != welcome.sid)
        #expect(again.before.isEmpty)
        #expect(await events.next() == "asked")
        #expect(await events.next() == "false  ")
    }

    @Test("who was away too long, or too long for what is kept, begins anew")
    func tooLate() async throws {
        let events = Mailbox<String>()
        let live = try await live(events) { $0.maxLoggedBytes = 5000 }
        let first = try await live.socket()
        let (_, welcome, last) = try await join(first)
        try await first.close()
        for expected in ["asked", "false  ", "transport close"] { #expect(await events.next() == expected) }
        for number in 0..<100 { try live.server.namespace().to(welcome.sid).emit("much", number) }
        #expect((live.server.namespace().rooms.log?.counts.events ?? 0) < 25)
        let second = try await live.socket()
        #expect(try await join(second, claim: claim(welcome, last)).welcome.sid != welcome.sid)

        let brief = try await self.live(events) { $0.maxDisconnection = .nanoseconds(1) }
        let third = try await brief.socket()
        let (_, old, offset) = try await join(third)
        try await third.close()
        while await events.next() != "transport close" {}
        let fourth = try await brief.socket()
        #expect(try await join(fourth, claim: claim(old, offset)).welcome.sid != old.sid)
    }

    @Test("the middlewares can be asked again, and what is sent meanwhile is not lost")
    func askedAgain() async throws {
        let events = Mailbox<String>()
        let live = try await live(events) { $0.skipsMiddlewares = false }
        let first = try await live.socket()
        let (_, welcome, last) = try await join(first)
        try await first.close()
        for expected in ["asked", "false  ", "transport close"] { #expect(await events.next() == expected) }
        let second = try await live.socket()
        try live.server.namespace().to(welcome.sid).emit("missed")
        let again = try await join(second, claim: claim(welcome, last))
        #expect(again.welcome.sid == welcome.sid)
        #expect(again.before.count == 1)
        #expect(await events.next() == "asked again")
    }

    @Test("clients that are away are few, the longest away go first")
    func bounded() async throws {
        var settings = ConnectionRecovery()
        settings.maxSessions = 10
        let log = RecoveryLog(settings)
        log.append(BroadcastPacket(namespace: "/", json: ByteBuffer(string: "[\"a\"]")), to: Target()) { _, _ in }
        for number in 0..<1000 {
            log.save(.init(id: "\(number)", rooms: [], values: SocketValues()), as: "p\(number)")
        }
        #expect(log.counts.sessions == 10)
        #expect(log.take("p989", offset: "1") == nil)
        #expect(log.take("p990", offset: "1")?.session.id == "990")
    }

    @Test("whatever is interleaved, a client hears every event once and in order", arguments: SeededRandom.seeds)
    func interleaved(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let live = try await live(Mailbox<String>())
        let root = live.server.namespace()
        var client = try await live.socket()
        var (_, welcome, last) = try await join(client)
        let sender = Task {
            for number in 0..<300 {
                try root.everyone.emit("n", number)
                if number % 7 == 0 { await Task.yield() }
            }
        }
        var next = 0
        func hear(_ text: String) throws {
            guard text.hasPrefix(#"42["n","#) else { return }
            #expect(text.hasPrefix(#"42["n",\#(next),"#), "seed \(seed)")
            next += 1
            last = try offset(of: text)
        }
        while next < 300 {
            for _ in 0..<Int.random(in: 1...60, using: &random) where next < 300 { try hear(await client.frame().text) }
            guard next < 300 else { break }
            try await client.close()
            client = try await live.socket()
            try await client.sendText("40" + claim(welcome, last))
            var text = ""
            repeat {
                text = try await client.frame().text
                try hear(text)
            } while !text.hasPrefix("40")
            let again = try JSONDecoder().decode(Welcome.self, from: Data(text.utf8.dropFirst(2)))
            // The server may not have seen the old connection end before the new one came: then it is a new socket.
            guard again.sid == welcome.sid else {
                welcome = again
                break
            }
        }
        try await sender.value
    }
}
