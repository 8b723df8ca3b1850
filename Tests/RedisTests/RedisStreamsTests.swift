import Foundation
import NIOCore
import SocketTestKit
import Testing

@testable import Redis

@Suite("Streams and scripts of a real Redis", .timeLimit(.minutes(1)))
struct RedisStreamsTests {
    private func reader(_ consumer: String, of stream: String) -> RedisStreamReader {
        RedisStreamReader(stream: stream, group: "workers", consumer: consumer)
    }

    @Test("entries go to one consumer of a group each, in order, until they are acknowledged")
    func group() async throws {
        let redis = try await LiveRedis.connection()
        let stream = UUID().uuidString
        try await redis.makeGroup("workers", of: stream)
        try await redis.makeGroup("workers", of: stream)
        #expect(try await redis.read(as: reader("a", of: stream), count: 10) == [])
        var ids: [String] = []
        for number in 0..<5 {
            ids.append(
                try await redis.append([("n", .number(number)), ("é", .bytes(ByteBuffer(bytes: [0])))], to: stream))
        }
        let first = try await redis.read(as: reader("a", of: stream), count: 2)
        let second = try await redis.read(as: reader("b", of: stream), count: 10)
        #expect((first + second).map(\.id) == ids)
        #expect(first.count == 2)
        #expect(second.last?["n"] == ByteBuffer(string: "4") && second.last?["é"] == ByteBuffer(bytes: [0]))
        #expect(second.last?["x"] == nil)
        #expect(try await redis.acknowledge(ids, of: stream, in: "workers") == 5)
        #expect(try await redis.acknowledge(ids, of: stream, in: "workers") == 0)
        #expect(try await redis.acknowledge([], of: stream, in: "workers") == 0)
        #expect(try await redis.command("XPENDING", .text(stream), "workers").list?.first == .integer(0))
        #expect(try await redis.trim(stream, to: 2) == 3)
        #expect(try await redis.command("XLEN", .text(stream)).number == 2)
        for _ in 0..<300 { try await redis.append([("n", 1)], to: stream, keeping: 10) }
        #expect(try await redis.command("XLEN", .text(stream)).number ?? 0 < 250)
        await redis.close()
    }

    @Test("what a consumer took and died over goes to another, but for what was removed meanwhile")
    func dead() async throws {
        let redis = try await LiveRedis.connection()
        let stream = UUID().uuidString
        try await redis.makeGroup("workers", of: stream)
        for number in 0..<5 { try await redis.append([("n", .number(number))], to: stream) }
        let dying = try await LiveRedis.connection()
        let taken = try await dying.read(as: reader("dead", of: stream), count: 5).map(\.id)
        #expect(taken.count == 5)
        await dying.close()
        // Those that somebody has had for a shorter time are left to them.
        let none = try await redis.claim(as: reader("heir", of: stream), idle: .hours(1), count: 10)
        #expect(none.entries == [] && none.next == nil)
        try await redis.command("XDEL", .text(stream), .text(taken[1]))
        let one = try await redis.claim(as: reader("heir", of: stream), idle: .zero, count: 2)
        #expect(one.entries.map(\.id) == [taken[0]] && one.removed == [taken[1]])
        let next = try #require(one.next)
        let rest = try await redis.claim(as: reader("heir", of: stream), idle: .zero, count: 10, from: next)
        #expect(rest.entries.map(\.id) == Array(taken[2...]) && rest.removed == [] && rest.next == nil)
        #expect(rest.entries.first?["n"] == ByteBuffer(string: "2"))
        #expect(try await redis.acknowledge(taken, of: stream, in: "workers") == 4)
        await redis.close()
    }

    @Test("who waits for an entry is given it when it comes, and nothing when none comes")
    func waiting() async throws {
        let (redis, waiting) = (try await LiveRedis.connection(), try await LiveRedis.connection())
        let stream = UUID().uuidString
        try await redis.makeGroup("workers", of: stream, after: "$")
        let reader = reader("a", of: stream)
        #expect(try await waiting.read(as: reader, count: 1, blockingFor: .milliseconds(1)) == [])
        let entries = Task { try await waiting.read(as: reader, count: 1, blockingFor: .minutes(1)) }
        let id = try await redis.append([("n", 1)], to: stream)
        #expect(try await entries.value.map(\.id) == [id])
        await redis.close()
        await waiting.close()
    }

    @Test("what is no stream, or has no such group, is an error in Redis's words")
    func errors() async throws {
        let redis = try await LiveRedis.connection()
        let key = UUID().uuidString
        await #expect {
            _ = try await redis.read(as: reader("a", of: key), count: 1)
        } throws: {
            guard case RedisFailure.server(let error) = $0 else { return false }
            return error.code == "NOGROUP"
        }
        try await redis.command("SET", .text(key), 1)
        await #expect {
            try await redis.append([("n", 1)], to: key)
        } throws: {
            guard case RedisFailure.server(let error) = $0 else { return false }
            return error.code == "WRONGTYPE"
        }
        await redis.close()
    }

    @Test("a script runs whether the server knows it or not, also after it has forgotten all")
    func scripts() async throws {
        let redis = try await LiveRedis.connection()
        let key = UUID().uuidString
        let script = RedisScript("-- \(key)\nreturn {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2]}")
        for round in 1...3 {
            let answer = try await redis.run(script, keys: [key], [5, "ü"])
            #expect(answer == .array([.integer(5 * round), .bulk(ByteBuffer(string: "ü"))]))
            #expect(try await redis.command("SCRIPT", "EXISTS", .text(script.digest)) == .array([.integer(1)]))
            try await redis.command("SCRIPT", "FLUSH")
        }
        #expect(try await redis.command("SCRIPT", "LOAD", .text(script.source)).text == script.digest)
        await #expect {
            try await redis.run(RedisScript("return redis.error_reply('GONE nothing here')"))
        } throws: {
            guard case RedisFailure.server(let error) = $0 else { return false }
            return error.code == "GONE"
        }
        await redis.close()
    }
}
