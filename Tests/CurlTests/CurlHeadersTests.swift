import Testing

@testable import Curl

@Suite("Headers")
struct CurlHeadersTests {
    @Test(
        "a field is found by its name in any case, and the first counts",
        arguments: [
            ("A: 1\r\nB: 2\r\n\r\n", "b", "2"), ("A: 1\r\nA: 2\r\n", "A", "1"), ("A:1", "a", "1"),
            ("A: \t1 2 \r\n", "a", "1 2"),
            ("A:\r\n", "a", ""), ("A: 1\nB: 2\n", "B", "2"), ("AB: 1\r\n", "A", nil), ("A\r\nB: 1", "A", nil),
            ("", "A", nil), ("\n\n:x\n", "A", nil),
            (": x\r\n", "", "x"), ("A: b: c\r\n", "A", "b: c"),
        ] as [(String, String, String?)])
    func table(_ lines: String, _ name: String, _ value: String?) {
        #expect(CurlHeaders(bytes: Array(lines.utf8))[name] == value)
    }

    @Test("bytes that are not UTF-8 are replaced")
    func notText() {
        #expect(CurlHeaders(bytes: [0x41, 0x3A, 0xFF, 0x62])["a"] == "\u{FFFD}b")
    }

    @Test(
        "a header that can be sent has no problem",
        arguments: [("X-A", "b c\t\"ü\""), ("a", ""), ("!#$%&'*+-.^_`|~", "x")])
    func sendable(_ name: String, _ value: String) {
        #expect(CurlHeader(name, value).problem == nil)
    }
}
