import Foundation
import Glibc
import NIOCore
import NIOPosix
import SocketTestKit
import Testing

@testable import Redis

@Suite("Commands to a real Redis", .timeLimit(.minutes(1)))
struct RedisConnectionTests {
    @Test("answers are values, errors are thrown in Redis's words")
    func answers() async throws {
        let redis = try await LiveRedis.connection()
        let key = UUID().uuidString
        let bytes = ByteBuffer(bytes: [0, 13, 10, 255])
        #expect(try await redis.command("SET", .text(key), .bytes(bytes)) == .simple("OK"))
        #expect(try await redis.command("GET", .text(key)) == .bulk(bytes))
        #expect(try await redis.command("STRLEN", .text(key)) == .integer(4))
        #expect(try await redis.command("GET", .text(key + "x")) == .null)
        #expect(try await redis.command("LRANGE", .text(key + "x"), 0, -1) == .array([]))
        let wrongType = "Operation against a key holding the wrong kind of value"
        await #expect(throws: RedisFailure.server(RedisError("WRONGTYPE \(wrongType)"))) {
            try await redis.command("LPUSH", .text(key), "x")
        }
        await redis.close()
    }

    @Test("thousands of commands on their way are answered in their order")
    func order() async throws {
        let redis = try await LiveRedis.connection()
        let (key, count) = (UUID().uuidString, 20_000)
        let answers = Mailbox<Result<RESPValue, RedisFailure>>()
        for _ in 0..<count { redis.send(RedisCommand("INCR", .text(key))) { answers.put($0) } }
        for number in 1...count {
            let answer = try await answers.next()
            guard answer == .success(.integer(number)) else {
                Issue.record("\(answer) in place of \(number)")
                return
            }
        }
        try await withThrowingTaskGroup { group in
            for number in 0..<2_000 {
                group.addTask {
                    let text = "\(number)"
                    let answer = try await redis.command("ECHO", .text(text))
                    #expect(answer.text == text)
                }
            }
            try await group.waitForAll()
        }
        await redis.close()
    }

    @Test("a batch is answered as one, with errors among the answers; nobody comes into a transaction")
    func batches() async throws {
        let redis = try await LiveRedis.connection()
        let other = try await LiveRedis.connection()
        let key = UUID().uuidString
        let answers = try await redis.batch([
            RedisCommand("SET", .text(key), "x"), RedisCommand("INCR", .text(key)), RedisCommand("GET", .text(key)),
        ])
        #expect(
            answers == [
                .simple("OK"), .error(RedisError("ERR value is not an integer or out of range")),
                .bulk(ByteBuffer(string: "x")),
            ])
        #expect(try await redis.batch([]) == [])
        try await redis.command("SET", .text(key), 0)
        let increments = Array(repeating: RedisCommand("INCR", .text(key)), count: 50)
        try await withThrowingTaskGroup { group in
            for connection in [redis, other, redis, other] {
                group.addTask {
                    let answers = try await connection.transaction(increments).compactMap(\.number)
                    let first = answers.first ?? 0
                    #expect(answers == Array(first..<first + 50))
                }
            }
            try await group.waitForAll()
        }
        await #expect {
            try await redis.transaction([RedisCommand("SET", .text(key), 1), RedisCommand("NONSENSE")])
        } throws: {
            guard case RedisFailure.server(let error) = $0 else { return false }
            return error.code == "ERR" && error.message.contains("NONSENSE")
        }
        #expect(try await redis.command("GET", .text(key)).number == 200)
        await redis.close()
        await other.close()
    }

    @Test(
        "commands that would confuse all who share a connection are not sent",
        arguments: ["SUBSCRIBE", "select", "Multi", "MONITOR", "AUTH", "HELLO", "WATCH", "QUIT"])
    func shared(name: String) async throws {
        let redis = try await LiveRedis.connection()
        await #expect(throws: RedisFailure.notShareable(name)) { try await redis.command(name, "0") }
        await #expect(throws: RedisFailure.notShareable("CLIENT")) {
            try await redis.command("CLIENT", "reply", "OFF")
        }
        #expect(try await redis.command("CLIENT", "ID").number != nil)
        await redis.close()
    }

    @Test("a password, a user of the access list with its rights, a database; and the wrong ones in Redis's words")
    func login() async throws {
        let port = try await RealServer.freePort()
        let server = try await RealServer.redis(
            port: port,
            settings: ["--requirepass", "geheim", "--user", "ann", "on", ">p@ss", "~ann:*", "+@all", "-flushall"])
        for login in [":geheim@", "ann:p%40ss@"] {
            let redis = try LiveRedis.connection(port: port, login: login)
            try await redis.command("SET", "ann:key", .text(login))
            await redis.close()
        }
        let ann = try LiveRedis.connection(port: port, login: "ann:p%40ss@")
        for command in [RedisCommand("SET", "key", 1), RedisCommand("FLUSHALL")] {
            await #expect {
                try await ann.command(command)
            } throws: {
                guard case RedisFailure.server(let error) = $0 else { return false }
                return error.code == "NOPERM"
            }
        }
        await ann.close()
        for (login, words) in [("", "NOAUTH"), (":falsch@", "WRONGPASS"), ("ann:falsch@", "WRONGPASS")] {
            let redis = try LiveRedis.connection(port: port, login: login)
            guard case .refused(let reason) = try await redis.changes.away() else {
                Issue.record("not refused")
                continue
            }
            #expect(reason.hasPrefix(words) && !reason.contains("falsch"))
            await redis.close()
        }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let five = RedisConnection(try RedisAddress("redis://:geheim@127.0.0.1:\(port)/5"), on: loop)
        #expect(try await five.command("DBSIZE") == .integer(0))
        try await five.command("SET", "key", 1)
        #expect(try await five.command("DBSIZE") == .integer(1))
        await five.close()
        let none = RedisConnection(try RedisAddress("redis://:geheim@127.0.0.1:\(port)/99"), on: loop)
        #expect("\(try await none.changes.away())".contains("DB index"))
        await none.close()
        try await server.end()
    }

    @Test("a server that repeats the password in its refusal does not bring it into a description")
    func repeatedPassword() async throws {
        let port = try await RealServer.freePort()
        let server = try await RealServer.redis(port: port, settings: ["--rename-command", "AUTH", "LOGIN"])
        let redis = try LiveRedis.connection(port: port, login: ":geheim@")
        let reason = "\(try await redis.changes.away())"
        #expect(reason.contains("unknown command") && reason.contains("***") && !reason.contains("geheim"))
        await redis.close()
        try await server.end()
    }

    @Test("TLS is spoken with whom the given authority vouches for, and with nobody else")
    func tls() async throws {
        let folder = try await RealServer.authority()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = try await RealServer.freePort()
        let server = try await RealServer.redis(
            port: 0,
            settings: [
                "--tls-port", "\(port)", "--tls-cert-file", "\(folder)/cert.pem", "--tls-key-file",
                "\(folder)/key.pem", "--tls-auth-clients", "no",
            ])
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        var url = try RedisAddress("rediss://localhost:\(port)")
        url.endpoint.trustRoots = "\(folder)/authority.pem"
        let trusted = RedisConnection(url, on: loop)
        #expect(try await trusted.command("PING") == .simple("PONG"))
        let large = ByteBuffer(repeating: 7, count: 1_000_000)
        #expect(try await trusted.command("ECHO", .bytes(large)) == .bulk(large))
        await trusted.close()
        var unknown = url
        unknown.endpoint.trustRoots = nil
        var misnamed = url
        misnamed.endpoint.place = .host("127.0.0.1", port: port)
        for url in [unknown, misnamed] {
            let strange = RedisConnection(url, on: loop)
            let reason = "\(try await strange.changes.away())"
            #expect(reason.lowercased().contains("certificate"), "\(reason)")
            await strange.close()
        }
        try await server.end()
    }

    @Test("a Unix domain socket is as good as a port")
    func socket() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID().uuidString).sock").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let server = try await RealServer.redis(port: 0, settings: ["--unixsocket", path])
        let redis = RedisConnection(
            try RedisAddress("unix://\(path)?db=2"), on: MultiThreadedEventLoopGroup.singleton.any())
        try await redis.command("SET", "key", "value")
        #expect(try await redis.command("INFO", "keyspace").text?.contains("db2:keys=1") == true)
        await redis.close()
        try await server.end()
    }

    @Test("a Redis that dies and comes back is found again; what was sent is lost, what waits is carried out")
    func restart() async throws {
        let port = try await RealServer.freePort()
        var server = try await RealServer.redis(port: port)
        let redis = try LiveRedis.connection(port: port)
        let changes = redis.changes
        try await changes.connected()
        for round in 0..<3 {
            let blocked = Task { try await redis.command(RedisCommand("BLPOP", "none", 60), blockingFor: .seconds(60)) }
            let witness = try LiveRedis.connection(port: port)
            try await within("a command that blocks") {
                while try await !(witness.command("CLIENT", "LIST").text ?? "").contains("cmd=blpop") {
                    try Task.checkCancellation()
                }
            }
            await witness.close()
            try await server.end()
            let failure = try await changes.away()
            #expect(await blocked.result.failure as? RedisFailure == .lost(failure))
            let waiting = Task { try await redis.command("SET", "round", .number(round)) }
            server = try await RealServer.redis(port: port)
            try await changes.connected()
            #expect(try await waiting.value == .simple("OK"))
            #expect(try await redis.command("GET", "round").number == round)
        }
        await redis.close()
        try await server.end()
    }

    @Test("a frozen Redis costs a command its time limit, then the connection; thawed it is found again")
    func frozen() async throws {
        let port = try await RealServer.freePort()
        let server = try await RealServer.redis(port: port)
        var limits = LiveRedis.fast
        limits.link.heartbeat = .milliseconds(250)
        limits.link.connectTimeout = .milliseconds(300)
        let redis = try LiveRedis.connection(port: port, limits: limits)
        let changes = redis.changes
        try await changes.connected()
        let process = try await LiveRedis.process(of: redis)
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        await #expect(throws: RedisFailure.timeout(wasSent: true)) {
            try await redis.command(RedisCommand("INCR", "n"), timeout: .milliseconds(10))
        }
        #expect(try await changes.away() == .silent)
        await #expect(throws: RedisFailure.timeout(wasSent: false)) {
            try await redis.command(RedisCommand("GET", "n"), timeout: .milliseconds(10))
        }
        kill(process, SIGCONT)
        try await changes.connected()
        // What had come to it before is carried out in the end: a time limit says nothing about that.
        #expect(try await redis.command("GET", "n").number == 1)
        await redis.close()
        try await server.end()
    }

    @Test("a command that blocks is not taken for silence, one that blocks beyond its time is")
    func blocking() async throws {
        var limits = LiveRedis.fast
        limits.link.heartbeat = .milliseconds(250)
        let redis = try LiveRedis.connection(port: await RealServer.sharedRedis.value, limits: limits)
        let id = try await redis.command("CLIENT", "ID")
        let key = UUID().uuidString
        let answer = try await redis.command(
            RedisCommand("BLPOP", .text(key), 1), blockingFor: .seconds(1))
        #expect(answer == .null)
        #expect(try await redis.command("CLIENT", "ID") == id)
        await #expect(throws: RedisFailure.timeout(wasSent: true)) {
            try await redis.command(
                RedisCommand("BLPOP", .text(key), 0), timeout: .milliseconds(10), blockingFor: .milliseconds(10))
        }
        #expect(try await redis.command("CLIENT", "ID") != id)
        await redis.close()
    }

    @Test("while Redis is away as much waits as the limits say; then the newest fails, or the oldest")
    func limits() async throws {
        for overflow in [RedisLimits.Overflow.refuseNewest, .dropOldest] {
            var limits = LiveRedis.fast
            limits.overflow = overflow
            limits.maxRequests = 3
            limits.maxWaitingBytes = 1_000
            let port = try await RealServer.freePort()
            let redis = try LiveRedis.connection(port: port, limits: limits)
            let (failed, carriedOut) = (Mailbox<Int>(), Mailbox<Int>())
            for number in 0..<5 {
                redis.send(RedisCommand("RPUSH", "list", .number(number))) { result in
                    switch result {
                    case .failure(.queueFull): failed.put(number)
                    case .success: carriedOut.put(number)
                    case .failure(let failure): Issue.record(failure)
                    }
                }
            }
            let failures = [try await failed.next(), try await failed.next()]
            #expect(failures == (overflow == .refuseNewest ? [3, 4] : [0, 1]))
            let large = RedisCommand("RPUSH", "list", .bytes(ByteBuffer(repeating: 7, count: 1_001)))
            let refused = Mailbox<Result<RESPValue, RedisFailure>>()
            if overflow == .refuseNewest {
                redis.send(large) { refused.put($0) }
                #expect(try await refused.next() == .failure(.queueFull))
            }
            let server = try await RealServer.redis(port: port)
            for _ in 0..<3 { _ = try await carriedOut.next() }
            let list = try await redis.command("LRANGE", "list", 0, -1).list?.compactMap(\.number)
            #expect(list == (overflow == .refuseNewest ? [0, 1, 2] : [2, 3, 4]))
            await redis.close()
            try await server.end()
        }
    }

    @Test("who is cancelled does not wait, and makes room; after the end there is nothing but that")
    func cancelled() async throws {
        var limits = LiveRedis.fast
        limits.maxRequests = 1
        let redis = try LiveRedis.connection(port: await RealServer.freePort(), limits: limits)
        let connecting = Task { try await redis.connected() }
        connecting.cancel()
        #expect(await connecting.result.failure as? RedisFailure == .cancelled)
        for _ in 0..<200 {
            let waiting = Task { try await redis.command("PING") }
            waiting.cancel()
            #expect(await waiting.result.failure as? RedisFailure == .cancelled)
        }
        let waiting = Mailbox<Result<RESPValue, RedisFailure>>()
        redis.send(RedisCommand("PING")) { waiting.put($0) }
        await #expect(throws: RedisFailure.queueFull) { try await redis.command("PING") }
        await redis.close()
        #expect(try await waiting.next() == .failure(.closed))
        #expect(redis.state == .closed)
        await #expect(throws: RedisFailure.closed) { try await redis.command("PING") }
        await #expect(throws: RedisFailure.closed) { try await redis.connected() }
    }

    @Test("a connection that nobody holds any more ends")
    func forgotten() async throws {
        let witness = try await LiveRedis.connection()
        let name = "n\(UUID().uuidString)"
        do {
            let redis = try await LiveRedis.connection()
            try await redis.command("CLIENT", "SETNAME", .text(name))
            #expect(try await witness.command("CLIENT", "LIST").text?.contains(name) == true)
        }
        try await within("the end of a connection") {
            while try await witness.command("CLIENT", "LIST").text?.contains(name) == true {
                try Task.checkCancellation()
            }
        }
        await witness.close()
    }

    @Test("an answer beyond the limits ends the connection, and the next serves again")
    func largeAnswers() async throws {
        var limits = LiveRedis.fast
        limits.answer.maxBytes = 1_000
        limits.answer.maxElements = 100
        let redis = try LiveRedis.connection(port: await RealServer.sharedRedis.value, limits: limits)
        let key = UUID().uuidString
        try await redis.command("SETRANGE", .text(key), 2_000, "x")
        await #expect(throws: RedisFailure.lost(.malformed("an answer is larger than 1000 bytes"))) {
            try await redis.command("GET", .text(key))
        }
        #expect(try await redis.command("STRLEN", .text(key)).number == 2_001)
        try await redis.command(RedisCommand("RPUSH", words: [.text(key + "l")] + (0..<101).map { .number($0) }))
        await #expect(throws: RedisFailure.lost(.malformed("an answer has too many elements"))) {
            try await redis.command("LRANGE", .text(key + "l"), 0, -1)
        }
        #expect(try await redis.command("LLEN", .text(key + "l")).number == 101)
        await redis.close()
    }

    @Test(
        "a server that speaks nonsense loses the connection, and what it was asked is not asked again",
        arguments: [
            "HTTP/1.1 200 OK\r\n\r\n", "$5\r\nabcdefg\r\n", "*-2x\r\n", ":1\r\n:2\r\n",
            "+" + String(repeating: "x", count: 70_000), nil,
        ])
    func nonsense(answer: String?) async throws {
        let server = try await HostileServer(answers: [answer, ":2\r\n"])
        let redis = try LiveRedis.connection(port: server.port)
        if answer == ":1\r\n:2\r\n" {
            #expect(try await redis.command("FIRST") == .integer(1))
        } else {
            await #expect {
                try await redis.command("FIRST")
            } throws: {
                guard case RedisFailure.lost = $0 else { return false }
                return ($0 as? RedisFailure)?.mayHaveRun == true
            }
        }
        #expect(try await redis.command("SECOND") == .integer(2))
        #expect(try await server.commands.next().contains("FIRST"))
        #expect(try await server.commands.next().contains("SECOND"))
        await redis.close()
        try await server.stop()
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}
