import Domain
import EngineIO
import Foundation
import Logging
import Monitor
import NIOCore
import NIOPosix
import SocketIO
import SocketTestKit
import Storage
import StoreTestKit
import Testing
import WebCore
import WebTestSupport

@testable import Realtime

/// More than a socket takes at once, for clients that read, read slowly, or do not read; on real connections.
@Suite("Clients that are told much", .timeLimit(.minutes(2)))
struct SlowReaderTests {
    private struct Scene {
        let store: Store
        let bus: SignalBus
        let actions: WatchActions
        let engine: Engine
        let port: Int

        /// Watches whose addresses have 2,000 characters.
        func add(_ count: Int) async throws -> [WatchID] {
            let long = String(repeating: "a", count: 1_970)
            return try await store.create(
                (0..<count).map { NewWatch(url: "https://example.org/\($0)/\(long)", paused: true) }, now: Date()
            ).map(\.id)
        }

        /// A WebSocket that has joined the default namespace.
        func socket(reads: Bool = true) async throws -> RawClient {
            let client = try await RawClient.connect(port)
            _ = try await client.upgrade("/socket.io/?EIO=4&transport=websocket")
            _ = try await client.frame()
            try await client.sendText("40")
            _ = try await client.frame()
            return client
        }
    }

    private func run(
        readTimeout: TimeAmount = .seconds(30), _ body: (Scene) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "slow-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(at: folder.appending(path: "test.db").path)
        let bus = SignalBus()
        let queue = MemoryCheckQueue(QueueRules(perHost: 9))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = MultiThreadedEventLoopGroup.singleton
        let realtime = RealtimeServer(
            group: group, clientFolder: folder.path,
            limits: ConnectionLimits(sockets: 100, socketsPerAddress: 100), origin: nil, readTimeout: readTimeout,
            refusals: RefusalLog(logger), logger: logger)
        let bridge = RealtimeBridge(
            store: store, queue: queue, bus: bus, steps: LiveSteps(), rooms: await realtime.rooms(), logger: logger)
        let actions = WatchActions(
            store: store, queue: queue, bus: bus, addressProblem: { _ in nil },
            hostOf: { _ in "" }, wakeScheduler: { _ in },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await realtime.answer(from: bridge, actions)
        let listener = try await EngineListener.bind(realtime.server.engine, group: group)
        let listening = bridge.listen()
        let running = Task { await bridge.run() }
        try await body(
            Scene(
                store: store, bus: bus, actions: actions, engine: realtime.server.engine,
                port: try #require(listener.localAddress?.port)))
        running.cancel()
        await running.value
        listening.cancel()
        try await listener.close()
        await realtime.server.shutdown(grace: .milliseconds(50))
        try store.close()
    }

    /// The watches that a frame tells of: in the answer to `subscribe`, in an update, in a deletion.
    private func told(_ text: String) throws -> [String] {
        guard let start = text.firstIndex(of: "[") else { return [] }
        let parts = try JSONSerialization.jsonObject(with: Data(text[start...].utf8)) as? [Any] ?? []
        if text.hasPrefix("43") {
            let watches = (parts.first as? [String: Any])?["watches"] as? [[String: Any]] ?? []
            return watches.compactMap { $0["uuid"] as? String }
        }
        guard parts.count == 2, let fields = parts[1] as? [String: Any] else { return [] }
        let watch = fields["watch"] as? [String: Any] ?? fields
        return (watch["uuid"] as? String).map { [$0] } ?? []
    }

    private func subscribe(_ watches: [WatchID] = [], all: Bool = false) -> String {
        let list = watches.map { "\"\($0)\"" }.joined(separator: ",")
        return #"420["subscribe",{"watches":[\#(list)],"all":\#(all)}]"#
    }

    /// Reads until all of `watches` have been told of; returns the longest message.
    @discardableResult
    private func hear(_ watches: [WatchID], _ client: RawClient) async throws -> Int {
        var missing = Set(watches.map(\.description))
        var longest = 0
        while !missing.isEmpty {
            let frame = try await client.frame()
            longest = max(longest, frame.payload.count)
            if frame.text == "2" { try await client.sendText("3") }
            missing.subtract(try told(frame.text))
        }
        return longest
    }

    @Test("the state of 500 watches with long addresses comes in pieces, and the socket stays")
    func subscription() async throws {
        try await run { scene in
            let watches = try await scene.add(500)
            let client = try await scene.socket()
            for _ in 0..<3 {
                try await client.sendText(subscribe(watches))
                #expect(try await hear(watches, client) < 300_000)
            }
            #expect(scene.engine.sessionCount == 1)
        }
    }

    @Test("5,000 watches that change at once are told to a client that wants all, and the socket stays")
    func round() async throws {
        try await run { scene in
            let watches = try await scene.add(5_000)
            let client = try await scene.socket()
            try await client.sendText(subscribe(all: true))
            _ = try await client.frame()
            for _ in 0..<2 {
                for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
                try await hear(watches, client)
            }
            for watch in watches { scene.bus.publish(.watch(watch, .deleted)) }
            try await hear(watches, client)
            #expect(scene.engine.sessionCount == 1)
        }
    }

    @Test("the same over polling, sixteen events at a time")
    func polling() async throws {
        try await run { scene in
            let watches = try await scene.add(600)
            let client = try await RawClient.connect(scene.port)
            let path = "/socket.io/?EIO=4&transport=polling"
            let opened = try await client.get(path).body
            let session = path + "&sid=" + opened.drop { $0 != ":" }.dropFirst(2).prefix { $0 != "\"" }
            _ = try await client.post(session, "40")
            _ = try await client.get(session)
            _ = try await client.post(session, subscribe(all: true))
            _ = try await client.get(session)
            for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
            var missing = Set(watches.map(\.description))
            while !missing.isEmpty {
                for packet in try await client.get(session).body.split(separator: "\u{1e}") {
                    missing.subtract(try told(String(packet)))
                }
            }
            #expect(scene.engine.sessionCount == 1)
        }
    }

    @Test("a client that stops reading hears, when it goes on, how things are then and not all that happened")
    func latest() async throws {
        try await run { scene in
            let watches = try await scene.add(1_000)
            let client = try await scene.socket()
            try await client.sendText(subscribe(all: true))
            _ = try await client.frame()
            try await client.reads(false)
            // A second client that reads says when everything has been told.
            let other = try await scene.socket()
            try await other.sendText(subscribe(all: true))
            _ = try await other.frame()
            let rounds = 4
            for _ in 0..<rounds {
                for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
                try await hear(watches, other)
            }
            let last = watches[500]
            _ = try await scene.actions.asked(by: .tester).edit(last) { $0.title = "the last word" }
            try await client.reads(true)
            var count = 0
            while true {
                let text = try await client.frame().text
                if text.hasPrefix(#"42["watch_update""#) { count += 1 }
                if text.contains("the last word") { break }
            }
            #expect(count < rounds * watches.count, "\(count)")
            #expect(scene.engine.sessionCount == 2)
        }
    }

    @Test("twelve who want everything hear the latest of every watch, whatever they missed of what happened before")
    func many() async throws {
        try await run { scene in
            let watches = try await scene.add(100)
            // One who hears everything says how far it has come.
            let pacer = try await scene.socket()
            try await pacer.sendText(subscribe(all: true))
            _ = try await pacer.frame()
            var clients: [RawClient] = []
            for _ in 0..<12 {
                let client = try await scene.socket()
                try await client.sendText(subscribe(all: true))
                _ = try await client.frame()
                clients.append(client)
            }
            // Half of them do not read for now.
            for client in clients[6...] { try await client.reads(false) }
            let rounds = 8
            for round in 1...rounds {
                for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
                if round == rounds {
                    for watch in watches {
                        _ = try await scene.actions.asked(by: .tester).edit(watch) { $0.title = "the last word" }
                    }
                }
                try await hear(watches, pacer)
            }
            for client in clients[6...] { try await client.reads(true) }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for client in clients { group.addTask { try await lastWords(watches, client) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.allSatisfy { $0 <= (rounds + 1) * watches.count }, "\(counts)")
            #expect(scene.engine.sessionCount == 13)
        }
    }

    /// Reads until each of `watches` is told with its last title; returns how many updates that took.
    private func lastWords(_ watches: [WatchID], _ client: RawClient) async throws -> Int {
        var missing = Set(watches.map(\.description))
        var count = 0
        while !missing.isEmpty {
            let text = try await client.frame().text
            if text == "2" { try await client.sendText("3") }
            guard text.hasPrefix(#"42["watch_update""#) else { continue }
            count += 1
            for watch in try told(text) {
                if text.contains("the last word") {
                    missing.remove(watch)
                } else {
                    #expect(missing.contains(watch), "an older state after the newest")
                }
            }
        }
        return count
    }

    @Test("one who wants everything no more hears nothing more, and from then on only what is on the screen")
    func noMore() async throws {
        try await run { scene in
            let watches = try await scene.add(20)
            let client = try await scene.socket()
            try await client.sendText(subscribe(all: true))
            _ = try await client.frame()
            for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
            try await hear(watches, client)
            try await client.sendText(subscribe([watches[7]]))
            #expect(try await client.frame().text.hasPrefix("43"))
            for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
            #expect(try told(try await client.frame().text) == [watches[7].description])
            try await client.sendText(subscribe(all: true))
            #expect(try await client.frame().text.hasPrefix("43"), "nothing of the other nineteen came meanwhile")
            scene.bus.publish(.watch(watches[0], .unchanged))
            #expect(try told(try await client.frame().text) == [watches[0].description])
        }
    }

    @Test("a client that does not read is dropped, others hear on", arguments: [false, true])
    func deaf(asksAgain: Bool) async throws {
        try await run(readTimeout: .seconds(2)) { scene in
            let watches = try await scene.add(500)
            let deaf = try await RawClient.connect(scene.port, reads: false)
            let other = try await scene.socket()
            try await other.sendText(subscribe(all: true))
            _ = try await other.frame()
            try await deaf.send(
                RawClient.text(
                    "GET", "/socket.io/?EIO=4&transport=websocket",
                    headers: [
                        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    ]))
            while scene.engine.sessionCount < 2 { await Task.yield() }
            try await deaf.sendText("40")
            try await deaf.sendText(subscribe(watches))
            // Until it is gone: either asking anew without reading, or being told of changes.
            while scene.engine.sessionCount == 2 {
                if asksAgain { try? await deaf.sendText(subscribe(watches)) }
                for watch in watches { scene.bus.publish(.watch(watch, .unchanged)) }
                try await hear(watches, other)
            }
            #expect(scene.engine.sessionCount == 1)
        }
    }
}
