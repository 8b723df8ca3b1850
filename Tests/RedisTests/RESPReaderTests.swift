import NIOCore
import SocketTestKit
import Testing

@testable import Redis

@Suite("Redis's protocol")
struct RESPReaderTests {
    private static let limits = {
        var limits = RESPLimits()
        limits.maxBytes = 100
        limits.maxElements = 1024
        limits.maxDepth = 4
        return limits
    }()

    @Test("values are taken whole, wherever the stream is cut")
    func cuts() throws {
        let stream =
            "+OK\r\n:-7\r\n$5\r\nab\r\nc\r\n$-1\r\n*2\r\n$1\r\nx\r\n*0\r\n*-1\r\n-ERR no\r\n"
            + "*2\r\n*1\r\n:1\r\n*2\r\n+\r\n$0\r\n\r\n"
        let expected: [RESPValue] = [
            .simple("OK"), .integer(-7), .bulk(ByteBuffer(string: "ab\r\nc")), .null,
            .array([.bulk(ByteBuffer(string: "x")), .array([])]), .null, .error(RedisError("ERR no")),
            .array([.array([.integer(1)]), .array([.simple(""), .bulk(ByteBuffer())])]),
        ]
        for size in 1...stream.utf8.count {
            var reader = RESPReader(Self.limits)
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
            "HTTP/1.1 400\r\n", "$101\r\n", "*1025\r\n", ":x\r\n", "$1\r\nabc", "+a\rb", ":\r\n", ":-\r\n",
            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "\r\n", ":9223372036854775808\r\n", ":99999999999999999999\r\n",
            "*2\r\n$60\r\n123456789012345678901234567890123456789012345678901234567890\r\n$60\r\n",
            "*2\r\n*1000\r\n", "*3\r\n*1023\r\n",
        ])
    func malformed(text: String) {
        var (reader, bytes) = (RESPReader(Self.limits), ByteBuffer(string: text))
        #expect(throws: LinkFailure.self) {
            if try reader.next(&bytes) == nil, text == "*2\r\n*1000\r\n" {
                var more = ByteBuffer(string: String(repeating: ":1\r\n", count: 1_000) + "*23\r\n")
                _ = try reader.next(&more)
            }
        }
    }

    @Test("the smallest and the greatest number are numbers")
    func numbers() throws {
        for number in [Int.min, Int.min + 1, -1, 0, 1, Int.max] {
            var (reader, bytes) = (RESPReader(Self.limits), ByteBuffer(string: ":\(number)\r\n"))
            #expect(try reader.next(&bytes) == .integer(number))
        }
    }

    @Test("limits are for one answer, not for all")
    func limits() throws {
        var reader = RESPReader(Self.limits)
        var bytes = ByteBuffer(
            string: String(repeating: "$100\r\n\(String(repeating: "x", count: 100))\r\n", count: 20))
        for _ in 0..<20 { #expect(try reader.next(&bytes)?.bytes?.readableBytes == 100) }
        bytes.writeString(String(repeating: "*1024\r\n" + String(repeating: ":1\r\n", count: 1024), count: 3))
        for _ in 0..<3 { #expect(try reader.next(&bytes)?.list?.count == 1024) }
    }

    @Test("a line without an end is not waited for")
    func endless() {
        var (reader, bytes) = (RESPReader(Self.limits), ByteBuffer(repeating: UInt8(ascii: "+"), count: 100_000))
        #expect(throws: LinkFailure.self) { try reader.next(&bytes) }
    }

    @Test("any bytes are values, or an error, or not enough")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RESPReaderTests.random seed \(seed)")
        var generator = SeededRandom(seed: seed)
        let letters = Array("+-:$*0123456789\r\n\r\n\r\nx".utf8)
        for _ in 0..<20_000 {
            var reader = RESPReader(Self.limits)
            let count = Int.random(in: 0..<40, using: &generator)
            var bytes = ByteBuffer(bytes: (0..<count).map { _ in letters.randomElement(using: &generator)! })
            let before = bytes.readableBytes
            guard let value = try? reader.next(&bytes) else { continue }
            #expect(bytes.readableBytes < before, "\(value) came from nothing, seed \(seed)")
        }
    }

    @Test("a stream means the same in whatever pieces it comes, up to the same failure")
    func pieces() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RESPReaderTests.pieces seed \(seed)")
        var generator = SeededRandom(seed: seed)
        let words = [
            "*2\r\n", "*1\r\n", "*0\r\n", ":5\r\n", "$3\r\na\r\n\r\n", "$-1\r\n", "+OK\r\n", "-ERR\r\n", "$99\r\n", "x",
        ]
        for _ in 0..<2_000 {
            let count = Int.random(in: 1..<20, using: &generator)
            let stream = (0..<count).map { _ in words.randomElement(using: &generator)! }.joined()
            let whole = read(stream, pieces: stream.utf8.count)
            let parted = read(stream, pieces: Int.random(in: 1...7, using: &generator))
            #expect(whole.values == parted.values && whole.failure == parted.failure, "\(stream), seed \(seed)")
        }
    }

    private func read(_ stream: String, pieces size: Int) -> (values: [RESPValue], failure: LinkFailure?) {
        var (reader, bytes, values) = (RESPReader(Self.limits), ByteBuffer(), [RESPValue]())
        var rest = ByteBuffer(string: stream)
        do throws(LinkFailure) {
            while rest.readableBytes > 0 {
                var piece = rest.readSlice(length: min(size, rest.readableBytes)) ?? ByteBuffer()
                bytes.writeBuffer(&piece)
                while let value = try reader.next(&bytes) { values.append(value) }
            }
            return (values, nil)
        } catch {
            return (values, error)
        }
    }

    @Test(
        "an error is a code and a sentence",
        arguments: [
            ("WRONGTYPE Operation against a key", "WRONGTYPE", "Operation against a key"), ("ERR no", "ERR", "no"),
            ("LOADING", "LOADING", ""), ("something else", "", "something else"), ("", "", ""),
        ])
    func error(line: String, code: String, message: String) {
        let error = RedisError(line)
        #expect(error.code == code && error.message == message && "\(error)" == line)
    }

    @Test("commands are written as lists of words that may hold anything")
    func command() {
        var out = ByteBuffer()
        out.write(RedisCommand("SET", "k\r\n", .bytes(ByteBuffer(bytes: [0, 255])), -12, .text("ü")))
        var expected = ByteBuffer(string: "*5\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$2\r\n")
        expected.writeBytes([0, 255])
        expected.writeString("\r\n$3\r\n-12\r\n$2\r\nü\r\n")
        #expect(out == expected)
    }

    @Test("a command shows its name and nothing of its words")
    func description() {
        let command = RedisCommand("AUTH", "ann", "geheim")
        var dumped = ""
        dump(command, to: &dumped)
        for text in ["\(command)", String(reflecting: command), dumped] {
            #expect(text.contains("AUTH") && !text.contains("geheim"))
        }
    }
}
