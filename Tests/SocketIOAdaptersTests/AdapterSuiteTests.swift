import Foundation
import NIOCore
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdapters

/// One suite over all ways of sharing: what holds for a server that is alone holds for two that share.
@Suite("Adapters", .timeLimit(.minutes(2)))
struct AdapterSuiteTests {
    enum Name: SharedSocketKey {
        typealias Value = String
        static let name = "user"
    }

    @Test("an event for everyone reaches the clients of both servers, in order", arguments: Sharing.allCases)
    func everyone(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        for number in 0..<50 { try pair.root.everyone.emit("n", number, "zwei ☃", [true]) }
        for client in [pair.here.client, pair.there.client] {
            for number in 0..<50 { try await client.expect(#"42["n",\#(number),"zwei ☃",[true]]"#) }
        }
        try await pair.stop()
    }

    @Test("events without arguments, with null and with a list arrive as they are", arguments: Sharing.complete)
    func shapes(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        try pair.root.everyone.emit("none")
        try pair.root.everyone.emit("null", String?.none)
        try pair.root.everyone.emit("list", [1, 2])
        for client in [pair.here.client, pair.there.client] {
            try await client.expect(#"42["none"]"#)
            try await client.expect(#"42["null",null]"#)
            try await client.expect(#"42["list",[1,2]]"#)
        }
        try await pair.stop()
    }

    @Test("rooms, unions of rooms and single sockets mean the same everywhere", arguments: Sharing.allCases)
    func rooms(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        try await pair.joinThere("a")
        try await pair.joinThere("b")
        try pair.root.to("a").emit("one")
        try pair.root.to("a", "b", "c").emit("two")
        try pair.root.to("nobody").emit("never")
        try pair.root.to(pair.there.id).emit("three")
        try pair.root.everyone.local.emit("local")
        try pair.root.everyone.emit("end")
        for event in ["one", "two", "three"] { try await pair.there.client.expect("42[\"\(event)\"]") }
        if sharing == .memory { try await pair.there.client.expect(#"42["local"]"#) }
        try await pair.there.client.expect(#"42["end"]"#)
        try await pair.here.client.expect(#"42["local"]"#)
        try await pair.here.client.expect(#"42["end"]"#)
        try await pair.stop()
    }

    @Test("who is left out is left out everywhere, single sockets and rooms", arguments: Sharing.allCases)
    func except(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        try await pair.joinThere("quiet")
        try pair.root.except(pair.there.id).emit("one")
        try pair.root.except("quiet").emit("two")
        try pair.root.except(pair.here.id).emit("three")
        try pair.root.everyone.emit("end")
        for event in ["one", "two", "end"] { try await pair.here.client.expect("42[\"\(event)\"]") }
        for event in ["three", "end"] { try await pair.there.client.expect("42[\"\(event)\"]") }
        try await pair.stop()
    }

    @Test("bytes travel as bytes", arguments: Sharing.allCases)
    func binary(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        try pair.root.everyone.emit("b", ["x": Data([0, 255])], 1, Data([7]))
        for client in [pair.here.client, pair.there.client] {
            try await client.expect(
                #"452-["b",{"x":{"_placeholder":true,"num":0}},1,{"_placeholder":true,"num":1}]"#)
            #expect(try await client.frame() == .init(opcode: 2, payload: [0, 255]))
            #expect(try await client.frame() == .init(opcode: 2, payload: [7]))
        }
        try await pair.stop()
    }

    @Test("namespaces do not hear each other", arguments: Sharing.allCases)
    func namespaces(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        try pair.first.server.namespace("/other").everyone.emit("never")
        try pair.root.everyone.emit("end")
        try await pair.there.client.expect(#"42["end"]"#)
        try await pair.stop()
    }

    @Test("one socket is asked wherever it is", arguments: Sharing.allCases)
    func askOne(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        for (client, id) in [pair.here, pair.there] {
            async let result = pair.root.to(id).ask("size", timeout: .seconds(30))
            try await answer(client, "[7]")
            let answers = try await result
            #expect(answers.isComplete && answers.asked == 1)
            #expect(try answers.answers.map { try $0.decode(Int.self, at: 0) } == [7])
        }
        try await pair.stop()
    }

    @Test("all are asked, and the answer ends when all have answered", arguments: Sharing.complete)
    func askAll(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        async let result = pair.root.everyone.ask("size", timeout: .seconds(30))
        try await answer(pair.here.client, "[3]")
        try await answer(pair.there.client, "[4]")
        let answers = try await result
        #expect(answers.isComplete && answers.asked == 2)
        #expect(try answers.answers.map { try $0.decode(Int.self, at: 0) }.sorted() == [3, 4])
        let nobody = try await pair.root.to("empty").ask("q", timeout: .seconds(30))
        #expect(nobody.isComplete && nobody.asked == 0)
        try await pair.stop()
    }

    @Test("who stays silent is missing in the answers", arguments: Sharing.complete)
    func silent(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        let answers = try await pair.root.everyone.ask("q", timeout: .milliseconds(100))
        // A server that is slow to say how many it asked is missing with all of them.
        #expect(answers.asked > 0 && answers.answers.isEmpty && !answers.isComplete)
        try await pair.stop()
    }

    /// Answers the question that comes next.
    private func answer(_ client: RawClient, _ json: String) async throws {
        let id = try await client.frame().text.dropFirst(2).prefix { $0.isNumber }
        try await client.sendText("43\(id)\(json)")
    }

    @Test("sockets are found with their rooms, handshakes and shared values", arguments: Sharing.complete)
    func fetch(sharing: Sharing) async throws {
        let pair = try await Pair(sharing) { namespace in
            namespace.on("name") { (socket: Socket, name: String) in socket[Name.self] = name }
        }
        try await pair.joinThere("a")
        try await pair.there.client.sendText(#"422["name","zoé"]"#)
        try await pair.there.client.expect("432[]")
        let all = try await pair.root.everyone.fetchSockets()
        #expect(Set(all.map(\.id)) == [pair.here.id, pair.there.id])
        let member = try #require(try await pair.root.to("a").fetchSockets().first)
        #expect(member.id == pair.there.id)
        #expect(member.description.rooms == [pair.there.id, "a"])
        #expect(try member.description.value(Name.self) == "zoé")
        #expect(String(buffer: member.description.handshake).contains("EIO=4"))
        try member.target.emit("hello")
        try await pair.there.client.expect(#"42["hello"]"#)
        #expect(try await pair.root.everyone.local.fetchSockets().count == (sharing == .memory ? 2 : 1))
        try await pair.stop()
    }

    @Test("single sockets elsewhere enter and leave rooms", arguments: Sharing.allCases)
    func moveOne(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        pair.root.to(pair.there.id).join("x", "y")
        #expect(try await pair.moves.next() == "\(pair.there.id) in x")
        #expect(try await pair.moves.next() == "\(pair.there.id) in y")
        pair.root.to(pair.there.id).leave("x")
        #expect(try await pair.moves.next() == "\(pair.there.id) out x")
        pair.root.to("y").leave("y")
        #expect(try await pair.moves.next() == "\(pair.there.id) out y")
        try await pair.stop()
    }

    @Test("whole rooms enter and leave rooms", arguments: Sharing.complete)
    func moveMany(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        try await pair.joinThere("a")
        pair.root.to("a").except(pair.here.id).join("b")
        #expect(try await pair.moves.next() == "\(pair.there.id) in b")
        pair.root.to("b").leave("a", "c")
        #expect(try await pair.moves.next() == "\(pair.there.id) out a")
        try await pair.stop()
    }

    @Test("sockets elsewhere are disconnected, from the namespace or for good", arguments: Sharing.allCases)
    func disconnect(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        pair.root.to(pair.there.id).disconnect()
        try await pair.there.client.expect("41")
        if sharing.isComplete {
            let another = try await pair.second.joined()
            pair.root.to(another.id).disconnect(close: true)
            try await another.client.expect("41")
            #expect(try await another.client.frame().opcode == 8)
        }
        try await pair.stop()
    }

    @Test("servers tell and ask each other", arguments: [Sharing.nodeRedis])
    func serverEvents(sharing: Sharing) async throws {
        let heard = Mailbox<String>()
        let pair = try await Pair(sharing) { namespace in
            namespace.onServerEvent("hello") { arguments in
                heard.put(try arguments.decode(at: 0))
                return .empty
            }
            namespace.onServerEvent("load") { arguments in
                try Acknowledgement(arguments.decode(Int.self, at: 0) * 2)
            }
        }
        try pair.root.serverEmit("hello", "there")
        #expect(try await heard.next() == "there")
        let answers = try await pair.root.serverAsk("load", 21, timeout: .seconds(30))
        #expect(try answers.map { try $0.decode(Int.self, at: 0) } == [42])
        #expect(try await pair.root.serverAsk("unheard of", timeout: .milliseconds(50)).isEmpty)
        try await pair.stop()
    }

    @Test("what a format cannot say is an error that says so", arguments: Sharing.incomplete)
    func notInFormat(sharing: Sharing) async throws {
        let pair = try await Pair(sharing)
        await #expect(throws: AdapterFailure.notInFormat("finding sockets")) {
            try await pair.root.everyone.fetchSockets()
        }
        await #expect(throws: AdapterFailure.notInFormat("a question to more than one socket")) {
            try await pair.root.everyone.ask("q")
        }
        await #expect(throws: AdapterFailure.notInFormat("events between servers")) {
            try await pair.root.serverAsk("q")
        }
        #expect(try await pair.root.everyone.local.fetchSockets().map(\.id) == [pair.here.id])
        try await pair.stop()
    }

    @Test("of two namespaces of one name the one that is left goes on hearing")
    func sameName() async throws {
        let (broker, far) = (try await Pair.redis(), try await Pair.redis())
        let name = "test-\(UUID().uuidString)"
        let shared = PythonAdapter.factory(over: broker, channel: name)
        let (left, stays) = (try await LiveServer(adapter: shared), try await LiveServer(adapter: shared))
        let elsewhere = try await LiveServer(adapter: PythonAdapter.factory(over: far, channel: name))
        let clients = [try await left.joined().client, try await stays.joined().client]
        for each in [broker, far] { try await each.ready() }
        try elsewhere.server.namespace().everyone.emit("both")
        for client in clients { try await client.expect(#"42["both"]"#) }
        try await left.stop()
        try elsewhere.server.namespace().everyone.emit("one")
        try await clients[1].expect(#"42["one"]"#)
        try await stays.stop()
        try await broker.ready()
        #expect(try await broker.listeners(to: name) == 1)
        try await elsewhere.stop()
        for each in [broker, far] { await each.close() }
    }
}
