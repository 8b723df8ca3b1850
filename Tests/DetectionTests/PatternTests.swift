import Domain
import Testing

@testable import Detection

/// How rules are spelt: the same letters, Python's escapes and flags, JavaScript's.
@Suite struct PatternTests {
    private func matches(_ rule: String, _ text: String) throws -> Bool {
        let pattern = try Pattern(rule)
        let matcher = PatternMatcher(DetectionLimits())
        return try Array(text.utf8).withUnsafeBufferPointer { bytes throws(CheckFailure) in
            try matcher.matches(pattern, bytes)
        }
    }

    @Test(
        "Python's spelling of characters, flags and ends",
        arguments: [
            (#"/\u20ac\s*\d+/"#, "€ 5", true), (#"/[\u20ac\u00a3]5/"#, "£5", true), (#"/\U0001F525/"#, "🔥", true),
            (#"/end\Z/"#, "the end", true), (#"/end\Z/"#, "end\n", false), (#"/\\u20ac/"#, "€", false),
            ("/(?a)^\\w+$/", "naive", true), ("/(?a)^\\w+$/", "naïve", false), ("/^\\w+$/", "naïve", true),
            ("/(?ai)NAIVE/", "naive", true), ("/(?u)É/i", "é", true), ("/(?s)a.b/", "a\nb", true),
            ("/(?sa)a.b\\d/", "a\nb\u{663}", false), ("/\\d/a", "\u{663}", false), ("/\\d/", "\u{663}", true),
            (#"/\N{U+20AC}/"#, "€", true),
        ])
    func spelling(_ rule: String, _ text: String, _ expected: Bool) throws {
        #expect(try matches(rule, text) == expected)
    }

    @Test("JavaScript's g changes nothing", arguments: ["/PRICE/gi", "/price/g", "/price/ig"])
    func everyMatch(_ rule: String) throws {
        #expect(try matches(rule, "the price"))
        #expect(try !matches("/PRICE/g", "the price"))
    }

    @Test("what is not understood is refused with the way to write it")
    func refused() {
        let name = #expect(throws: PatternError.self) { try Pattern(#"/\N{EURO SIGN}\d/"#) }
        #expect(name?.message.contains(#"\N{EURO SIGN}"#) == true)
        #expect(name?.message.contains(#"\u20ac"#) == true)
        let flag = #expect(throws: PatternError.self) { try Pattern("/price/q") }
        #expect(flag?.message.contains("'q'") == true)
    }

    @Test("a regex of a template that takes too long is called so, without a page that is not there")
    func template() {
        let text = String(repeating: "a", count: 5000) + "b"
        let error = #expect(throws: TemplateError.self) { try TemplateRegex.replace(text, "(a+)+$", "") }
        #expect(error?.message.contains("(a+)+$") == true)
        #expect(error?.message.contains("page") == false)
    }

    @Test(
        "a page without JSON says so to a filter that asks for it",
        arguments: [
            ("text/html", "<p>no JSON</p>", "json:$.price", true),
            ("text/html", "<script>{\"a\":1}</script><p>x</p>", "json:$.price", false),
            ("application/json", "{\"price\": NaN}", "json:$.price", true),
            ("application/json", "{\"a\": 1}", "json:$.price", false), ("text/html", "<p>no JSON</p>", ".price", false),
            ("application/json", "{\"a\": 1}", ".price", false), ("text/plain", "nothing", "json:$.price", true),
        ])
    func noJSON(_ type: String, _ body: String, _ filter: String, _ lacksJSON: Bool) {
        var settings = DetectionSettings()
        settings.includeFilters = [filter]
        let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: Array(body.utf8))
        let failure = #expect(throws: CheckFailure.self) {
            try TextProcessor().verdict(on: page, settings: settings, previous: PreviousCheck())
        }
        #expect(failure?.code == .noFilterMatch)
        #expect(failure?.message.contains("no valid JSON") == lacksJSON)
        #expect(failure?.message.contains(filter) == true)
    }
}
