import NIOCore
import SocketIO
import SocketTestKit
import Testing

@testable import SocketIOAdapters

@Suite("JSON to and from MessagePack's values")
struct JSONValueTests {
    @Test(
        "JSON comes back as JavaScript would write it",
        arguments: [
            (" [ ] ", "[]"), (#"{"a":{},"b":[1,-2,3.5]}"#, #"{"a":{},"b":[1,-2,3.5]}"#), ("1e3", "1000"), ("-0", "0"),
            ("12345678901234567890", "12345678901234567890"), ("1e400", "null"), ("true", "true"), ("null", "null"),
            (#""\u00e9\n\"\\\/""#, #""é\u000a\"\\/""#), (#""\ud83d\ude00""#, #""😀""#), (#""\ud800""#, "\"\u{FFFD}\""),
            (#""\ud800\u0041""#, "\"\u{FFFD}A\""), (#""\ud800x""#, "\"\u{FFFD}x\""), (#""☃""#, #""☃""#), ("0.5", "0.5"),
        ])
    func rewritten(text: String, expected: String) throws {
        #expect(String(buffer: try JSONReader.read(ByteBuffer(string: text)).json) == expected)
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", "[", "]", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", "-", "+1", ".5", "1e", "tru", "nulll",
            "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12é4\"", "\"\u{1}\"", "[1 2]", "\"a\"b",
        ])
    func malformed(text: String) {
        #expect(throws: JSONReader.Malformed.syntax) { try JSONReader.read(ByteBuffer(string: text)) }
    }

    @Test("nesting has a limit")
    func depth() {
        #expect(throws: JSONReader.Malformed.tooDeep) {
            try JSONReader.read(ByteBuffer(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }

    @Test("placeholders become bytes and bytes placeholders, in their order")
    func attachments() throws {
        let bytes = [ByteBuffer(bytes: [1]), ByteBuffer(bytes: [2, 3])]
        let json = #"["ev",{"_placeholder":true,"num":1},{"x":{"_placeholder":true,"num":0}}]"#
        let packet = BroadcastPacket(namespace: "/", json: ByteBuffer(string: json), attachments: bytes)
        let values = try packet.values
        #expect(values == ["ev", .binary(bytes[1]), ["x": .binary(bytes[0])]])
        let back = try #require(BroadcastPacket(values.list ?? [], namespace: "/"))
        #expect(back.attachments == [bytes[1], bytes[0]])
        #expect(
            String(buffer: back.json).contains(
                #"["ev",{"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":1}}]"#))
        let plain = BroadcastPacket(namespace: "/", json: ByteBuffer(string: json))
        #expect(try plain.values.list?[1]["num"] == 1)
        let lie = BroadcastPacket(
            namespace: "/", json: ByteBuffer(string: #"["ev",{"_placeholder":true,"num":2}]"#), attachments: bytes)
        #expect(throws: JSONReader.Malformed.placeholder) { try lie.values }
    }

    @Test("JavaScript's own values become what JSON.stringify makes of them")
    func specials() {
        let values: MessagePackValue = [
            .undefined, ["gone": .undefined, "kept": 1], .date(1_700_000_000_123), .date(.max), .double(.nan),
            .double(.infinity), .double(3), .other(type: 9, ByteBuffer()),
        ]
        #expect(
            String(buffer: values.json) == #"[null,{"kept":1},"2023-11-14T22:13:20.123Z",null,null,null,3,null]"#)
    }

    @Test("reserved names and lists without a name are no events")
    func events() {
        #expect(BroadcastPacket(["disconnect"], namespace: "/") == nil)
        #expect(BroadcastPacket([], namespace: "/") == nil)
        #expect(BroadcastPacket([.null, 1], namespace: "/") == nil)
    }
}
