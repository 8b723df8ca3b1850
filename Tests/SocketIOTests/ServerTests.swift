import EngineIO
import Foundation
import NIOCore
import NIOPosix
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("A server over real connections", .timeLimit(.minutes(1)))
struct ServerTests {
    private struct Point: Codable, Sendable, Equatable {
        var x: Int
        var y: Double?
    }

    private struct Refusal: Codable, Sendable {
        var code: Int
    }

    @Test("CONNECT is answered with a new identifier, and a middleware may refuse with a reason and data")
    func connect() async throws {
        let live = try await LiveServer { server in
            server.namespace("/")
            server.namespace("/guard").use { socket in
                let auth: [String: String] = try socket.handshake.decodeAuth()
                guard auth["token"] == "ok" else {
                    throw try ConnectionRefused("not authorized", data: Refusal(code: 7))
                }
            }
            server.namespace("/broken").use { _ in throw CancellationError() }
        }
        let client = try await live.socket()
        try await client.sendText("40{\"a\":1}")
        #expect(try await client.frame().text.wholeMatch(of: /40\{"sid":"[A-Za-z0-9_-]{20}"\}/) != nil)
        try await client.sendText("40/nope,")
        try await client.expect(#"44/nope,{"message":"Invalid namespace"}"#)
        try await client.sendText("40/guard,{\"token\":\"no\"}")
        try await client.expect(#"44/guard,{"message":"not authorized","data":{"code":7}}"#)
        try await client.sendText("40/broken,")
        try await client.expect(#"44/broken,{"message":"Internal error"}"#)
        try await client.sendText("40/guard,{\"token\":\"ok\"}")
        #expect(try await client.frame().text.hasPrefix(#"40/guard,{"sid":""#))
    }

    @Test("handlers get typed arguments and their return value is the acknowledgement")
    func typed() async throws {
        let live = try await LiveServer { server in
            let root = server.namespace("/")
            root.on("sum") { (_: Socket, a: Int, b: Int) in a + b }
            root.on("move") { (_: Socket, point: Point, by: Int?) in Point(x: point.x + (by ?? 1), y: point.y) }
            root.on("nothing") { (_: Socket) in }
            root.on("two") { (_: Socket, a: Int) in try Acknowledgement(a, "two") }
            root.on("maybe") { (_: Socket, a: Int) -> Acknowledgement? in a > 0 ? try Acknowledgement(a, a) : nil }
            root.on("optional") { (_: Socket) -> Int? in nil }
            root.onRaw("raw") { _, event in try Acknowledgement(event.arguments) }
            root.on("bytes") { (_: Socket, data: Data) in Data(data.reversed()) }
            root.onAny { _, event in try Acknowledgement("any", event.name) }
        }
        let (client, _) = try await live.joined()
        for (sent, answer) in [
            ("421[\"sum\",2,3]", "431[5]"), ("422[\"move\",{\"x\":1}]", #"432[{"x":2}]"#),
            ("423[\"move\",{\"x\":1,\"y\":0.5},4]", #"433[{"x":5,"y":0.5}]"#), ("424[\"nothing\"]", "434[]"),
            ("425[\"raw\", 1,[2],null]", "435[1,[2],null]"), ("426[\"other\"]", #"436["any","other"]"#),
            ("427[7]", #"437["any","7"]"#), ("428[\"two\",1]", #"438[1,"two"]"#), ("429[\"maybe\",3]", "439[3,3]"),
            // Not acknowledged, so what is heard next is of the event behind it.
            ("4211[\"maybe\",0]", nil), ("4212[\"optional\"]", "4312[null]"),
        ] as [(String, String?)] {
            try await client.sendText(sent)
            if let answer { try await client.expect(answer) }
        }
        try await client.sendText(#"451-8["bytes",{"_placeholder":true,"num":0}]"#)
        try await client.sendFrame(2, [1, 2, 3])
        try await client.expect(#"461-8[{"_placeholder":true,"num":0}]"#)
        #expect(try await client.frame() == .init(opcode: 2, payload: [3, 2, 1]))
        // Wrong arguments: no acknowledgement, and the connection lives on.
        try await client.sendText("429[\"sum\",\"x\",3]")
        try await client.sendText("4210[\"sum\",1,1]")
        try await client.expect("4310[2]")
    }

    @Test("one socket's events are handled in order, while another's are not held up")
    func order() async throws {
        let gate = Mailbox<Bool>()
        let live = try await LiveServer { server in
            server.namespace("/").on("event") { (socket: Socket, number: Int, waits: Bool) in
                if waits { _ = await gate.next() }
                try socket.emit("done", number)
            }
        }
        let (first, _) = try await live.joined()
        let (second, _) = try await live.joined()
        try await first.sendText("42[\"event\",1,true]")
        try await first.sendText("42[\"event\",2,false]")
        try await second.sendText("42[\"event\",3,false]")
        try await second.expect("42[\"done\",3]")
        gate.put(true)
        try await first.expect("42[\"done\",1]")
        try await first.expect("42[\"done\",2]")
    }

    @Test("onConnection comes before the first event and onDisconnect after the last, with the rooms")
    func lifecycle() async throws {
        let seen = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace("/")
            root.onConnection { socket in
                socket.join("a", "b")
                seen.put("connected")
            }
            root.on("event") { (_: Socket) in seen.put("event") }
            root.onDisconnect { socket, reason, rooms in
                seen.put("\(reason) \(rooms.sorted()) \(socket.isConnected)")
            }
        }
        let (client, _) = try await live.joined()
        try await client.sendText("42[\"event\"]")
        try await client.sendText("41")
        #expect(await seen.next() == "connected")
        #expect(await seen.next() == "event")
        #expect(await seen.next() == #"client namespace disconnect ["a", "b"] false"#)
        #expect(live.server.namespace("/").rooms.count == 0)
    }

    @Test(
        "every end has its reason",
        arguments: [
            ("close frame", "transport close"), ("violation", "forced close"), ("ping", "transport error"),
            ("garbage", "parse error"), ("shutdown", "server shutting down"), ("kick", "server namespace disconnect"),
            ("kickall", "server namespace disconnect"), ("leave", "client namespace disconnect"),
        ])
    func reasons(cause: String, reason: String) async throws {
        let seen = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace("/")
            root.on("kick") { (socket: Socket) in socket.disconnect() }
            root.on("kickall") { (socket: Socket) in socket.disconnect(close: true) }
            root.onDisconnect { _, reason, _ in seen.put(reason.description) }
        }
        let (client, _) = try await live.joined()
        switch cause {
        case "close frame": try await client.sendFrame(8, [])
        case "violation": try await client.sendText("42[\"connect\"]")
        case "ping": try await client.sendText("2")
        case "garbage": try await client.sendText("x")
        case "shutdown": try await live.stop()
        case "leave": try await client.sendText("41")
        default: try await client.sendText("42[\"\(cause)\"]")
        }
        let heard = await seen.next()
        #expect(heard == reason)
        if cause == "kick" || cause == "kickall" { try await client.expect("41") }
        if cause == "kickall" { #expect(try await client.frame().opcode == 8) }
        if cause == "kick" {
            try await client.sendText("42[\"late\"]")
            try await client.sendText("40")
            #expect(try await client.frame().text.hasPrefix("40{"))
        }
    }

    @Test("a broadcast reaches each member of a union once, without the excepted and without the sender")
    func rooms() async throws {
        let live = try await LiveServer { server in
            let root = server.namespace("/")
            root.on("join") { (socket: Socket, rooms: [String]) in
                for room in rooms { socket.join(room) }
            }
            root.on("cast") { (socket: Socket, rooms: [String], except: [String]) in
                var target = root.everyone
                for room in rooms { target = target.to(room) }
                for room in except { target = target.except(room) }
                try target.emit("cast", rooms)
            }
            root.on("others") { (socket: Socket) in try socket.broadcast.emit("others") }
            root.on("tell") { (socket: Socket, id: String) in try root.to(id).emit("told") }
            root.on("end") { (socket: Socket) in try root.everyone.emit("end") }
        }
        var clients: [(client: RawClient, id: String)] = []
        for rooms in [#"["a"]"#, #"["b"]"#, #"["a","b"]"#, "[]"] {
            let joined = try await live.joined()
            try await joined.client.sendText("421[\"join\",\(rooms)]")
            #expect(try await joined.client.frame().text == "431[]")
            clients.append(joined)
        }
        let sender = clients[3].client
        for cast in [#"["a"],[]"#, #"["a","b"],[]"#, #"["a","b"],["b"]"#, #"[],["a"]"#] {
            try await sender.sendText("42[\"cast\",\(cast)]")
        }
        try await sender.sendText("42[\"others\"]")
        try await sender.sendText("42[\"tell\",\"\(clients[1].id)\"]")
        try await sender.sendText("42[\"end\"]")
        let a = #"42["cast",["a"]]"#
        let ab = #"42["cast",["a","b"]]"#
        let everyone = #"42["cast",[]]"#
        let others = #"42["others"]"#
        let expected = [
            [a, ab, ab, others], [ab, everyone, others, #"42["told"]"#], [a, ab, others], [everyone],
        ]
        for (index, joined) in clients.enumerated() {
            for text in expected[index] + [#"42["end"]"#] { try await joined.client.expect(text) }
        }
    }

    @Test("rooms announce when they become occupied and when they become empty")
    func roomChanges() async throws {
        let changes = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace("/")
            root.onRoomChange { changes.put("\($0) \($1)") }
            root.on("join") { (socket: Socket, room: String) in socket.join(room) }
            root.on("leave") { (socket: Socket, room: String) in socket.leave(room) }
        }
        let root = live.server.namespace("/")
        let (first, _) = try await live.joined()
        let (second, _) = try await live.joined()
        #expect(!root.hasMembers("list"))
        try await first.sendText("42[\"join\",\"list\"]")
        #expect(await changes.next() == "list true")
        #expect(root.hasMembers("list"))
        try await second.sendText("421[\"join\",\"list\"]")
        _ = try await second.frame()
        try await first.sendText("421[\"leave\",\"list\"]")
        _ = try await first.frame()
        #expect(root.hasMembers("list"))
        try await second.close()
        #expect(await changes.next() == "list false")
        #expect(!root.hasMembers("list"))
        #expect(!root.to("list").mayHaveMembers)
    }

    @Test("JSON that is ready goes out as it is, to a room and to one socket, over either transport")
    func rawJSON() async throws {
        let live = try await LiveServer { server in
            let root = server.namespace("/")
            root.onConnection { socket in
                socket.join("r")
                socket.emit("one", rawJSON: ByteBuffer(string: "{\"a\": 1}"))
                root.to("r").emit("all", rawJSON: ByteBuffer(string: "[2 ]"))
            }
        }
        let (client, _) = try await live.joined()
        try await client.expect(#"42["one",{"a": 1}]"#)
        try await client.expect(#"42["all",[2 ]]"#)
        let poller = try await RawClient.connect(live.port)
        let path = "/socket.io/?EIO=4&transport=polling"
        let sid = String(try await poller.get(path).body.dropFirst(9).prefix(20))
        _ = try await poller.post(path + "&sid=" + sid, "40")
        var packets: [Substring] = []
        while packets.count < 3 {
            packets += try await poller.get(path + "&sid=" + sid).body.split(separator: "\u{1e}")
        }
        #expect(packets.dropFirst() == [#"42["one",{"a": 1}]"#, #"42["all",[2 ]]"#])
    }

    @Test("the server asks, and hears the answer, a timeout or the end")
    func asking() async throws {
        let answers = Mailbox<String>()
        let live = try await LiveServer { server in
            server.namespace("/").on("ask") { (socket: Socket, seconds: Int) in
                do {
                    let answer = try await socket.ask(
                        "question", 1, returning: String.self,
                        timeout: seconds == 0 ? .nanoseconds(1) : .seconds(Int64(seconds)))
                    answers.put(answer)
                } catch let failure as AckFailure {
                    answers.put("\(failure)")
                }
            }
        }
        let (client, _) = try await live.joined()
        try await client.sendText("42[\"ask\",50]")
        try await client.expect(#"420["question",1]"#)
        try await client.sendText("430[\"yes\"]")
        #expect(await answers.next() == "yes")
        try await client.sendText("42[\"ask\",0]")
        #expect(await answers.next() == "timeout")
        try await client.sendText("42[\"ask\",50]")
        try await client.expect(#"421["question",1]"#)
        try await client.expect(#"422["question",1]"#)
        try await client.close()
        #expect(await answers.next() == "disconnected")
    }

    @Test("a cancelled question stops waiting")
    func cancelled() async throws {
        let outcome = Mailbox<Bool>()
        let live = try await LiveServer { server in
            server.namespace("/").onConnection { socket in
                let question = Task { try await socket.ask("question", timeout: .hours(1)) }
                question.cancel()
                let result = await question.result
                outcome.put((try? result.get()) == nil)
            }
        }
        _ = try await live.joined()
        #expect(await outcome.next() == true)
    }

    @Test("a client whose events come faster than they are handled is not read, and loses nothing")
    func backPressure() async throws {
        let gate = Mailbox<Bool>()
        var configuration = SocketConfiguration()
        configuration.limits.maxWaitingEvents = 10
        let live = try await LiveServer(configuration: configuration) { server in
            server.namespace("/").on("event") { (_: Socket, number: Int) in
                if number == 0 { _ = await gate.next() }
                return number
            }
        }
        let (client, _) = try await live.joined()
        for number in 0..<500 { try await client.sendText("42\(number)[\"event\",\(number)]") }
        gate.put(true)
        for number in 0..<500 { try await client.expect("43\(number)[\(number)]") }
    }

    @Test("a socket may be in so many rooms and no more")
    func manyRooms() async throws {
        var configuration = SocketConfiguration()
        configuration.limits.maxRooms = 5
        let live = try await LiveServer(configuration: configuration) { server in
            server.namespace("/").on("join") { (socket: Socket, count: Int) in
                for number in 0..<count { socket.join("room \(number)") }
                return await socket.rooms().count
            }
        }
        let (client, _) = try await live.joined()
        try await client.sendText("421[\"join\",1000000]")
        try await client.expect("431[5]")
    }

    @Test("a socket keeps the application's values")
    func values() async throws {
        enum Visits: SocketKey { typealias Value = Int }
        let live = try await LiveServer { server in
            server.namespace("/").on("visit") { (socket: Socket) in
                socket[Visits.self] = (socket[Visits.self] ?? 0) + 1
                return socket[Visits.self]
            }
        }
        let (client, _) = try await live.joined()
        for number in 1...3 {
            try await client.sendText("42\(number)[\"visit\"]")
            try await client.expect("43\(number)[\(number)]")
        }
    }

    @Test("a client that never connects to a namespace is closed in time")
    func silent() async throws {
        var configuration = SocketConfiguration()
        configuration.connectTimeout = .milliseconds(10)
        let live = try await LiveServer(configuration: configuration) { _ = $0.namespace("/") }
        let client = try await live.socket()
        #expect(try await client.frame().opcode == 8)
    }

    @Test("sessions that are opened and killed leave nothing behind")
    func leaks() async throws {
        let ended = Mailbox<Bool>()
        let live = try await LiveServer { server in
            let root = server.namespace("/")
            root.onConnection { $0.join("r") }
            root.onDisconnect { _, _, _ in ended.put(true) }
        }
        for round in 0..<200 {
            let (client, _) = try await live.joined()
            if round % 2 == 0 { try await client.sendText("nonsense") }
            try await client.close()
        }
        for _ in 0..<200 { _ = await ended.next() }
        for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try await loop.submit {}.get() }
        #expect(live.server.engine.sessionCount == 0)
        #expect(live.server.engine.clients == (0, 0))
        #expect(live.server.namespace("/").rooms.count == 0)
        #expect(!live.server.namespace("/").hasMembers("r"))
    }
}
