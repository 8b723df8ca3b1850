import Domain
import Foundation
import Testing

@Suite("JSON by hand")
struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test(
        "any text comes back as it was",
        arguments: [
            "", "plain", "\"quoted\" \\ /", "line\nbreak\r\ttab", "\u{0}\u{1}\u{1f}\u{7f}", "¼ 漢字 🦩 \u{2028}",
            "</script>",
        ])
    func strings(original: String) throws {
        let written = text { json in json.array { $0.string(original) } }
        let read = try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String]
        #expect(read == [original])
    }

    @Test(
        "numbers are what JSON has words for",
        arguments: [
            (0.0, "0"), (1.5, "1.5"), (-2.25, "-2.25"), (1_763_711_999.125, "1763711999.125"), (.nan, "null"),
            (.infinity, "null"), (1e300, "null"), (0.0001, "0"),
        ] as [(Double, String)])
    func numbers(value: Double, expected: String) {
        #expect(text { $0.number(value) } == expected)
    }

    @Test("commas stand between values and nowhere else")
    func nesting() {
        let written = text { json in
            json.object { json in
                json.field("a", 1)
                json.key("b")
                json.array { json in
                    json.object { _ in }
                    json.array { _ in }
                    json.null()
                }
                json.field("c", true)
            }
        }
        #expect(written == #"{"a":1,"b":[{},[],null],"c":true}"#)
    }
}
