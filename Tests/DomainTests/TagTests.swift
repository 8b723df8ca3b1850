import Domain
import Testing

@Suite("Tags")
struct TagTests {
    @Test(
        "which addresses a pattern is for",
        arguments: [
            ("shop.example", "https://SHOP.example/x", true), ("shop.example", "https://news.example/", false),
            ("", "https://a.example/", false), ("  ", "https://a.example/", false), ("a", "", false), ("*", "x", true),
            (" *://shop.example/* ", "https://shop.example/kettle", true),
            ("*://shop.example/*", "https://shop.example", false), ("*shop*", "https://a.example/?x=SHOP", true),
            ("https://a.example/?", "https://a.example/b", true),
            ("https://a.example/?", "https://a.example/bc", false),
            ("*/[a-c]?", "https://x/bz", true), ("*/[!a-c]?", "https://x/bz", false),
            ("*/[!a-c]?", "https://x/dz", true),
            ("*[]]", "a]", true), ("*[x", "a[x", true), ("*[a-]", "b-", true), ("*[z-a]*", "z", false),
            ("https", "source:https://a.example/", true), ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false),
            ("STRASSE", "https://x/straße", false), ("ÄPFEL", "https://x/äpfel", true), ("?", "é", true),
        ])
    func addresses(_ pattern: String, _ address: String, _ expected: Bool) {
        #expect(AddressPattern(pattern).matches(address) == expected)
    }

    @Test("many stars take no longer than the product of both lengths")
    func manyStars() {
        let pattern = AddressPattern(String(repeating: "*a", count: 500) + "*b")
        #expect(!pattern.matches(String(repeating: "a", count: 5000)))
    }

    @Test(
        "a colour is three or six hexadecimal digits and nothing that a page could take for more",
        arguments: [
            ("#abc", "#abc"), ("#4F8EF7", "#4f8ef7"), ("#abcd", nil), ("abc", nil), ("#ggg", nil), ("", nil),
            ("#", nil),
            ("#abc;}", nil), ("#12345\u{6}", nil), ("red", nil), ("#١٢٣", nil), ("url(#abc)", nil),
        ])
    func colours(_ text: String, _ expected: String?) {
        #expect(TagColour(text)?.description == expected)
    }
}
