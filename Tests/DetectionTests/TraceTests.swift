import Domain
import Testing

@testable import Detection

@Suite("Traces of a reading")
struct TraceTests {
    private static let page = """
        <title>T</title><p>alpha</p><p>beta 1</p><p>beta 2</p><div class=ad>buy</div><p>gamma</p><p>alpha</p>
        """

    /// A step in one line: its name, lines in and out, `!` when it stops, and each rule with what it came to.
    private func line(_ step: TraceStep) -> String {
        var text = "\(step.kind.name) \(step.linesBefore)-\(step.linesAfter)\(step.stops ? "!" : "")"
        for rule in step.rules {
            text += " [\(rule.rule) \(rule.matches)"
            if let line = rule.line { text += "@\(line)" }
            if let sample = rule.sample { text += " '\(sample)'" }
            if let holds = rule.holds { text += holds ? " so" : " not so" }
            text += "]"
        }
        return text
    }

    private func look(
        _ body: String = page, type: String = "text/html", previous: PreviousCheck = PreviousCheck(),
        _ change: (inout DetectionSettings) -> Void = { _ in }
    ) throws -> Reading {
        var settings = DetectionSettings()
        change(&settings)
        let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: Array(body.utf8))
        let processor = TextProcessor()
        return processor.read(
            page, checksum: try processor.checksum(of: page, settings: settings), settings: settings,
            previous: previous)
    }

    @Test("a page without rules leaves what it was read as and what it was compared with")
    func plain() throws {
        let first = try look()
        #expect(first.steps.map(line) == ["read 0-11", "compare 0-0"])
        #expect(first.steps.map(\.note) == ["as HTML", "there was no text to compare with"])
        let sum = try first.result.get().textChecksum
        let again = try look("<b></b>" + Self.page, previous: PreviousCheck(textChecksum: sum))
        #expect(again.steps.map(line) == ["read 0-11", "compare 0-0!"])
        let other = try look("<p>x", previous: PreviousCheck(textChecksum: sum))
        #expect(other.steps.last?.note == "the text is different from last time")
    }

    @Test("each filter says how many it found, and the first of what was kept; what is taken out is not quoted")
    func filters() throws {
        let steps = try look {
            $0.subtractiveSelectors = [".ad", "h1"]
            $0.includeFilters = ["p", "//p[2]/text()", "#none"]
        }.steps
        #expect(
            steps.map(line) == [
                "read 0-0", "subtractive_selectors 0-0 [.ad 1] [h1 0]",
                "include_filters 0-11 [p 5 'alpha'] [//p[2]/text() 1 'beta 1'] [#none 0]", "compare 0-0",
            ])
        let json = try look(#"{"a": [{"p": 5}, {"p": 7}]}"#, type: "application/json") {
            $0.includeFilters = ["json:$..p", "jqraw:.a[].p", "json:$.none"]
        }.steps
        #expect(
            json.map(line) == [
                "read 0-1", "include_filters 1-6 [json:$..p 2 '['] [jqraw:.a[].p 1 '5'] [json:$.none 0]",
                "compare 0-0",
            ])
    }

    @Test("each rule of a step says how many lines it matches, the first of them, also when another matches it too")
    func lines() throws {
        let text = "alpha\nbeta 1\nbeta 2\ngamma\nalpha"
        let steps = try look(text, type: "text/plain") {
            $0.ignoreText = ["beta", "/\\d/", "zeta"]
            $0.removeDuplicateLines = true
            $0.sortTextAlphabetically = true
            $0.trimTextWhitespace = true
        }.steps
        #expect(
            steps.map(line) == [
                "read 0-5", "trim_text_whitespace 5-5",
                "ignore_text 5-3 [beta 2@2 'beta 1'] [/\\d/ 2@2 'beta 1'] [zeta 0]", "remove_duplicate_lines 3-2",
                "sort_text_alphabetically 2-2", "compare 0-0",
            ])
        let extracted = try look(text, type: "text/plain") {
            $0.extractLinesContaining = ["beta"]
            $0.extractText = ["/beta (\\d)/", "x"]
        }.steps
        #expect(
            extracted.map(line) == [
                "read 0-5", "extract_lines_containing 5-2 [beta 2@2 'beta 1']",
                "extract_text 2-2 [/beta (\\d)/ 2 '1'] [x 0]", "compare 0-0",
            ])
    }

    @Test("lines that are stripped are counted, not quoted")
    func stripped() throws {
        let steps = try look("a\nprivate\nb", type: "text/plain") {
            $0.ignoreText = ["private"]
            $0.stripIgnoredLines = true
        }.steps
        #expect(
            steps.map(line) == ["read 0-3", "ignore_text 3-2 [private 1@2]", "strip_ignored_lines 2-2", "compare 0-0"])
    }

    @Test(
        "what holds a change back says which rule and which line, and what follows it is not asked",
        arguments: [
            (["zeta"], ["beta"], "trigger_text 0-0! [zeta 0]", "no line matches the trigger text"),
            (
                ["beta", "zeta"], ["/gam+a/"], "text_should_not_be_present 0-0! [/gam+a/ 1@4 'gamma']",
                "line 4 matches “/gam+a/”, which blocks changes"
            ),
            (["alpha"], [], "trigger_text 0-0 [alpha 2@1 'alpha']", "line 1 matches “alpha”"),
        ])
    func blocks(_ triggers: [String], _ forbidden: [String], _ expected: String, _ note: String) throws {
        let steps = try look("alpha\nbeta 1\nbeta 2\ngamma\nalpha", type: "text/plain") {
            $0.triggerText = triggers
            $0.textShouldNotBePresent = forbidden
        }.steps
        #expect(steps.last.map(line) == expected)
        #expect(steps.last?.note == note)
    }

    @Test("each condition is told with its value and whether it holds; with ANY up to the first that does")
    func conditions() throws {
        let conditions = [
            WatchCondition(field: .wordCount, operator: .greater, value: "9"),
            WatchCondition(field: .extractedNumber, operator: .less, value: "5"),
            WatchCondition(field: .text, operator: .contains, value: "beta"),
        ]
        let all = try look("alpha beta", type: "text/plain") { $0.conditions = conditions }
        #expect(
            all.steps.last.map(line)
                == "conditions 0-0! [word_count > 9 0 '2' not so] [extracted_number < 5 0 'empty' not so]"
                + " [page_filtered_text in beta 1 so]")
        #expect(
            all.steps.last?.note
                == "conditions are not met: word_count > 9 (it is 2), extracted_number < 5 (it is empty)")
        let any = try look("1 beta", type: "text/plain") {
            $0.conditions = conditions
            $0.conditionLogic = .any
        }
        #expect(
            any.steps.last.map(line)
                == "conditions 0-0 [word_count > 9 0 '2' not so] [extracted_number < 5 1 '1' so]")
        #expect(any.steps.last?.note == "a condition is met")
    }

    @Test("where only some kinds of difference count, the lines of those kinds are what is judged")
    func kinds() throws {
        let before = try look("a\nb", type: "text/plain") { $0.countsRemoved = false }.result.get()
        var previous = PreviousCheck(textChecksum: before.textChecksum)
        previous.lastText = before.lastText
        let gone = try look("a", type: "text/plain", previous: previous) { $0.countsRemoved = false }
        #expect(gone.steps.last.map(line) == "filter_text 1-0!")
        #expect(gone.steps.last?.note == "no line of the kinds that count is different")
        let came = try look("a\nb\nc", type: "text/plain", previous: previous) {
            $0.countsRemoved = false
            $0.triggerText = ["c"]
        }
        #expect(came.steps.suffix(2).map(line) == ["filter_text 3-1", "trigger_text 0-0 [c 1@1 'c']"])
    }

    @Test(
        "a failure leaves the steps up to the one that failed",
        arguments: [
            ("text/html", ["#none", "//h9"], "", ["read 0-0", "include_filters 0-0! [#none 0] [//h9 0]"]),
            ("application/json", ["p"], "", ["read 0-0", "include_filters 0-0! [p 0]"]),
            ("text/html", [], "(a+)+$", ["read 0-13", "ignore_text 0-0!"]),
            ("image/png", [], "", ["read 0-0!"]),
        ])
    func failures(_ type: String, _ filters: [String], _ ignore: String, _ expected: [String]) throws {
        let isSlow = !ignore.isEmpty
        let body =
            type == "application/json" ? "{}" : Self.page + (isSlow ? String(repeating: "a", count: 60) + "!" : "")
        let look = try look(body, type: type) {
            $0.includeFilters = filters
            $0.ignoreText = isSlow ? ["/\(ignore)/"] : []
        }
        guard case .failure = look.result else {
            Issue.record("it did not fail: \(look.steps.map(line))")
            return
        }
        #expect(look.steps.map(line) == expected)
    }

    @Test("however many and long the rules and lines are, a trace stays short and counts what it leaves out")
    func bounds() throws {
        let text = (0..<800).map { "line \($0) " + String(repeating: "é", count: 450) }.joined(separator: "\n")
        let look = try look(text, type: "text/plain") {
            $0.ignoreText = (0..<100).map { "line \($0) " + String(repeating: "é", count: 400) } + ["nothing"]
            $0.triggerText = (0..<100).map { "no \($0)" } + ["line 7"]
            $0.textShouldNotBePresent = (0..<100).map { "not \($0)" }
        }
        for step in look.steps {
            #expect(step.rules.count <= TraceText.rulesPerStep)
            if !step.rules.isEmpty { #expect(step.rules.count + step.rulesLeftOut >= 100) }
        }
        let quoted = look.steps.flatMap(\.rules).reduce(0) { $0 + $1.rule.utf8.count + ($1.sample?.utf8.count ?? 0) }
        #expect(quoted <= TraceText.bytesPerTrace)
        let triggers = look.steps.first { $0.kind == .trigger }
        // What matches is why it fired: it has a place before what does not.
        if let triggers, !triggers.rules.isEmpty { #expect(triggers.rules.contains { $0.rule == "line 7" }) }
        #expect(triggers?.note == "line 601 matches “line 7”")
    }

    @Test("the tally of lines is that of counting", arguments: ["", "a", "a\n", "a\nb", "\n", "\n\n", "a\n\nb\n"])
    func tally(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(Trace.lines(Array(text.utf8)) == (text.hasSuffix("\n") || text.isEmpty ? lines.count - 1 : lines.count))
    }
}
