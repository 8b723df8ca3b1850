import Foundation
import NIOCore
import SocketTestKit
import Testing

@testable import Redis

@Suite("Subscriptions to a real Redis", .timeLimit(.minutes(1)))
struct RedisSubscriberTests {
    @Test("what is published is heard, by name and by pattern, by all who listen, until they cancel")
    func heard() async throws {
        let (redis, news) = (try await LiveRedis.connection(), try await LiveRedis.subscriber())
        let name = UUID().uuidString
        let heard = Mailbox<String>()
        let exact = news.subscribe(to: .channel(name)) { heard.put("= " + String(buffer: $1)) }
        let prefix = news.subscribe(to: .prefix(name + "#")) {
            heard.put("\($0.dropFirst(name.count)) " + String(buffer: $1))
        }
        try await news.connected()
        #expect(news.state == .connected)
        #expect(try await redis.command("PUBLISH", .text(name), "one").number == 1)
        #expect(try await heard.next() == "= one")
        #expect(try await redis.command("PUBLISH", .text(name + "#x"), "two").number == 1)
        #expect(try await heard.next() == "#x two")
        let second = news.subscribe(to: .channel(name)) { heard.put("second " + String(buffer: $1)) }
        exact.cancel()
        try await news.connected()
        #expect(try await redis.command("PUBLISH", .text(name), "three").number == 1)
        #expect(try await heard.next() == "second three")
        second.cancel()
        try await news.connected()
        #expect(try await redis.command("PUBLISH", .text(name), "nobody").number == 0)
        prefix.cancel()
        try await news.connected()
        #expect(try await redis.command("PUBLISH", .text(name + "#"), "nobody").number == 0)
        await news.close()
        await redis.close()
        #expect(news.state == .closed)
        await #expect(throws: RedisFailure.closed) { try await news.connected() }
    }

    @Test("a Redis that dies and comes back is subscribed to anew, but for what was cancelled")
    func restart() async throws {
        let port = try await RealServer.freePort()
        var server = try await RealServer.redis(port: port)
        let (redis, news) = (try LiveRedis.connection(port: port), try LiveRedis.subscriber(port: port))
        let (heard, changes, commands) = (Mailbox<String>(), Mailbox<LinkState>(), redis.changes)
        news.onStateChange { changes.put($0) }
        let first = news.subscribe(to: .channel("first")) { heard.put("\($0) " + String(buffer: $1)) }
        _ = news.subscribe(to: .prefix("many:")) { heard.put("\($0) " + String(buffer: $1)) }
        try await news.connected()
        for each in [changes, commands] { try await each.connected() }
        try await server.end()
        for each in [changes, commands] { _ = try await each.away() }
        first.cancel()
        _ = news.subscribe(to: .channel("late")) { heard.put("\($0) " + String(buffer: $1)) }
        for round in 0..<3 {
            server = try await RealServer.redis(port: port)
            try await news.connected()
            for each in [changes, commands] { try await each.connected() }
            for name in ["first", "many:x", "late"] {
                #expect(
                    try await redis.command("PUBLISH", .text(name), .number(round)).number == (name == "first" ? 0 : 1))
            }
            #expect(try await heard.next() == "many:x \(round)")
            #expect(try await heard.next() == "late \(round)")
            try await server.end()
            for each in [changes, commands] { _ = try await each.away() }
        }
        await news.close()
        await redis.close()
    }

    @Test("a subscriber that nobody holds any more ends")
    func forgotten() async throws {
        let redis = try await LiveRedis.connection()
        let name = UUID().uuidString
        do {
            let news = try await LiveRedis.subscriber()
            _ = news.subscribe(to: .channel(name)) { _, _ in }
            try await news.connected()
            #expect(try await redis.command("PUBLISH", .text(name), "x").number == 1)
        }
        try await within("the end of a subscriber") {
            while try await redis.command("PUBLISH", .text(name), "x").number != 0 { try Task.checkCancellation() }
        }
        await redis.close()
    }
}
