import NIOCore
import SocketTestKit
import Testing

@testable import Redis

@Suite("Addresses of a Redis, and waits")
struct RedisAddressTests {
    @Test("an address says host, port, login, database and TLS")
    func hosts() throws {
        #expect(try RedisAddress("redis://") == RedisAddress(Endpoint(.host("localhost", port: 6379))))
        #expect(try RedisAddress("REDIS://h/") == RedisAddress(Endpoint(.host("h", port: 6379))))
        #expect(try RedisAddress("valkey://h:1/2?") == RedisAddress(Endpoint(.host("h", port: 1)), database: 2))
        #expect(try RedisAddress("redis://h?db=7").database == 7)
        #expect(
            try RedisAddress("rediss://ann:p%2Fw@[::1]:7000/12")
                == RedisAddress(
                    Endpoint(.host("::1", port: 7000), usesTLS: true), user: "ann", password: "p/w", database: 12))
        #expect(try RedisAddress("redis://:secret@h").password == "secret")
        #expect(try RedisAddress("redis://:a%25%3A%40b:c@h").password == "a%:@b:c")
        #expect(try RedisAddress("redis://u:p@q@h").password == "p@q")
    }

    @Test("an address says a socket, login and database")
    func sockets() throws {
        #expect(try RedisAddress("unix:///run/redis.sock") == RedisAddress(Endpoint(.socket(path: "/run/redis.sock"))))
        #expect(
            try RedisAddress("unix://:pw@/run/a%20b@c?db=3")
                == RedisAddress(Endpoint(.socket(path: "/run/a b@c")), password: "pw", database: 3))
    }

    @Test(
        "an address that cannot be used is refused with what is wrong",
        arguments: [
            ("", "begin with redis://"), ("host", "begin with redis://"), ("http://host", "begin with redis://"),
            ("redis://h/x", "database is no number"), ("redis://h/-1", "database is no number"),
            ("redis://h/1/2", "database is no number"), ("redis://h/1?db=2", "twice"), ("redis://h?db=", "no number"),
            ("redis://h?db=x", "database is no number"), ("redis://h?ssl=no", "only db="),
            ("redis://h:99999", "between 1 and 65535"), ("redis://h:0", "between 1 and 65535"),
            ("redis://h:+1", "between 1 and 65535"), ("redis://h:6379x", "between 1 and 65535"),
            ("redis://user@h", "without a password"), ("redis://::1", "brackets"), ("redis://[::1", "]"),
            ("redis://[::1]x:1", "between the host and the port"), ("redis://:a#b@h", "%23"),
            ("redis://:a/b@h", "%2F"), ("redis://:a?b@h", "%3F"), ("redis://:a%b@h", "%25"), ("redis://a b", "space"),
            ("unix://run/redis.sock", "slash"), ("unix:///", "no path"), ("unix://", "no path"),
            ("unix:///" + String(repeating: "x", count: 107), "107 bytes"),
        ])
    func refused(text: String, words: String) {
        #expect {
            try RedisAddress(text)
        } throws: {
            "\($0)".contains(words)
        }
    }

    @Test(
        "no description of an address, or of what is wrong with it, has the password",
        arguments: [
            "redis://ann:geheim@h:1/2", "rediss://:geheim@h", "unix://:geheim@/s", "redis://geheim@h",
            "redis://:geheim/x@h", "redis://:x:geheim:h", "redis://h:geheim", "redis://h/geheim", "geheim://h",
            "redis://h?geheim=1", "redis://:geheim%@h",
        ])
    func redacted(text: String) {
        do {
            let url = try RedisAddress(text)
            var dumped = ""
            dump(url, to: &dumped)
            for shown in ["\(url)", String(reflecting: url), dumped] { #expect(!shown.contains("geheim")) }
            #expect("\(url)".contains(":***@"))
        } catch {
            #expect(!"\(error)".contains("geheim"))
        }
    }

    @Test("an address is written as it is read")
    func described() throws {
        for text in ["redis://h:1/2", "rediss://[::1]:6379/0", "unix:///run/s?db=4"] {
            #expect(try "\(RedisAddress(text))" == text)
        }
    }

    @Test("names are escaped in patterns")
    func pattern() {
        #expect(RedisTopic.prefix("a#/x[1]*?#") == .pattern(#"a#/x\[1\]\*\?#*"#))
    }

    @Test("waits double up to the most, half of each at random, and begin anew after success")
    func backoff() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RedisAddressTests.backoff seed \(seed)")
        var generator = SeededRandom(seed: seed)
        var backoff = Backoff(from: .milliseconds(100), upTo: .seconds(1))
        for ceiling in [100, 200, 400, 800, 1000, 1000] {
            let wait = backoff.next(using: &generator)
            #expect(wait >= .milliseconds(Int64(ceiling / 2)) && wait <= .milliseconds(Int64(ceiling)), "seed \(seed)")
        }
        backoff.reset()
        #expect(backoff.next(using: &generator) <= .milliseconds(100))
    }

    @Test(
        "digests are those of the standard's examples",
        arguments: [
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"), ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (String(repeating: "a", count: 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        ])
    func digest(text: String, expected: String) {
        #expect(SHA1.hexadecimal(of: text) == expected)
    }
}
