import EngineIO
import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("Clients of Socket.IO 2 on a server that allows them", .timeLimit(.minutes(1)))
struct VersionThreeClientTests {
    private func live(_ setUp: (SocketServer) -> Void) async throws -> LiveServer {
        var configuration = SocketConfiguration()
        configuration.engine.allowsVersion3 = true
        return try await LiveServer(configuration: configuration, setUp)
    }

    /// A WebSocket client; with the identifier of its session.
    private func client(_ live: LiveServer) async throws -> (client: RawClient, id: String) {
        let client = try await RawClient.connect(live.port)
        _ = try await client.upgrade("/socket.io/?EIO=3&transport=websocket")
        let opened = try await client.frame().text
        return (client, String(opened.dropFirst(#"0{"sid":""#.count).prefix(20)))
    }

    @Test("such a client is in the default namespace without asking, under its session's identifier")
    func implicitConnect() async throws {
        let ids = Mailbox<String>()
        let live = try await live { server in
            let root = server.namespace()
            root.onConnection { ids.put($0.id) }
            root.onRaw("echo") { socket, event in
                try socket.emit("echo", event.arguments)
                return try Acknowledgement(1)
            }
        }
        let (client, id) = try await client(live)
        try await client.expect("40")
        #expect(await ids.next() == id)
        try await client.sendText(#"427["echo","a"]"#)
        try await client.expect(#"42["echo","a"]"#)
        try await client.expect("437[1]")
        try await client.sendText(#"451-["echo",{"_placeholder":true,"num":0}]"#)
        try await client.sendFrame(2, [4, 1, 2])
        try await client.expect(#"451-["echo",{"_placeholder":true,"num":0}]"#)
        #expect(try await client.frame() == .init(opcode: 2, payload: [4, 1, 2]))
    }

    @Test("a namespace's name may carry a query, which becomes the auth; the answer has no payload")
    func query() async throws {
        let auths = Mailbox<[String: String]>()
        let live = try await live { server in
            server.namespace()
            server.namespace("/admin").onConnection { socket in
                auths.put((try? socket.handshake.decodeAuth()) ?? [:])
                try? socket.emit("id", socket.id)
            }
        }
        let (client, id) = try await client(live)
        try await client.expect("40")
        try await client.sendText("40/admin?token=a%20b&token=no&x=%22,")
        try await client.expect("40/admin,")
        #expect(await auths.next() == ["token": "a b", "x": "\""])
        try await client.expect(#"42/admin,["id","/admin#\#(id)"]"#)
    }

    @Test("a refusal is the data alone, or the message alone; an unknown namespace stays an object")
    func refusals() async throws {
        let live = try await live { server in
            server.namespace()
            server.namespace("/data").use { _ in throw try ConnectionRefused("no", data: ["code": 7]) }
            server.namespace("/words").use { _ in throw ConnectionRefused("not \"you\"") }
        }
        let (client, _) = try await client(live)
        try await client.expect("40")
        try await client.sendText("40/data,")
        try await client.expect(#"44/data,{"code":7}"#)
        try await client.sendText("40/words,")
        try await client.expect(#"44/words,"not \"you\"""#)
        try await client.sendText("40/nope,")
        try await client.expect(#"44/nope,{"message":"Invalid namespace"}"#)
    }

    @Test("a refusal in the default namespace is told too")
    func refusedAtOnce() async throws {
        let live = try await live { server in
            server.namespace().use { _ in throw ConnectionRefused("closed today") }
        }
        let (client, _) = try await client(live)
        try await client.expect(#"44"closed today""#)
    }

    @Test("clients of both versions hear one broadcast, bytes each in its own form")
    func together() async throws {
        let live = try await live { server in
            let root = server.namespace()
            root.on("all") { (_: Socket, text: String) in
                try root.everyone.emit("all", text, ByteBuffer(bytes: [7, 8]).bytes)
            }
        }
        let (old, _) = try await client(live)
        try await old.expect("40")
        let (new, _) = try await live.joined()
        try await new.sendText(#"42["all","hello"]"#)
        for (client, bytes) in [(old, [4, 7, 8] as [UInt8]), (new, [7, 8])] {
            try await client.expect(#"451-["all","hello",{"_placeholder":true,"num":0}]"#)
            #expect(try await client.frame() == .init(opcode: 2, payload: bytes))
        }
    }
}
