import Differences
import Domain
import Patterns
import TestSupport
import Testing

@testable import Detection

/// Pages that are built to take the machine: each ends, with a text or with a clear failure.
@Suite("Hostile pages")
struct HostilePageTests {
    private func outcome(
        _ body: [UInt8], type: String = "text/html", limits: DetectionLimits = .init(),
        _ change: (inout DetectionSettings) -> Void = { _ in }
    ) -> Result<[UInt8], CheckFailure> {
        var settings = DetectionSettings()
        change(&settings)
        let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: body)
        do throws(CheckFailure) {
            return .success(
                try TextProcessor(limits: limits).verdict(on: page, settings: settings, previous: .init()).text ?? [])
        } catch {
            return .failure(error)
        }
    }

    private func repeated(_ text: String, _ count: Int, then end: String = "") -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * count + end.utf8.count)
        for _ in 0..<count { bytes.append(contentsOf: text.utf8) }
        return bytes + Array(end.utf8)
    }

    private static let filters: [[String]] = [[], ["p"], ["//p"]]

    @Test("elements nested 100,000 deep are read to the end", arguments: filters)
    func deep(_ filters: [String]) {
        let result = outcome(repeated("<div>", 100_000, then: "<p>end</p>")) { $0.includeFilters = filters }
        if filters.isEmpty {
            #expect(result == .success(Array("end".utf8)))
        } else {
            // What is deeper than browsers go belongs to the last element that is kept.
            #expect(result == .failure(CheckFailure(.noFilterMatch, filters[0])))
        }
    }

    @Test("deep lists and tables do not multiply the text")
    func deepLists() throws {
        let lists = try outcome(repeated("<ul><li>x", 50_000)).get()
        #expect(lists.count < 50_000 * 48)
        let tables = try outcome(repeated("<table><tr><td>x<td>", 50_000)).get()
        #expect(tables.count < 50_000 * 40)
    }

    @Test("one tag with a million attributes is one tag", arguments: filters)
    func attributes(_ filters: [String]) {
        let page = Array("<p ".utf8) + repeated("a=1 b ", 500_000, then: ">text</p>")
        #expect(outcome(page) { $0.includeFilters = filters } == .success(Array("text".utf8)))
    }

    @Test("a line of ten million bytes is read", arguments: filters)
    func longLine(_ filters: [String]) throws {
        let page = Array("<p>".utf8) + repeated("word ", 2_000_000)
        let text = try outcome(page) { $0.includeFilters = filters }.get()
        #expect(text.count == 10_000_000 - 1)
    }

    @Test("twenty million bytes of page are read, and two million with filters", arguments: filters)
    func large(_ filters: [String]) throws {
        let page = repeated(
            "<div class=\"a b\"><p>Some text &amp; more</p></div>\n", filters.isEmpty ? 400_000 : 40_000)
        let text = try outcome(page) { $0.includeFilters = filters }.get()
        #expect(text.starts(with: Array("Some text & more\n".utf8)))
    }

    @Test(
        "what never ends ends",
        arguments: [
            "<!--", "<![CDATA[", "<script>", "<title>", "<p a=\"", "</", "<a href='", "&#x", "<svg><![CDATA[", "<!",
            "<?", "--",
        ])
    func unclosed(_ opening: String) {
        for count in [1, 200_000] {
            _ = outcome(repeated(opening, count)) { $0.emptyPagesAreAChange = true }
            _ = outcome(repeated(opening, count), type: "application/xml") { $0.includeFilters = ["x"] }
        }
    }

    @Test(
        "end tags that close nothing cost nothing", arguments: ["</b>", "</div>", "</td>", "</h1>", "</p>", "</x-y>"])
    func vainEnds(_ end: String) throws {
        let page = repeated("<i><div>", 200) + repeated(end, 300_000, then: "text")
        #expect(try outcome(page).get() == Array("text".utf8))
    }

    @Test("a page with more elements than allowed is too complex for selectors")
    func tooManyNodes() {
        var limits = DetectionLimits()
        limits.treeNodes = 1_000
        let page = repeated("<b>x</b>", 2_000)
        #expect(outcome(page, limits: limits) { $0.includeFilters = ["b"] }.code == .tooComplex)
        #expect(outcome(page, limits: limits).code == nil)
    }

    @Test("a text with more lines than allowed is too complex for rules that look at lines, and for no others")
    func tooManyLines() {
        var limits = DetectionLimits()
        limits.treeNodes = 1_000
        let page = repeated("<p>x", 2_000)
        #expect(outcome(page, limits: limits).code == nil)
        #expect(outcome(page, limits: limits) { $0.sortTextAlphabetically = true }.code == .tooComplex)
        #expect(outcome(page, limits: limits) { $0.ignoreText = ["y"] }.code == .tooComplex)
    }

    @Test(
        "a sequence and a text that an expression makes are bounded",
        arguments: [
            "for $a in //b, $b in //b return $a", "for $a in 1 to 40 return string(/)",
            "concat(string(/), string(/), string(/), string(/), string(/), string(/), string(/), string(/))",
            "string-join(//b, string(/))",
            "str:replace(string(/), 'x', 'a longer word than it')",
            "string-to-codepoints(concat(string(/), string(/)))",
        ])
    func made(_ filter: String) {
        var limits = DetectionLimits()
        limits.treeNodes = 6_000
        limits.matchedBytes = 10_000
        let page = repeated("<b>x</b> y", 1_500)
        #expect(outcome(page, limits: limits) { $0.includeFilters = ["xpath:\(filter)"] }.code == .tooComplex)
        #expect(outcome(page, limits: limits) { $0.includeFilters = ["xpath:lower-case(/)"] }.code == nil)
    }

    @Test(
        "selectors and expressions stop at their steps",
        arguments: ["b:has(~ b:has(~ b:has(~ i)))", "//b[count(preceding::b) = 99999999]"])
    func steps(_ filter: String) {
        var limits = DetectionLimits()
        limits.selectorSteps = 1_000_000
        limits.xpathOperations = 100_000
        #expect(
            outcome(repeated("<b>x</b>", 3_000), limits: limits) { $0.includeFilters = [filter] }.code == .tooComplex)
    }

    @Test("text that is nested too deep for XPath, and matches that contain each other, are refused")
    func multiplied() {
        var limits = DetectionLimits()
        limits.xpathTextBytes = 1_000_000
        limits.matchedBytes = 1_000_000
        let page = repeated("<div>", 300) + repeated("word ", 10_000)
        #expect(outcome(page, limits: limits) { $0.includeFilters = ["//div"] }.code == .tooComplex)
        #expect(outcome(page, limits: limits) { $0.includeFilters = ["div"] }.code == .tooComplex)
    }

    @Test(
        "a regular expression that would take years stops",
        arguments: [
            "/(a+)+$/", "/(a|aa)+$/", "/^(([a-z])+.)+[A-Z]([a-z])+$/", "/(a*)*!!/",
        ])
    func regexBomb(_ rule: String) {
        let page = repeated("a", 5_000, then: "!")
        #expect(outcome(page, type: "text/plain") { $0.ignoreText = [rule] }.code == .badPattern)
    }

    @Test("the time for patterns is one budget for all of a check's rules, looked at in each search")
    func patternTime() throws {
        var limits = DetectionLimits()
        limits.patterns.time = .seconds(2)
        var moment = ContinuousClock.now
        let matcher = RuleMatcher(limits) {
            moment += .milliseconds(900)
            return moment
        }
        let rules = try [Pattern("/one/i"), Pattern("/two/i")]
        func matches(_ rule: Pattern, _ text: String) throws -> Bool {
            let text = Array(text.utf8)
            return try LineRules.matched([rule], text, LineIndex(text), matcher).any
        }
        #expect(try matches(rules[0], "one"))
        #expect(try matches(rules[1], "two"))
        #expect(try matches(rules[0], "one"))
        #expect(throws: CheckFailure(.badPattern, "/two/i takes too long on this page")) {
            try Extraction.matches(of: [rules[1]], in: Array("two".utf8), matcher)
        }
    }

    @Test(
        "no step searches for patterns when there is no time for them",
        arguments: ["ignore_text", "trigger_text", "text_should_not_be_present", "extract_text"])
    func noPatternTime(_ setting: String) {
        var limits = DetectionLimits()
        limits.patterns.time = .zero
        let result = outcome(Array("one\ntwo".utf8), type: "text/plain", limits: limits) { settings in
            switch setting {
            case "ignore_text": settings.ignoreText = ["/x/i", "/y/i"]
            case "trigger_text": settings.triggerText = ["/x/i", "/y/i"]
            case "text_should_not_be_present": settings.textShouldNotBePresent = ["/x/i", "/y/i"]
            default: settings.extractText = ["/x/i", "/y/i"]
            }
        }
        #expect(result.code == .badPattern)
    }

    @Test("200,000 lines that all changed are compared")
    func manyLines() {
        func lines(_ word: String) -> [UInt8] {
            Array((0..<200_000).map { "\(word) number \($0)" }.joined(separator: "\n").utf8)
        }
        let rows = LineDiff(from: lines("old"), to: lines("new")).rows()
        #expect(rows.count == 200_000)
        #expect(rows.allSatisfy { $0.kind == .changed })
    }

    @Test("200,000 lines in another order are compared")
    func shuffledLines() {
        var random = SeededGenerator(seed: runSeed)
        let lines = (0..<200_000).map { "number \($0)" }
        let old = Array(lines.joined(separator: "\n").utf8)
        let new = Array(lines.shuffled(using: &random).joined(separator: "\n").utf8)
        let rows = LineDiff(from: old, to: new).rows()
        #expect(rows.count { $0.newLine != nil } == 200_000, "seed \(runSeed)")
    }

    @Test("JSON nested too deep is kept as it is")
    func deepJSON() throws {
        let page = repeated("[", 100_000)
        #expect(try outcome(page, type: "application/json").get() == page)
    }

    @Test("numbers nested 510 deep are refused before their indentation fills the memory")
    func indentedJSON() {
        let page = repeated("[", 510) + repeated("1,", 1_000_000, then: "1") + repeated("]", 510)
        #expect(outcome(page, type: "application/json").code == .tooComplex)
    }

    @Test("objects nested 500 deep are laid out without a copy for each level, and their keys sorted")
    func deepObjects() throws {
        let numbers = repeated(String(repeating: "7", count: 100) + ",", 20_000, then: "1")
        let page = repeated("{\"b\":", 500) + Array("[".utf8) + numbers + Array("]".utf8) + repeated(",\"a\":1}", 500)
        let text = try outcome(page, type: "application/json").get()
        #expect(text.starts(with: Array("{\n  \"a\": 1,\n  \"b\": {\n    \"a\": 1,".utf8)))
        #expect(text.count < page.count * 5)
    }

    @Test(
        "a long value that every element asks about again costs its length each time",
        arguments: [".y .x", "#y .x", "[class$=y] .x", "[id~=y] .x"])
    func longAttribute(_ filter: String) {
        var limits = DetectionLimits()
        limits.selectorSteps = 1_000_000
        let words = repeated("word ", 20_000)
        let page =
            Array("<div id='".utf8) + words + Array("' class='".utf8) + words + Array("'>".utf8)
            + repeated("<b class=x>x</b>", 2_000)
        #expect(outcome(page, limits: limits) { $0.includeFilters = [filter] }.code == .tooComplex)
    }

    @Test("an XML document with very many prefixes is too complex for XPath")
    func prefixes() {
        var page = Array("<r>".utf8)
        for index in 0..<100_000 { page += Array("<a xmlns:p\(index)='u'/>".utf8) }
        page += Array("</r>".utf8)
        #expect(outcome(page, type: "application/xml") { $0.includeFilters = ["//a"] }.code == .tooComplex)
    }

    @Test("a prefix means what the innermost element around it says")
    func scopes() throws {
        let page = Array(
            """
            <r xmlns:p="urn:a"><p:x>one</p:x><s xmlns:p="urn:b"><p:x>two</p:x></s><p:x>three</p:x></r>
            """.utf8)
        let text = try outcome(page, type: "application/xml") {
            $0.includeFilters = ["//*[namespace-uri() = 'urn:a']/text()"]
        }.get()
        #expect(String(decoding: text, as: UTF8.self) == "one\nthree")
    }

    @Test("a body beyond the limit is refused before it is read")
    func tooLarge() {
        var limits = DetectionLimits()
        limits.pageBytes = 10
        #expect(outcome(repeated("a", 11), limits: limits).code == .tooLarge)
    }
}

extension Result where Failure == CheckFailure {
    /// How it failed; nil when it did not.
    var code: CheckFailure.Code? {
        if case .failure(let failure) = self { failure.code } else { nil }
    }
}

@Suite("Hostile JSON, expressions and templates")
struct HostileExpressionTests {
    private func verdict(_ body: [UInt8], _ filters: [String], type: String = "application/json") -> Result<
        Verdict, CheckFailure
    > {
        var settings = DetectionSettings()
        settings.includeFilters = filters
        let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: body)
        return Result { () throws(CheckFailure) in
            try TextProcessor().verdict(on: page, settings: settings, previous: PreviousCheck())
        }
    }

    @Test("JSON nested a hundred thousand deep, or with a million members, is a failure or an answer, never a crash")
    func nested() throws {
        let deep = Array((String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)).utf8)
        #expect(throws: CheckFailure.self) { try verdict(deep, ["json:$..*"]).get() }
        var wide = "{"
        for number in 0..<300_000 { wide += "\"k\(number)\":\(number)," }
        let answer = try verdict(Array((wide + "\"last\":1}").utf8), ["json:$.last"]).get()
        #expect(answer.decision == .changed(text: Array("1".utf8)))
    }

    @Test("whatever bytes come, filters of every kind end with an answer or a failure")
    func noise() {
        var random = SeededGenerator(seed: runSeed)
        let pieces = [
            "{", "}", "[", "]", "\"", "\\", ":", ",", "1", "-", "e", "null", "<p>", "</p>", "<script>", "</script>",
            "\u{0}", "é", "(", ")", ";", " ",
        ]
        let filters = ["json:$..*", "json:$[?(@.a =~ 'x')]", "//p", "xpath:string-join(//*/name(), ',')", "p"]
        for round in 0..<400 {
            var body: [UInt8] = []
            for _ in 0..<random.below(60) {
                if random.below(9) == 0 {
                    body.append(UInt8(random.below(256)))
                } else {
                    body += pieces[random.below(pieces.count)].utf8
                }
            }
            let type = ["application/json", "text/html", "text/plain", "application/rss+xml"][round % 4]
            _ = verdict(body, [filters[random.below(filters.count)]], type: type)
        }
    }

    @Test("whatever a person types as a filter is taken or refused")
    func typed() {
        var random = SeededGenerator(seed: runSeed)
        let pieces = [
            "$", ".", "..", "[", "]", "(", ")", "?", "@", "'", "\"", "*", "a", "1", "-", ":", ",", "==", "<", "/", "//",
            "::", "`", "|", "if", "then",
            "else", "for", "$x", "in", "return", " ", "and", "!", "=>", "{", "}", "matches", "text()", "#", "\\(", "é",
        ]
        for _ in 0..<4000 {
            let prefix = ["json:", "xpath:", "jq:", "", "/", "xpath1:"][random.below(6)]
            let rule = prefix + (0..<random.below(14)).map { _ in pieces[random.below(pieces.count)] }.joined()
            do throws(SelectorError) { _ = try PageFilter(rule) } catch {
                #expect(!error.message.isEmpty, "seed \(runSeed): \(rule)")
            }
        }
    }

    @Test("a tree a hundred thousand deep is walked along every axis without its depth on the stack")
    func deepTree() throws {
        let page = Array((String(repeating: "<div>", count: 100_000) + "x").utf8)
        for filter in [
            "xpath:count(//div[ends-with(name(), 'v')])", "xpath:count((//div)[last()]/ancestor::div) || ''",
        ] {
            let answer = try verdict(page, [filter], type: "text/html").get()
            if case .changed(let text) = answer.decision { #expect(text.count >= 3) } else { Issue.record("\(filter)") }
        }
    }

    @Test(
        "a filter that would take minutes on a page ends when its time is over, whichever engine it runs on",
        arguments: [
            "xpath1://div[following::span]", "xpath1://div[count(preceding::*) > count(following::*)]",
            "//div[contains(string-join(following::span, ' '), 'x')]", "div:not(:has(~ em)) ~ div:not(:has(~ em)) ~ b",
        ])
    func slowFilters(filter: String) {
        var limits = DetectionLimits()
        limits.filterTime = .milliseconds(200)
        limits.xpathOperations = .max / 2
        limits.selectorSteps = .max / 2
        let page = String(repeating: "<div>a</div><p>b</p>", count: 60_000) + "<span>c</span>"
        var settings = DetectionSettings()
        settings.includeFilters = [filter]
        #expect(throws: CheckFailure.self) {
            try TextProcessor(limits: limits).verdict(
                on: FetchedPage(status: 200, finalURL: "http://a/", contentType: "text/html", body: Array(page.utf8)),
                settings: settings, previous: PreviousCheck())
        }
    }

    @Test("unions of large sets take no time that is the product of their sizes")
    func unions() throws {
        let page = Array(String(repeating: "<div>a</div><p>b</p>", count: 4_000).utf8)
        let filter = Array(repeating: "//div|//p", count: 20).joined(separator: "|")
        // Its steps bound the test; the clock says something only of how busy the machine is.
        var limits = DetectionLimits()
        limits.filterTime = .seconds(600)
        var settings = DetectionSettings()
        settings.includeFilters = ["xpath:\(filter)"]
        let answer = try TextProcessor(limits: limits).verdict(
            on: FetchedPage(status: 200, finalURL: "http://a/", contentType: "text/html", body: page),
            settings: settings, previous: PreviousCheck())
        if case .changed(let text) = answer.decision { #expect(text.count > 10_000) } else { Issue.record("no text") }
    }
}
