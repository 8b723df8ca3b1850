import NIOCore
import NIOPosix
import SocketTestKit
import Testing

@testable import SocketIOAdapters

@Suite("Redis's protocol")
struct RedisSessionTests {
    private let reader = RESPReader(maxBulkBytes: 100)

    @Test("values are taken whole, wherever the stream is cut")
    func cuts() throws {
        let stream = "+OK\r\n:-7\r\n$5\r\nab\r\nc\r\n$-1\r\n*2\r\n$1\r\nx\r\n*0\r\n*-1\r\n-ERR no\r\n"
        let expected: [RESPValue] = [
            .simple("OK"), .integer(-7), .bulk(ByteBuffer(string: "ab\r\nc")), .bulk(nil),
            .array([.bulk(ByteBuffer(string: "x")), .array([])]), .array(nil), .error("ERR no"),
        ]
        for size in 1...stream.utf8.count {
            var (bytes, values): (ByteBuffer, [RESPValue]) = (ByteBuffer(), [])
            var rest = ByteBuffer(string: stream)
            while rest.readableBytes > 0 {
                var piece = rest.readSlice(length: min(size, rest.readableBytes)) ?? ByteBuffer()
                bytes.writeBuffer(&piece)
                while let value = try reader.next(&bytes) { values.append(value) }
            }
            #expect(values == expected)
            #expect(bytes.readableBytes == 0)
        }
    }

    @Test(
        "what is not Redis is refused",
        arguments: [
            "HTTP/1.1 400\r\n", "$101\r\n", "*1025\r\n", ":x\r\n", "$1\r\nabc", "+a\rb",
            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
            "\r\n",
        ])
    func malformed(text: String) {
        var bytes = ByteBuffer(string: text)
        #expect(throws: BrokerFailure.self) { try reader.next(&bytes) }
    }

    @Test("a line without an end is not waited for")
    func endless() {
        var bytes = ByteBuffer(repeating: UInt8(ascii: "+"), count: 100_000)
        #expect(throws: BrokerFailure.self) { try reader.next(&bytes) }
    }

    @Test("any bytes are values, or an error, or not enough")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RedisSessionTests.random seed \(seed)")
        var generator = SeededRandom(seed: seed)
        let letters = Array("+-:$*0123456789\r\n\r\n\r\nx".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<40, using: &generator)
            var bytes = ByteBuffer(bytes: (0..<count).map { _ in letters.randomElement(using: &generator)! })
            let before = bytes.readableBytes
            guard let value = try? reader.next(&bytes) else { continue }
            #expect(bytes.readableBytes < before, "\(value) came from nothing, seed \(seed)")
        }
    }

    @Test("logging in: user, password, database, then a sign of life")
    func login() throws {
        var session = RedisSession(try RedisURL("redis://ann:p%40ss@host/3"), maxMessageBytes: 100)
        var out = ByteBuffer()
        session.opened(&out)
        #expect(
            String(buffer: out)
                == "*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$4\r\np@ss\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$4\r\nPING\r\n"
        )
        #expect(try feed(&session, "+OK\r\n+OK\r\n") == [])
        #expect(try feed(&session, "+PONG\r\n") == [.ready])
    }

    @Test("a refusal ends the session in Redis's words")
    func refused() throws {
        var session = RedisSession(try RedisURL("redis://:wrong@host"), maxMessageBytes: 100)
        var out = ByteBuffer()
        session.opened(&out)
        #expect(throws: BrokerFailure.refused("WRONGPASS invalid")) { try feed(&session, "-WRONGPASS invalid\r\n") }
    }

    @Test("messages, confirmations and counts are told apart")
    func listening() throws {
        var session = try ready()
        var out = ByteBuffer()
        session.perform(.subscribe(.channel("a")), &out)
        session.perform(.subscribe(.pattern("b*")), &out)
        #expect(!session.isSettled)
        #expect(try feed(&session, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n") == [])
        #expect(try feed(&session, "*3\r\n$10\r\npsubscribe\r\n$2\r\nb*\r\n:2\r\n") == [])
        #expect(session.isSettled)
        let one = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
        let two = "*4\r\n$8\r\npmessage\r\n$2\r\nb*\r\n$2\r\nbc\r\n$2\r\nho\r\n"
        #expect(
            try feed(&session, one + two) == [
                .message(ByteBuffer(string: "hi"), channel: "a", topic: .channel("a")),
                .message(ByteBuffer(string: "ho"), channel: "bc", topic: .pattern("b*")),
            ])
        var other = try ready()
        other.perform(.publish(ByteBuffer(string: "x"), channel: "a"), &out)
        other.perform(.count(channel: "a", id: 9), &out)
        #expect(try feed(&other, ":2\r\n*2\r\n$1\r\na\r\n:5\r\n") == [.count(5, id: 9)])
    }

    @Test("silence over two heartbeats is noticed, and an answer in time is not")
    func silence() throws {
        for isListening in [false, true] {
            var session = try ready()
            var out = ByteBuffer()
            if isListening { session.perform(.subscribe(.channel("a")), &out) }
            out.clear()
            try session.beat(&out)
            #expect(out.readableBytes == 0)
            try session.beat(&out)
            #expect(String(buffer: out) == "*1\r\n$4\r\nPING\r\n")
            _ = try feed(&session, isListening ? "*2\r\n$4\r\npong\r\n$0\r\n\r\n" : "+PONG\r\n")
            try session.beat(&out)
            try session.beat(&out)
            #expect(throws: BrokerFailure.silent) { try session.beat(&out) }
        }
    }

    private func ready() throws -> RedisSession {
        var session = RedisSession(try RedisURL("redis://host"), maxMessageBytes: 100)
        var out = ByteBuffer()
        session.opened(&out)
        #expect(try feed(&session, "+PONG\r\n") == [.ready])
        return session
    }

    private func feed(_ session: inout RedisSession, _ text: String) throws(BrokerFailure) -> [BrokerNews] {
        var (bytes, out) = (ByteBuffer(string: text), ByteBuffer())
        return try session.received(&bytes, &out)
    }
}

@Suite("Addresses and waits of brokers")
struct BrokerValueTests {
    @Test("an address says host, port, login, database and TLS")
    func address() throws {
        let plain = try RedisURL("redis://")
        #expect(plain.host == "localhost" && plain.port == 6379 && plain.database == 0 && !plain.usesTLS)
        let full = try RedisURL("rediss://ann:p%2Fw@[::1]:7000/12")
        #expect(full.host == "::1" && full.port == 7000 && full.database == 12 && full.usesTLS)
        #expect(full.user == "ann" && full.password == "p/w")
        #expect(try RedisURL("redis://:secret@h").password == "secret")
        #expect(try RedisURL("valkey://h").host == "h")
    }

    @Test(
        "an address that cannot be used is refused",
        arguments: ["", "host", "http://host", "redis://h/x", "redis://h/-1", "redis://h:99999", "redis://user@h"])
    func badAddress(text: String) {
        #expect(throws: BrokerFailure.self) { try RedisURL(text) }
    }

    @Test("names are escaped in patterns")
    func pattern() {
        #expect(RedisBroker.pattern("a#/x[1]*?#") == #"a#/x\[1\]\*\?#*"#)
    }

    @Test("waits double up to the most, half of each at random, and begin anew after success")
    func backoff() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("BrokerValueTests.backoff seed \(seed)")
        var generator = SeededRandom(seed: seed)
        var backoff = Backoff(from: .milliseconds(100), upTo: .seconds(1))
        for ceiling in [100, 200, 400, 800, 1000, 1000] {
            let wait = backoff.next(using: &generator)
            #expect(wait >= .milliseconds(Int64(ceiling / 2)) && wait <= .milliseconds(Int64(ceiling)), "seed \(seed)")
        }
        backoff.reset()
        #expect(backoff.next(using: &generator) <= .milliseconds(100))
    }

    @Test("a gathering ends when all processes and all announced answers are in, in whatever order")
    func gathering() async {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let gathering = Gathering<Int>(processes: 2)
        gathering.add(1)
        gathering.processAnswered([], announcing: 2)
        gathering.processAnswered([], announcing: 0)
        gathering.add(2)
        gathering.add(3)
        let result = await gathering.result(timeout: .hours(1), on: loop)
        #expect(result.answers == [1, 2] && result.announced == 2 && result.missing == 0)
        let late = await Gathering<Int>(processes: 1).result(timeout: .zero, on: loop)
        #expect(late.missing == 1 && late.answers.isEmpty)
        let task = Task { await Gathering<Int>(processes: 1).result(timeout: .hours(1), on: loop) }
        task.cancel()
        #expect(await task.value.missing == 1)
    }
}
