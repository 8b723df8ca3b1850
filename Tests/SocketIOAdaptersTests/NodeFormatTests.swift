import Foundation
import Logging
import NIOCore
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdapters

/// The classic format against bytes made by hand from its description, in both directions over a real Redis.
@Suite("Node's format", .timeLimit(.minutes(1)))
struct NodeFormatTests {
    /// A server, a client of it, and somebody at the same Redis who hears all and says what the test wants.
    private struct Bench {
        let key = "node-\(UUID().uuidString)"
        let redis: RedisBroker
        let foreign: RedisBroker
        let server: LiveServer
        let heard = Mailbox<(channel: String, message: ByteBuffer)>()
        let client: (client: RawClient, id: String)
        var root: Namespace { server.server.namespace() }

        init(_ setUp: @escaping (Namespace) -> Void = { _ in }) async throws {
            redis = try await Pair.redis()
            foreign = try await Pair.redis()
            server = try await LiveServer(adapter: NodeAdapter.factory(over: redis, key: key)) {
                (server: SocketServer) in
                setUp(server.namespace())
            }
            let (heard, key) = (heard, key)
            _ = foreign.subscribe(toPrefix: key) { channel, message in
                heard.put((String(channel.dropFirst(key.count)), message))
            }
            try await redis.ready()
            try await foreign.ready()
            client = try await server.joined()
        }

        func say(_ bytes: ByteBuffer, on channel: String) {
            foreign.publish(bytes, on: key + channel)
        }

        func say(_ json: String, on channel: String) {
            say(ByteBuffer(string: json), on: channel)
        }

        /// The next message on a channel, all others skipped.
        func next(on channel: String) async throws -> ByteBuffer {
            while true {
                let (name, message) = try await heard.next()
                if name == channel { return message }
            }
        }

        func stop() async throws {
            try await server.stop()
            await redis.close()
            await foreign.close()
        }
    }

    /// Text as its bytes in hexadecimal digits.
    private func hex(_ text: String) -> String {
        ByteBuffer(string: text).hexDump(format: .compact)
    }

    @Test("a broadcast goes out as Node writes it")
    func outgoing() async throws {
        let bench = try await Bench()
        try bench.root.everyone.emit("ev", 1)
        let packet = "83a4\(hex("type"))02a4\(hex("data"))92a2\(hex("ev"))01a3\(hex("nsp"))a12f"
        let all = "83a5\(hex("rooms"))90a6\(hex("except"))90a5\(hex("flags"))80"
        let first = try await bench.next(on: "#/#").hexDump(format: .compact)
        #expect(first.hasPrefix("93a6"))
        #expect(first.dropFirst(16) == packet + all)
        try bench.root.to("r").except("x").volatile.uncompressed.emit("ev", Data([1, 2]))
        let second = try await bench.next(on: "#/#r#").hexDump(format: .compact)
        let bytes = "83a4\(hex("type"))02a4\(hex("data"))92a2\(hex("ev"))c4020102a3\(hex("nsp"))a12f"
        let options =
            "83a5\(hex("rooms"))91a172a6\(hex("except"))91a178a5\(hex("flags"))82a8\(hex("volatile"))c3a8\(hex("compress"))c2"
        #expect(second.dropFirst(16) == bytes + options)
        try bench.root.to("r", "s").emit("ev")
        #expect(try await bench.next(on: "#/#").readableBytes > 0)
        try await bench.stop()
    }

    @Test("broadcasts of servers and of the emitter are delivered, with notepack's special values")
    func incoming() async throws {
        let bench = try await Bench { namespace in
            namespace.on("join") { (socket: Socket, room: String) in
                socket.join(room)
                _ = await socket.rooms()
            }
        }
        let head = "83a4\(hex("type"))02a4\(hex("data"))"
        let tail = "a3\(hex("nsp"))a12f"
        // What the emitter sends: its own name, and rooms, flags, except in that order.
        let all = "83a5\(hex("rooms"))90a5\(hex("flags"))80a6\(hex("except"))90"
        let emitter = "93a7\(hex("emitter"))"
        bench.say(ByteBuffer(hexadecimal: emitter + head + "92a2\(hex("ev"))d40000" + tail + all), on: "#/#")
        try await bench.client.client.expect(#"42["ev",null]"#)
        bench.say(
            ByteBuffer(hexadecimal: emitter + head + "93a2\(hex("ev"))d700000000000000000081a161c40101" + tail + all),
            on: "#/#")
        try await bench.client.client.expect(
            #"451-["ev","1970-01-01T00:00:00.000Z",{"a":{"_placeholder":true,"num":0}}]"#)
        #expect(try await bench.client.client.frame().payload == [1])
        try await bench.client.client.sendText(#"421["join","r"]"#)
        try await bench.client.client.expect("431[]")
        let room = "83a5\(hex("rooms"))91a172a6\(hex("except"))90a5\(hex("flags"))80"
        bench.say(ByteBuffer(hexadecimal: emitter + head + "91a2\(hex("in"))" + tail + room), on: "#/#r#")
        try await bench.client.client.expect(#"42["in"]"#)
        // Bytes that are no message, one of another namespace, one for a room of nobody: all without effect.
        let other = "a3\(hex("nsp"))a2\(hex("/x"))"
        bench.say(ByteBuffer(hexadecimal: "c1"), on: "#/#")
        bench.say("not MessagePack", on: "#/#")
        bench.say(ByteBuffer(hexadecimal: emitter + head + "91a2\(hex("no"))" + other + all), on: "#/#")
        bench.say(ByteBuffer(hexadecimal: emitter + head + "91a2\(hex("no"))" + tail + room), on: "#/#nobody#")
        bench.say(ByteBuffer(hexadecimal: emitter + head + "91aa\(hex("disconnect"))" + tail + all), on: "#/#")
        bench.say(ByteBuffer(hexadecimal: emitter + head + "91a3\(hex("end"))" + tail + all), on: "#/#")
        try await bench.client.client.expect(#"42["end"]"#)
        try await bench.stop()
    }

    @Test("requests 0, 1 and 5 are answered")
    func questions() async throws {
        let bench = try await Bench()
        bench.say(#"{"uid":"foreign","requestId":"q0","type":0,"rooms":[]}"#, on: "-request#/#")
        #expect(
            String(buffer: try await bench.next(on: "-response#/#"))
                == #"{"requestId":"q0","sockets":["\#(bench.client.id)"]}"#)
        bench.say(#"{"uid":"foreign","requestId":"q1","type":1}"#, on: "-request#/#")
        #expect(
            String(buffer: try await bench.next(on: "-response#/#"))
                == #"{"requestId":"q1","rooms":["\#(bench.client.id)"]}"#)
        bench.say(
            #"{"uid":"foreign","requestId":"q5","type":5,"opts":{"rooms":[],"except":["nobody"]}}"#, on: "-request#/#")
        let answer = try MessagePackValue.read(try await bench.next(on: "-response#/#"))
        #expect(answer["requestId"] == "q5")
        let socket = try #require(answer["sockets"]?.list?.first)
        #expect(socket["id"]?.text == bench.client.id)
        #expect(socket["rooms"]?.texts == [bench.client.id])
        #expect(socket["data"] == [:])
        #expect(socket["handshake"]?["query"]?["EIO"] == "4")
        try await bench.stop()
    }

    @Test("requests 2, 3 and 4 move and disconnect sockets, in the new form and in the old")
    func orders() async throws {
        let moves = Mailbox<String>()
        let bench = try await Bench { namespace in
            namespace.onMembershipChange { _, room, isIn in moves.put((isIn ? "in " : "out ") + room) }
        }
        let id = bench.client.id
        bench.say(
            #"{"uid":"foreign","type":2,"opts":{"rooms":["\#(id)"],"except":[]},"rooms":["r9"]}"#, on: "-request#/#")
        #expect(try await moves.next() == "in r9")
        bench.say(#"{"uid":"foreign","type":3,"opts":{"rooms":["r9"],"except":[]},"rooms":["r9"]}"#, on: "-request#/#")
        #expect(try await moves.next() == "out r9")
        bench.say(#"{"uid":"foreign","requestId":"o","type":2,"sid":"\#(id)","room":"old"}"#, on: "-request#/#")
        #expect(try await moves.next() == "in old")
        bench.say(#"{"uid":"foreign","type":4,"opts":{"rooms":["old"],"except":[]},"close":true}"#, on: "-request#/#")
        try await bench.client.client.expect("41")
        #expect(try await bench.client.client.frame().opcode == 8)
        try await bench.stop()
    }

    @Test("request 6 reaches the application, and is answered where an answer is wanted")
    func serverEvent() async throws {
        let heard = Mailbox<Int>()
        let bench = try await Bench { namespace in
            namespace.onServerEvent("double") { arguments in
                let number = try arguments.decode(Int.self, at: 0)
                heard.put(number)
                return try Acknowledgement(number * 2, "dropped")
            }
        }
        bench.say(#"{"uid":"foreign","type":6,"data":["double",4]}"#, on: "-request#/#")
        #expect(try await heard.next() == 4)
        bench.say(#"{"uid":"foreign","requestId":"s","type":6,"data":["double",5]}"#, on: "-request#/#")
        #expect(String(buffer: try await bench.next(on: "-response#/#")) == #"{"type":6,"requestId":"s","data":10}"#)
        try bench.root.serverEmit("hello", 1)
        _ = try await bench.next(on: "-request#/#")
        try await bench.stop()
    }

    @Test("request 7 is answered by the number of clients, then by each answer")
    func ask() async throws {
        let bench = try await Bench()
        let request: MessagePackValue = [
            "uid": "foreign", "requestId": "a", "type": 7, "packet": ["type": 2, "data": ["size", 1], "nsp": "/"],
            "opts": ["rooms": [], "except": [], "flags": ["timeout": 20_000]],
        ]
        bench.say(request.encoded, on: "-request#/#")
        #expect(
            String(buffer: try await bench.next(on: "-response#/#")) == #"{"type":8,"requestId":"a","clientCount":1}"#)
        let question = try await bench.client.client.frame().text
        let id = question.dropFirst(2).prefix { $0.isNumber }
        #expect(question == "42\(id)[\"size\",1]")
        try await bench.client.client.sendText("461-\(id)[{\"_placeholder\":true,\"num\":0}]")
        try await bench.client.client.sendFrame(2, [9])
        let answer = try await bench.next(on: "-response#/#")
        #expect(
            answer.hexDump(format: .compact)
                == "83a4\(hex("type"))09a9\(hex("requestId"))a161a6\(hex("packet"))c40109")
        try await bench.stop()
    }

    @Test("a foreign server's answers come in on either response channel; one that never answers is an error")
    func answers() async throws {
        let bench = try await Bench()
        // Listening to requests makes the foreign one a server by Node's way of counting.
        _ = bench.foreign.subscribe(to: bench.key + "-request#/#") { _ in }
        try await bench.foreign.ready()
        async let found = bench.root.everyone.fetchSockets()
        let request = try MessagePackValue.read(try await bench.next(on: "-request#/#"))
        #expect(request["type"] == 5)
        #expect(request["opts"] == ["rooms": [], "except": []])
        let (id, uid) = (request["requestId"]?.text ?? "", request["uid"]?.text ?? "")
        bench.say(
            #"{"requestId":"\#(id)","sockets":[{"id":"there","handshake":{"x":1},"rooms":["there","r"],"data":{"u":2}}]}"#,
            on: "-response#/#\(uid)#")
        let there = try #require(try await found.first { $0.id == "there" })
        #expect(there.description.rooms == ["there", "r"])
        #expect(String(buffer: there.description.handshake) == #"{"x":1}"#)
        #expect(String(buffer: there.description.data) == #"{"u":2}"#)
        let impatient = NodeAdapter(
            "/", bench.root.rooms, bench.redis, key: bench.key, requestTimeout: .milliseconds(20),
            logger: .init(label: "test"))
        await #expect(throws: AdapterFailure.timeout(missing: 1)) { try await impatient.fetchSockets(Target()) }
        #expect(impatient.openRequests == 0)
        try await bench.stop()
    }
}
