import EngineIO
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHTTP1
import SocketTestKit
import Testing

@testable import EngineIO
@testable import SocketIO

@Suite("Many sessions, one after the other", .timeLimit(.minutes(3)))
struct LeakTests {
    /// Resident memory of this process in bytes (proc(5), statm).
    private var resident: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    /// One life: by WebSocket or by polling, in one namespace or more, ended in one of the ways that there are.
    private func live(_ server: SocketServer, _ loop: EmbeddedEventLoop, _ random: inout SeededRandom) throws {
        let transport: Transport = Bool.random(using: &random) ? .websocket : .polling
        let version: ProtocolVersion = Bool.random(using: &random) ? .four : .three
        let request = HandshakeRequest(
            uri: "/socket.io/", query: [], headers: HTTPHeaders(), remoteAddress: nil, transport: transport,
            version: version)
        let connection = try server.engine.open(request, loop: loop)
        let link = LinkID(UInt64.random(in: 1...1000, using: &random))
        if transport == .websocket {
            connection.handle(.socketOpened(link))
            for text in ["40", "40/n\(Int.random(in: 0..<50, using: &random)),", "42[\"x\",1]"] {
                connection.handle(.socketText(link, ByteBuffer(string: text)))
            }
        } else {
            connection.handle(.pollOpened(link))
            connection.handle(.postOpened(LinkID(0)))
            let body = version == .four ? "40/a," : "5:40/a,"
            connection.handle(.postReceived(LinkID(0), ByteBuffer(string: body)))
        }
        server.namespace("/").everyone.join("room")
        try server.namespace("/").everyone.emit("event", "for whoever is there")
        switch Int.random(in: 0..<6, using: &random) {
        case 0: connection.handle(.socketText(link, ByteBuffer(string: "nonsense")))
        case 1: connection.handle(.socketClosed(link, failed: true))
        case 2: connection.handle(.requestDropped(link))
        case 3: connection.close()
        case 4: connection.handle(.overflowed)
        default: loop.advanceTime(by: .seconds(200))
        }
        loop.advanceTime(by: .milliseconds(1))
        // What still lives is let go by time alone.
        if !connection.isEnded { loop.advanceTime(by: .seconds(200)) }
    }

    /// What is left after many lives.
    private struct Rest: Sendable {
        var sessions: Int
        var clients: Int
        var sockets: Int
        var hasMembers: Bool
        var bytes: Int
    }

    @Test("a hundred thousand sessions, opened and killed, leave no memory and no count behind")
    func hundredThousand() async {
        let seed = UInt64.random(in: 0 ... .max)
        let left = await withCheckedContinuation { (continuation: CheckedContinuation<Rest, Never>) in
            // On a thread of its own, because an embedded loop stays on the one that made it.
            Thread.detachNewThread { continuation.resume(returning: rest(after: 100_000, seed: seed)) }
        }
        #expect(left.sessions == 0, "seed \(seed)")
        #expect(left.clients == 0, "seed \(seed)")
        #expect(left.sockets == 0, "seed \(seed)")
        #expect(!left.hasMembers, "seed \(seed)")
        // Nothing else runs beside this suite. A leak of 100 bytes in each session would leave nine megabytes.
        #expect(left.bytes < 8_000_000, "seed \(seed)")
    }

    private func rest(after count: Int, seed: UInt64) -> Rest {
        let loop = EmbeddedEventLoop()
        var configuration = SocketConfiguration()
        configuration.engine.allowsVersion3 = true
        let server = SocketServer(group: loop, configuration: configuration)
        for name in ["/", "/a"] { server.namespace(name) }
        for number in 0..<50 { server.namespace("/n\(number)") }
        var random = SeededRandom(seed: seed)
        var before = 0
        for number in 0..<count {
            if number == count / 10 { before = resident }
            do { try live(server, loop, &random) } catch { Issue.record(error) }
        }
        loop.advanceTime(by: .seconds(200))
        let clients = server.engine.clients
        let root = server.namespace("/")
        return Rest(
            sessions: server.engine.sessionCount, clients: clients.polling + clients.websocket,
            sockets: root.rooms.count, hasMembers: root.hasMembers("room"), bytes: resident - before)
    }

    @Test("objects of a session are gone with it", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func objects(seed: UInt64) throws {
        let loop = EmbeddedEventLoop()
        let server = SocketServer(group: loop)
        server.namespace("/")
        weak var connection: Connection?
        weak var socket: Socket?
        do {
            let request = HandshakeRequest(
                uri: "/", query: [], headers: HTTPHeaders(), remoteAddress: nil, transport: .websocket, version: .four)
            let opened = try server.engine.open(request, loop: loop)
            connection = opened
            opened.handle(.socketOpened(LinkID(seed)))
            opened.handle(.socketText(LinkID(seed), ByteBuffer(string: "40")))
            let found = NIOLockedValueBox<Socket?>(nil)
            server.namespace("/").rooms.onEachShard { shard, _ in
                shard.forEach(in: Target()) { core in found.withLockedValue { $0 = core.socket } }
            }
            socket = found.withLockedValue { $0 }
            found.withLockedValue { $0 = nil }
            #expect(socket != nil)
            switch seed {
            case 1: opened.handle(.socketText(LinkID(seed), ByteBuffer(string: "41")))
            case 2: opened.handle(.socketClosed(LinkID(seed), failed: false))
            case 3: opened.close()
            case 4: opened.handle(.socketText(LinkID(seed), ByteBuffer(string: "4")))
            case 5: loop.advanceTime(by: .seconds(60))
            default: server.namespace("/").everyone.disconnect(close: true)
            }
        }
        if seed != 1 {
            loop.advanceTime(by: .seconds(60))
            #expect(connection == nil)
        }
        loop.run()
        #expect(socket == nil)
    }
}
