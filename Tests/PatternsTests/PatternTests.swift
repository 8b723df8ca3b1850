import Testing

@testable import Patterns

/// How rules are spelt: the same letters, Python's escapes and flags, JavaScript's.
@Suite struct PatternTests {
    private func matches(_ rule: String, _ text: String) throws -> Bool {
        let pattern = try Pattern(rule)
        let matcher = PatternMatcher()
        let bytes = Array(text.utf8)
        return try matcher.matches(pattern, bytes.span)
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

    @Test(
        "a regex that would take years stops",
        arguments: ["/(a+)+$/", "/(a|aa)+$/", "/^(([a-z])+.)+[A-Z]([a-z])+$/", "/(a*)*!!/"])
    func steps(_ rule: String) throws {
        let text = String(repeating: "a", count: 5_000) + "!"
        #expect(throws: PatternFailure.tooManySteps(rule: rule)) { try matches(rule, text) }
    }

    @Test("the time is one budget for all searches of a matcher")
    func time() throws {
        var moment = ContinuousClock.now
        let matcher = PatternMatcher {
            moment += .milliseconds(900)
            return moment
        }
        func matches(_ rule: String) throws -> Bool {
            let bytes = Array("one two".utf8)
            return try matcher.matches(Pattern(rule), bytes.span)
        }
        for rule in ["/one/", "/two/", "/three/"] { _ = try matches(rule) }
        #expect(throws: PatternFailure.tooLong(rule: "/two/")) { try matches("/two/") }
    }
}
