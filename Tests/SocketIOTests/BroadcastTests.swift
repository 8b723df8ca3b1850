import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

/// One suite over both ways of being a server: alone, and two that share their namespaces.
@Suite("Many sockets at once", .timeLimit(.minutes(1)))
struct BroadcastTests {
    enum Name: SharedSocketKey {
        typealias Value = String
        static let name = "user"
    }

    enum Secret: SocketKey {
        typealias Value = Int
    }

    /// Two clients on one server, or on one each.
    private struct Pair {
        let first: LiveServer
        let second: LiveServer
        let here: (client: RawClient, id: String)
        let there: (client: RawClient, id: String)
        var root: Namespace { first.server.namespace() }
    }

    private func pair(linked: Bool, _ setUp: @escaping (Namespace) -> Void = { _ in }) async throws -> Pair {
        let link = Link()
        let first = try await server(linked ? link : nil, setUp)
        let second = linked ? try await server(link, setUp) : first
        return Pair(first: first, second: second, here: try await first.joined(), there: try await second.joined())
    }

    private func server(_ link: Link?, _ setUp: (Namespace) -> Void) async throws -> LiveServer {
        var factory: SocketServer.AdapterFactory?
        if let link { factory = { _, rooms in link.adapter(rooms) } }
        return try await LiveServer(adapter: factory) { (server: SocketServer) in
            Self.answer(on: server.namespace("/"))
            setUp(server.namespace("/"))
        }
    }

    private static func answer(on root: Namespace) {
        root.on("join") { (socket: Socket, room: String) in
            socket.join(room)
            _ = await socket.rooms()
        }
        root.on("name") { (socket: Socket, name: String) in
            socket[Name.self] = name
            socket[Secret.self] = 1
        }
    }

    @Test("a question to all brings one answer of each, and ends when all have answered", arguments: [false, true])
    func ask(linked: Bool) async throws {
        let pair = try await pair(linked: linked)
        async let result = pair.root.everyone.ask("size", "shirt")
        for (client, size) in [(pair.here.client, 3), (pair.there.client, 4)] {
            let question = try await client.frame().text
            let id = question.dropFirst(2).prefix { $0.isNumber }
            #expect(question == "42\(id)[\"size\",\"shirt\"]")
            try await client.sendText("43\(id)[\(size)]")
        }
        let answers = try await result
        #expect(answers.isComplete)
        #expect(answers.asked == 2)
        #expect(try answers.answers.map { try $0.decode(Int.self, at: 0) }.sorted() == [3, 4])
    }

    @Test("who leaves or stays silent is missing in the result", arguments: [false, true])
    func missing(linked: Bool) async throws {
        let pair = try await pair(linked: linked)
        async let left = pair.root.everyone.ask("q", timeout: .seconds(60))
        let id = try await pair.here.client.frame().text.dropFirst(2).prefix { $0.isNumber }
        _ = try await pair.there.client.frame()
        try await pair.here.client.sendText("43\(id)[1]")
        try await pair.there.client.close()
        let answers = try await left
        #expect(answers.asked == 2)
        #expect(answers.answers.count == 1)
        #expect(!answers.isComplete)
        let silent = try await pair.root.to(pair.here.id).ask("q", timeout: .milliseconds(20))
        #expect(silent.asked == 1)
        #expect(silent.answers.isEmpty)
        let nobody = try await pair.root.to("empty").ask("q")
        #expect(nobody.isComplete && nobody.asked == 0)
    }

    @Test("sockets are described with rooms, handshake and shared values, and only those", arguments: [false, true])
    func fetch(linked: Bool) async throws {
        let pair = try await pair(linked: linked)
        try await pair.there.client.sendText(#"421["join","a"]"#)
        try await pair.there.client.expect("431[]")
        try await pair.there.client.sendText(#"422["name","zoé"]"#)
        try await pair.there.client.expect("432[]")
        let all = try await pair.root.everyone.fetchSockets()
        #expect(Set(all.map(\.id)) == [pair.here.id, pair.there.id])
        let members = try await pair.root.to("a").fetchSockets()
        #expect(members.map(\.id) == [pair.there.id])
        let one = try #require(members.first)
        #expect(one.description.rooms == [pair.there.id, "a"])
        #expect(try one.description.value(Name.self) == "zoé")
        #expect(String(buffer: one.description.data) == #"{"user":"zoé"}"#)
        let handshake = String(buffer: one.description.handshake)
        #expect(handshake.contains(#""query":{"EIO":"4","transport":"websocket"}"#))
        #expect(handshake.contains(#""headers":{"host":"example.org""#))
        #expect(try await pair.root.everyone.except("a").fetchSockets().map(\.id) == [pair.here.id])
        try one.target.emit("only you")
        try await pair.there.client.expect(#"42["only you"]"#)
    }

    @Test("sockets anywhere are put into rooms, out of them, and out", arguments: [false, true])
    func move(linked: Bool) async throws {
        let ends = Mailbox<String>()
        let pair = try await pair(linked: linked) { $0.onDisconnect { _, reason, _ in ends.put("\(reason)") } }
        pair.root.to(pair.there.id).join("b")
        pair.root.everyone.join("c")
        try pair.root.to("b", "c").emit("both")
        try pair.root.to("b").emit("b")
        try await pair.here.client.expect(#"42["both"]"#)
        try await pair.there.client.expect(#"42["both"]"#)
        try await pair.there.client.expect(#"42["b"]"#)
        pair.root.everyone.leave("c")
        try pair.root.to("c").emit("c")
        try pair.root.everyone.local.emit("here")
        try await pair.here.client.expect(#"42["here"]"#)
        if !linked { try await pair.there.client.expect(#"42["here"]"#) }
        pair.root.to("b").disconnect()
        try await pair.there.client.expect("41")
        #expect(await ends.next() == "server namespace disconnect")
        pair.root.everyone.disconnect(close: true)
        try await pair.here.client.expect("41")
        #expect(try await pair.here.client.frame().opcode == 8)
    }

    @Test("servers tell and ask each other, and no client hears it")
    func serverEvents() async throws {
        let heard = Mailbox<String>()
        let pair = try await pair(linked: true) { namespace in
            namespace.onServerEvent("hello") { arguments in
                heard.put(try arguments.decode(at: 0))
                return .empty
            }
            namespace.onServerEvent("load") { arguments in
                try Acknowledgement(arguments.decode(Int.self, at: 0) * 2)
            }
        }
        try pair.root.serverEmit("hello", "there")
        #expect(await heard.next() == "there")
        let answers = try await pair.root.serverAsk("load", 21)
        #expect(try answers.map { try $0.decode(Int.self, at: 0) } == [42])
        #expect(try await pair.root.serverAsk("unheard of").isEmpty)
        #expect(throws: SocketPacket.Violation.badEventName) { try pair.root.serverEmit("disconnect") }
        let alone = try await self.pair(linked: false)
        #expect(try await alone.root.serverAsk("load", 21).isEmpty)
    }
}
