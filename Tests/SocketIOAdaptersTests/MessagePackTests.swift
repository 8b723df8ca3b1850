import Foundation
import NIOCore
import SocketTestKit
import Testing

@testable import SocketIOAdapters

@Suite("MessagePack")
struct MessagePackTests {
    /// Forms and bytes by the MessagePack specification, and notepack's two extensions.
    private static let forms: [(MessagePackValue, String)] = [
        (.null, "c0"), (.bool(false), "c2"), (.bool(true), "c3"), (0, "00"), (127, "7f"), (128, "cc80"),
        (255, "ccff"), (256, "cd0100"), (65_535, "cdffff"), (65_536, "ce00010000"), (4_294_967_295, "ceffffffff"),
        (4_294_967_296, "cf0000000100000000"), (.uint(.max), "cfffffffffffffffff"), (-1, "ff"), (-32, "e0"),
        (-33, "d0df"), (-128, "d080"), (-129, "d1ff7f"), (-32_768, "d18000"), (-32_769, "d2ffff7fff"),
        (-2_147_483_649, "d3ffffffff7fffffff"), (.double(0.5), "cb3fe0000000000000"), ("", "a0"), ("é", "a2c3a9"),
        (.string(String(repeating: "x", count: 32)), "d920" + String(repeating: "78", count: 32)),
        (.binary(ByteBuffer(bytes: [1, 2])), "c4020102"), ([], "90"), ([1, [2]], "920191" + "02"), ([:], "80"),
        (["a": 1, "b": []], "82a16101a16290"), (.undefined, "d40000"), (.date(1), "d7000000000000000001"),
        (.other(type: 5, ByteBuffer(bytes: [9])), "d40509"),
        (.other(type: -1, ByteBuffer(bytes: [9, 8, 7])), "c703ff090807"),
    ]

    @Test("values have the shortest form, and are read back from it", arguments: forms.indices)
    func golden(index: Int) throws {
        let (value, bytes) = Self.forms[index]
        #expect(value.encoded.hexDump(format: .compact) == bytes)
        #expect(try MessagePackReader.read(value.encoded) == value)
    }

    @Test("longer forms than needed, and floats of 32 bits, are read")
    func wideForms() throws {
        #expect(try read("d90161") == "a")
        #expect(try read("dd0000000101") == [1])
        #expect(try read("df0000000101c0") == ["1": .null])
        #expect(try read("ca3f000000") == .double(0.5))
        #expect(try read("cf0000000000000001") == 1)
        #expect(try read("c600000001ff") == .binary(ByteBuffer(bytes: [255])))
    }

    @Test(
        "what is none is refused",
        arguments: [
            ("", MessagePackReader.Malformed.truncated), ("c1", .neverUsed), ("a161c0", .trailingBytes),
            ("ddffffffff", .truncated), ("dfffffffff", .truncated), ("c6ffffffff00", .truncated),
            ("a5616263", .truncated),
            ("81c0c0", .badKey), ("c9ffffffff00", .truncated),
        ])
    func malformed(bytes: String, error: MessagePackReader.Malformed) {
        #expect(throws: error) { try read(bytes) }
    }

    @Test("nesting and the number of values have limits")
    func limits() throws {
        let depth = MessagePackReader.maxDepth
        #expect(throws: MessagePackReader.Malformed.tooDeep) {
            try MessagePackReader.read(ByteBuffer(repeating: 0x91, count: depth + 1))
        }
        #expect(throws: MessagePackReader.Malformed.tooDeep) {
            try MessagePackReader.read(ByteBuffer(repeating: 0x91, count: 10_000_000))
        }
        var many = ByteBuffer(bytes: [0xDD])
        many.writeInteger(UInt32(MessagePackReader.maxValues))
        many.writeRepeatingByte(0xC0, count: MessagePackReader.maxValues)
        #expect(throws: MessagePackReader.Malformed.tooManyValues) { try MessagePackReader.read(many) }
    }

    @Test("any value comes back as it went, and any bytes are a value or an error")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("MessagePackTests.random seed \(seed)")
        var generator = SeededRandom(seed: seed)
        for _ in 0..<3_000 {
            let value = MessagePackValue.random(depth: 4, using: &generator)
            var bytes = value.encoded
            #expect((try? MessagePackReader.read(bytes)) == value, "seed \(seed)")
            for _ in 0..<4 where bytes.readableBytes > 0 {
                let place = Int.random(in: 0..<bytes.readableBytes, using: &generator)
                bytes.setInteger(UInt8.random(in: 0...255, using: &generator), at: bytes.readerIndex + place)
                // What is read from damaged bytes can be written and read again.
                guard let damaged = try? MessagePackReader.read(bytes) else { continue }
                #expect((try? MessagePackReader.read(damaged.encoded))?.json == damaged.json, "seed \(seed)")
            }
            let cut = bytes.getSlice(at: bytes.readerIndex, length: bytes.readableBytes / 2)
            if let cut { _ = try? MessagePackReader.read(cut) }
        }
    }

    private func read(_ bytes: String) throws -> MessagePackValue {
        try MessagePackReader.read(ByteBuffer(hexadecimal: bytes))
    }
}

extension ByteBuffer {
    init(hexadecimal text: String) {
        let digits = Array(text.utf8)
        self.init(
            bytes: stride(from: 0, to: digits.count, by: 2).map { index in
                UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16) ?? 0
            })
    }
}

extension MessagePackValue {
    /// Any value, nested at most so deep; numbers in the form in which they are read.
    static func random(depth: Int, using generator: inout some RandomNumberGenerator) -> MessagePackValue {
        let size = Int.random(in: 0...[1, 17, 40, 300].randomElement(using: &generator)!, using: &generator)
        let bytes = ByteBuffer(bytes: (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) })
        switch Int.random(in: 0..<(depth > 0 ? 12 : 10), using: &generator) {
        case 0: return .null
        case 1: return .undefined
        case 2: return .bool(.random(using: &generator))
        case 3:
            let shift = Int.random(in: 0..<64, using: &generator)
            return .int(Int64.random(in: Int64.min...Int64.max, using: &generator) >> Int64(shift))
        case 4: return .uint(.random(in: (UInt64(Int64.max) + 1)...UInt64.max, using: &generator))
        case 5: return .double(.random(in: -1e9...1e9, using: &generator))
        case 6: return .string(String(buffer: bytes))
        case 7: return .binary(bytes)
        case 8: return .date(.random(in: 0...4_000_000_000_000, using: &generator))
        case 9: return .other(type: 7, bytes)
        case 10: return .array((0..<(size % 20)).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            return .map((0..<(size % 20)).map { Member("k\($0)", random(depth: depth - 1, using: &generator)) })
        }
    }
}
