import Glibc
import TestSupport
import Testing

@testable import Detection

/// Pages that do not say how they are written; whole ones are the golden cases of `charset-guess`.
@Suite struct CharsetGuessTests {
    private func read(_ body: [UInt8], _ contentType: String? = "text/html") -> String {
        String(decoding: Charset.utf8(body, contentType: contentType), as: UTF8.self)
    }

    @Test(
        "a few words are enough",
        arguments: [
            ("WINDOWS-1251", "Привет мир"), ("KOI8-R", "Последние новости"), ("WINDOWS-1253", "Καλημέρα κόσμε"),
            ("WINDOWS-1255", "חדשות מהארץ היום"), ("WINDOWS-1256", "أخبار اليوم من العالم"), ("WINDOWS-874", "ข่าววันนี้"),
            ("CP932", "本日のお知らせです"), ("EUC-JP", "本日のお知らせです"), ("CP949", "오늘의 공지사항"), ("GB18030", "最新的消息"),
            ("BIG5-HKSCS", "最新的消息"), ("WINDOWS-1252", "déjà vu à Besançon"), ("WINDOWS-1252", "schöne Grüße"),
            ("WINDOWS-1252", "mañana será otro día"), ("WINDOWS-1252", "ein Café"), ("WINDOWS-1252", "© 2026"),
        ])
    func fewWords(_ charset: String, _ words: String) throws {
        let body = try #require(encoded("<p>\(words)</p>", as: charset))
        #expect(read(body) == "<p>\(words)</p>")
    }

    @Test("markup between the words says nothing and does not get in the way", arguments: [0, 50, 5000])
    func markup(_ length: Int) throws {
        let markup = "<div class=\"" + String(repeating: "x y=1 ", count: length / 6) + "\">"
        let page = (0..<8).map { "\(markup)Товар номер \($0) снова в продаже</div>" }.joined(separator: "\n")
        let body = try #require(encoded(page, as: "WINDOWS-1251"))
        #expect(read(body) == page)
    }

    @Test("what a page says is believed, whatever its bytes look like")
    func labelled() throws {
        let body = try #require(encoded("Привет мир", as: "WINDOWS-1251"))
        #expect(read(body, "text/html; charset=iso-8859-1") == "Ïðèâåò ìèð")
        #expect(read(Array("<meta charset=latin1>".utf8) + body).hasSuffix("Ïðèâåò ìèð"))
    }

    @Test("a byte that is wrong does not make another charset of a page in UTF-8")
    func damaged() {
        let text = Array("Größe, Öffnungszeiten, schöne Grüße".utf8)
        #expect(read(text + [0xC3]) == "Größe, Öffnungszeiten, schöne Grüße\u{FFFD}")
        #expect(read([0xE9] + text).hasPrefix("\u{FFFD}Größe"))
    }

    @Test(
        "escapes of a terminal are no Japanese",
        arguments: ["\u{1B}[1mbold\u{1B}[0m", "\u{1B}$", "\u{1B}(B only", "\u{1B}$B"])
    func escapes(_ text: String) {
        #expect(read(Array(text.utf8), "text/plain") == text)
    }

    @Test("text in UTF-8 stays what it is where escapes of ISO-2022-JP stand in it")
    func escapesInUTF8() {
        let text = "caf\u{E9} \u{1B}$B$3$s\u{1B}(B"
        #expect(read(Array(text.utf8), "text/plain") == text)
    }

    @Test("any bytes give some text of valid UTF-8, and the same each time")
    func anyBytes() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for length in [1, 2, 3, 100, 5000, 100_000] {
            let low = UInt8.random(in: 0...0xFE, using: &random)
            let body = (0..<length).map { _ in UInt8.random(in: low...0xFF, using: &random) }
            let text = Array(Charset.utf8(body, contentType: nil))
            #expect(text.withUnsafeBufferPointer(UTF8Check.isValid), "seed \(seed)")
            #expect(text == Array(Charset.utf8(body, contentType: nil)), "seed \(seed)")
        }
    }

    /// nil when the charset has not all of the letters.
    private func encoded(_ text: String, as charset: String) -> [UInt8]? {
        guard let converter = iconv_open(charset, "UTF-8"), Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        var source = text.utf8.map { CChar(bitPattern: $0) }
        var target = [CChar](repeating: 0, count: 4 * source.count + 16)
        let room = target.count
        return source.withUnsafeMutableBufferPointer { input in
            target.withUnsafeMutableBufferPointer { output in
                var from = input.baseAddress
                var left = input.count
                var to = output.baseAddress
                var free = output.count
                guard iconv(converter, &from, &left, &to, &free) != -1 else { return nil }
                return output.prefix(room - free).map { UInt8(bitPattern: $0) }
            }
        }
    }
}
