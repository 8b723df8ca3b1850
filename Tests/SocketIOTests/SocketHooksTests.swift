import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("Listening in, and deciding about single events", .timeLimit(.minutes(1)))
struct SocketHooksTests {
    private struct TooLoud: Error {}

    @Test("a socket's middleware keeps events from their handlers, and the application hears why")
    func middleware() async throws {
        let errors = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace()
            root.onConnection { socket in
                socket.use { event in
                    if try event.arguments.decode(String.self, at: 0) == "LOUD" { throw TooLoud() }
                }
            }
            root.on("say") { (_: Socket, text: String) in text }
            root.onError { _, error in errors.put("\(type(of: error))") }
        }
        let (client, _) = try await live.joined()
        try await client.sendText(#"421["say","LOUD"]"#)
        try await client.sendText(#"422["say","quiet"]"#)
        try await client.expect(#"432["quiet"]"#)
        #expect(await errors.next() == "TooLoud")
    }

    @Test("every event is heard before its handler, and also those that nobody handles")
    func incoming() async throws {
        let heard = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace()
            root.onIncoming { _, event in heard.put("namespace \(event.name) \(event.arguments.count)") }
            root.onConnection { socket in socket.onIncoming { heard.put("socket \($0.name)") } }
            root.on("known") { (_: Socket) in heard.put("handler") }
        }
        let (client, _) = try await live.joined()
        try await client.sendText(#"42["known",1,2]"#)
        try await client.sendText(#"42["unknown"]"#)
        for expected in ["namespace known 2", "socket known", "handler", "namespace unknown 0", "socket unknown"] {
            #expect(await heard.next() == expected)
        }
    }

    @Test("everything that is sent to a socket is heard, broadcasts and questions too")
    func outgoing() async throws {
        let heard = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace()
            root.onOutgoing { _, event in heard.put("namespace " + String(buffer: event.json)) }
            root.onConnection { socket in
                socket.onOutgoing { heard.put("socket " + String(buffer: $0.json)) }
                try? socket.emit("one", 1)
                try? root.everyone.emit("all", "x")
                socket.emit("raw", rawJSON: ByteBuffer(string: "[2]"))
                try? socket.volatile.uncompressed.emit("vol")
                _ = try? await socket.ask("q", timeout: .milliseconds(1))
            }
        }
        _ = try await live.joined()
        for json in [#"["one",1]"#, #"["all","x"]"#, #"["raw",[2]]"#, #"["vol"]"#, #"["q"]"#] {
            #expect(await heard.next() == "namespace " + json)
            #expect(await heard.next() == "socket " + json)
        }
    }

    @Test("what is sent to a client that is gone is not even encoded")
    func gone() async throws {
        struct Costly: Encodable {
            let done: Mailbox<String>

            func encode(to encoder: any Encoder) throws {
                done.put("encoded")
                var container = encoder.singleValueContainer()
                try container.encode(1)
            }
        }
        let heard = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace()
            root.on("costly") { (socket: Socket) in try socket.emit("answer", Costly(done: heard)) }
            root.onDisconnect { socket, _, _ in
                try? socket.emit("in vain", Costly(done: heard))
                try? socket.volatile.emit("in vain", Costly(done: heard))
                heard.put("over")
            }
        }
        let (client, _) = try await live.joined()
        try await client.sendText(#"42["costly"]"#)
        try await client.expect(#"42["answer",1]"#)
        try await client.close()
        #expect(await heard.next() == "encoded")
        #expect(await heard.next() == "over")
    }

    @Test("disconnecting comes before disconnect, both behind the last event")
    func order() async throws {
        let seen = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace()
            root.onConnection { socket in
                socket.join("r")
                seen.put("joined")
            }
            root.on("last") { (_: Socket) in seen.put("last") }
            root.onDisconnecting { _, reason, rooms in seen.put("disconnecting \(reason) \(rooms)") }
            root.onDisconnect { _, reason, _ in seen.put("disconnect \(reason)") }
        }
        let (client, _) = try await live.joined()
        // A client is out of its rooms as soon as it is gone, however late a busy machine runs the handlers.
        #expect(await seen.next() == "joined")
        try await client.sendText(#"42["last"]"#)
        try await client.close()
        #expect(await seen.next() == "last")
        #expect(await seen.next() == #"disconnecting transport close ["r"]"#)
        #expect(await seen.next() == "disconnect transport close")
    }

    @Test("a client that breaks the rules is reported before it is put out")
    func violation() async throws {
        let seen = Mailbox<String>()
        let live = try await LiveServer { server in
            let root = server.namespace()
            root.onError { _, error in seen.put("\(error)") }
            root.onDisconnect { _, reason, _ in seen.put("\(reason)") }
        }
        let (client, _) = try await live.joined()
        try await client.sendText("4511-[\"x\"]")
        #expect(await seen.next() == "tooManyAttachments")
        #expect(await seen.next() == "forced close")
    }

    @Test("a nil acknowledgement acknowledges nothing")
    func noAcknowledgement() async throws {
        let live = try await LiveServer { server in
            let root = server.namespace()
            root.onRaw("never") { _, _ in nil }
            root.onRaw("empty") { _, _ in .empty }
        }
        let (client, _) = try await live.joined()
        try await client.sendText(#"421["never"]"#)
        try await client.sendText(#"422["empty"]"#)
        try await client.expect("432[]")
    }
}
