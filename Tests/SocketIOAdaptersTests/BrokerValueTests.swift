import NIOCore
import NIOPosix
import Testing

@testable import SocketIOAdapters

@Suite("Addresses and waits of brokers")
struct BrokerValueTests {
    @Test("an address says host, port, login, database and TLS, or a socket")
    func address() throws {
        let plain = try RedisURL("redis://")
        #expect(plain.host == "localhost" && plain.port == 6379 && plain.database == 0 && !plain.usesTLS)
        let full = try RedisURL("rediss://ann:p%2Fw@[::1]:7000/12")
        #expect(full.host == "::1" && full.port == 7000 && full.database == 12 && full.usesTLS)
        #expect(full.user == "ann" && full.password == "p/w")
        #expect(try RedisURL("redis://:secret@h").password == "secret")
        #expect(try RedisURL("valkey://h").host == "h")
        #expect(try RedisURL("unix:///run/redis.sock").socketPath == "/run/redis.sock")
        for text in ["\(full)", String(reflecting: full)] { #expect(!text.contains("p/w") && !text.contains("p%2Fw")) }
    }

    @Test(
        "an address that cannot be used is refused",
        arguments: ["", "host", "http://host", "redis://h/x", "redis://h/-1", "redis://h:99999", "redis://user@h"])
    func badAddress(text: String) {
        #expect(throws: BrokerFailure.self) { try RedisURL(text) }
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
