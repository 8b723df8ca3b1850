import NIOCore
import SocketTestKit
import Testing

@testable import Redis

@Suite("Sessions with Redis")
struct RedisSessionTests {
    @Test("logging in: user, password, database, then a sign of life")
    func login() throws {
        var session = CommandSession(try RedisAddress("redis://ann:p%40ss@host/3"), limits: .init())
        var out = ByteBuffer()
        session.opened(&out)
        #expect(
            String(buffer: out)
                == "*3\r\n$4\r\nAUTH\r\n$3\r\nann\r\n$4\r\np@ss\r\n"
                + "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$4\r\nPING\r\n"
        )
        #expect(try feed(&session, "+OK\r\n+OK\r\n") == [])
        #expect(!session.isReady)
        #expect(try feed(&session, "+PONG\r\n") == [])
        #expect(session.isReady)
    }

    @Test("a refusal ends the session in Redis's words, without the password")
    func refused() throws {
        for (words, said) in [
            ("WRONGPASS invalid", "WRONGPASS invalid"),
            (
                "ERR unknown command 'AUTH', with args beginning with: 'wrong' ",
                "ERR unknown command 'AUTH', with args beginning with: '***' "
            ),
        ] {
            var session = CommandSession(try RedisAddress("redis://:wrong@host"), limits: .init())
            var out = ByteBuffer()
            session.opened(&out)
            #expect(throws: LinkFailure.refused(said)) { try feed(&session, "-\(words)\r\n") }
        }
    }

    @Test(
        "who does not log in as Redis does is none",
        arguments: ["+NO\r\n", ":1\r\n", "$2\r\nOK\r\n", "+OK\r\n+OK\r\n", "SSH-2.0-OpenSSH\r\n"])
    func strange(text: String) throws {
        var session = CommandSession(try RedisAddress("redis://:p@host"), limits: .init())
        var out = ByteBuffer()
        session.opened(&out)
        #expect(throws: LinkFailure.self) { try feed(&session, text) }
    }

    @Test("answers come back to their requests, those of a batch together, however they are cut")
    func answers() throws {
        let stream = ":1\r\n:2\r\n-ERR no\r\n+PONG\r\n$1\r\nx\r\n"
        for size in 1...stream.utf8.count {
            var session = CommandSession(try RedisAddress("redis://host"), limits: .init())
            var out = ByteBuffer()
            session.opened(&out)
            var bytes = ByteBuffer(string: "+PONG\r\n")
            var news = try session.received(&bytes, &out)
            session.send([RedisCommand("A")], id: 7, isBlocking: false, &out)
            session.send([RedisCommand("B"), RedisCommand("C")], id: 8, isBlocking: false, &out)
            try session.beat(&out)
            try session.beat(&out)
            session.send([RedisCommand("D")], id: 9, isBlocking: false, &out)
            #expect(session.dueCount == 4)
            var rest = ByteBuffer(string: stream)
            while rest.readableBytes > 0 {
                var piece = rest.readSlice(length: min(size, rest.readableBytes)) ?? ByteBuffer()
                bytes.writeBuffer(&piece)
                try session.received(&bytes, &out, &news)
            }
            #expect(
                news == [
                    .init(id: 7, values: [.integer(1)]),
                    .init(id: 8, values: [.integer(2), .error(RedisError("ERR no"))]),
                    .init(id: 9, values: [.bulk(ByteBuffer(string: "x"))]),
                ])
            #expect(session.dueCount == 0)
        }
    }

    @Test("what was understood before a failure is kept, and an answer to nothing is a failure")
    func partial() throws {
        var session = try ready()
        var (bytes, out) = (ByteBuffer(string: ":1\r\n:2\r\n"), ByteBuffer())
        session.send([RedisCommand("A")], id: 7, isBlocking: false, &out)
        var news: [CommandSession.Answer] = []
        #expect(throws: LinkFailure.malformed("an answer to nothing")) { try session.received(&bytes, &out, &news) }
        #expect(news == [.init(id: 7, values: [.integer(1)])])
    }

    @Test("messages and confirmations are told apart")
    func listening() throws {
        var session = try listener()
        var out = ByteBuffer()
        session.subscribe(to: .channel("a"), &out)
        session.subscribe(to: .pattern("b*"), &out)
        #expect(!session.isSettled)
        #expect(try feed(&session, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n") == [])
        #expect(try feed(&session, "*3\r\n$10\r\npsubscribe\r\n$2\r\nb*\r\n:2\r\n") == [.settled])
        #expect(session.isSettled)
        let one = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
        let two = "*4\r\n$8\r\npmessage\r\n$2\r\nb*\r\n$2\r\nbc\r\n$2\r\nho\r\n"
        #expect(
            try feed(&session, one + two) == [
                .message(ByteBuffer(string: "hi"), channel: "a", topic: .channel("a")),
                .message(ByteBuffer(string: "ho"), channel: "bc", topic: .pattern("b*")),
            ])
        #expect(throws: LinkFailure.refused("NOPERM no")) { try feed(&session, "-NOPERM no\r\n") }
        #expect(throws: LinkFailure.self) { try feed(&session, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n") }
    }

    @Test("silence over two heartbeats is noticed, and an answer in time is not")
    func silence() throws {
        var session = try ready()
        try silence(&session, answer: "+PONG\r\n")
        for answer in ["+PONG\r\n", "*2\r\n$4\r\npong\r\n$0\r\n\r\n"] {
            var session = try listener()
            try silence(&session, answer: answer)
        }
    }

    private func silence(_ session: inout some LinkSession, answer: String) throws {
        var out = ByteBuffer()
        try session.beat(&out)
        #expect(out.readableBytes == 0)
        try session.beat(&out)
        #expect(String(buffer: out) == "*1\r\n$4\r\nPING\r\n")
        var bytes = ByteBuffer(string: answer)
        #expect(try session.received(&bytes, &out).isEmpty)
        try session.beat(&out)
        try session.beat(&out)
        var copy = session
        #expect(throws: LinkFailure.silent) { try copy.beat(&out) }
    }

    @Test("over a command that blocks silence is promised, and after it counts again")
    func blocking() throws {
        var session = try ready()
        var out = ByteBuffer()
        session.send([RedisCommand("BLPOP", "k", 0)], id: 1, isBlocking: true, &out)
        out.clear()
        for _ in 0..<5 { try session.beat(&out) }
        #expect(out.readableBytes == 0)
        #expect(try feed(&session, "*-1\r\n") == [.init(id: 1, values: [.null])])
        try session.beat(&out)
        try session.beat(&out)
        var copy = session
        #expect(throws: LinkFailure.silent) { try copy.beat(&out) }
    }

    @Test("any bytes are news, or an error, or not enough")
    func random() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RedisSessionTests.random seed \(seed)")
        var generator = SeededRandom(seed: seed)
        let pieces = [
            "*3\r\n", "$7\r\nmessage\r\n", "$1\r\na\r\n", ":1\r\n", "*-1\r\n", "$-1\r\n", "+PONG\r\n", "*1\r\n",
            "*0\r\n",
            "-ERR\r\n", "$9\r\nsubscribe\r\n", "*4\r\n", "$8\r\npmessage\r\n", "\r\n", "$3\r\n",
        ]
        for _ in 0..<5_000 {
            let text = (0..<8).map { _ in pieces.randomElement(using: &generator)! }.joined()
            var (commands, news) = (try ready(), try listener())
            var out = ByteBuffer()
            commands.send([RedisCommand("A"), RedisCommand("B")], id: 1, isBlocking: true, &out)
            news.subscribe(to: .channel("a"), &out)
            _ = try? feed(&commands, text)
            _ = try? feed(&news, text)
            #expect(commands.dueCount <= 1, "seed \(seed)")
        }
    }

    private func ready() throws -> CommandSession {
        var session = CommandSession(try RedisAddress("redis://host"), limits: .init())
        #expect(try feed(&session, "+PONG\r\n") == [])
        return session
    }

    private func listener() throws -> ListeningSession {
        var session = ListeningSession(try RedisAddress("redis://host"), limits: .init())
        #expect(try feed(&session, "+PONG\r\n") == [])
        return session
    }

    private func feed<Session: LinkSession>(
        _ session: inout Session, _ text: String
    ) throws(LinkFailure) -> [Session.News] {
        var (bytes, out) = (ByteBuffer(string: text), ByteBuffer())
        return try session.received(&bytes, &out)
    }
}
