import Foundation
import NIOCore
import NIOPosix
import SocketTestKit
import Testing

@testable import EngineIO
@testable import SocketIO

/// What waits for an event loop that is busy.
@Suite("A busy event loop", .timeLimit(.minutes(1)))
struct LoopAgendaTests {
    /// Keeps every event loop busy until `body` has asked for all that it wants.
    private func whileBusy(_ body: () throws -> Void) rethrows {
        let gate = DispatchSemaphore(value: 0)
        let loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())
        for loop in loops { loop.execute { gate.wait() } }
        defer { for _ in loops { gate.signal() } }
        try body()
    }

    /// Asks for something of every kind, each to be seen by the client where it stands.
    private func ask(_ root: Namespace, _ socket: Socket) throws {
        try root.everyone.emit("a", 1)
        try root.everyone.emit("b", Data([1, 2]))
        try socket.emit("c")
        try root.everyone.emit("d")
        try root.to("room").emit("nobody is in there yet")
        socket.join("room")
        try root.to("room").emit("e")
        try root.everyone.except("room").emit("not for this one")
        try root.everyone.volatile.emit("f")
        try root.everyone.emit("g")
        socket.leave("room")
        try root.to("room").emit("nobody is in there any more")
        try root.everyone.emit("h")
    }

    private static let expected = [
        #"42["a",1]"#, #"451-["b",{"_placeholder":true,"num":0}]"#, "bytes", #"42["c"]"#, #"42["d"]"#, #"42["e"]"#,
        #"42["f"]"#, #"42["g"]"#, #"42["h"]"#,
    ]

    @Test("what one thread asks for is done in that order, though much of it is done at once")
    func order() async throws {
        let sockets = Mailbox<Socket>()
        let live = try await LiveServer { $0.namespace().onConnection { sockets.put($0) } }
        let (client, _) = try await live.joined()
        let socket = try #require(await sockets.next())
        let heard = Mailbox<String>()
        socket.onOutgoing { heard.put($0.name) }
        try await settle()
        // With somebody who listens in, and without: the two go different ways.
        for listens in [true, false] {
            let (other, _) = try await live.joined()
            let plain = try #require(await sockets.next())
            let (target, reader) = listens ? (socket, client) : (plain, other)
            try whileBusy { try ask(live.server.namespace(), target) }
            for text in Self.expected {
                let frame = try await reader.frame()
                if text == "bytes" { #expect(frame.opcode == 2) } else { #expect(frame.text == text) }
            }
            if listens {
                for name in "abcdefgh" { #expect(await heard.next() == String(name)) }
            }
            try await other.close()
            try await settle()
        }
        try await live.stop()
    }

    @Test("nothing reaches a client after it was put out, though it was asked for in the same breath")
    func expelled() async throws {
        let sockets = Mailbox<Socket>()
        let live = try await LiveServer { $0.namespace().onConnection { sockets.put($0) } }
        let (client, _) = try await live.joined()
        let socket = try #require(await sockets.next())
        try whileBusy {
            try live.server.namespace().everyone.emit("before")
            socket.disconnect()
            try live.server.namespace().everyone.emit("after")
        }
        try await client.expect(#"42["before"]"#)
        try await client.expect("41")
        try await client.sendText("40")
        #expect(try await client.frame().text.hasPrefix(#"40{"sid":"#))
        try await live.stop()
    }

    @Test("a client that polls gets all of it in one answer")
    func polling() async throws {
        let sockets = Mailbox<Socket>()
        let live = try await LiveServer { $0.namespace().onConnection { sockets.put($0) } }
        let client = try await RawClient.connect(live.port)
        let path = "/socket.io/?EIO=4&transport=polling"
        let session = try await client.get(path).body.split(separator: "\"")[3]
        _ = try await client.post("\(path)&sid=\(session)", "40")
        _ = try await client.get("\(path)&sid=\(session)")
        let socket = try #require(await sockets.next())
        try whileBusy { try ask(live.server.namespace(), socket) }
        try await settle()
        // Nobody polls at that moment, so what is volatile is dropped.
        let expected = Self.expected.filter { $0 != #"42["f"]"# }.map { $0 == "bytes" ? "bAQI=" : $0 }
        #expect(try await client.get("\(path)&sid=\(session)").body == expected.joined(separator: "\u{1e}"))
        try await live.stop()
    }
}
