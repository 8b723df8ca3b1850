import Domain
import TestSupport
import Testing

@testable import Detection

@Suite("XPath")
struct XPathTests {
    static let page = """
        <html><head><title>T</title></head><body id=top lang=en-GB>
        <h1>Prices  of <b>today</b></h1>
        <ul id=list><li class="item new" data-p="3.50">Pear</li><li class=item data-p="1.25">Apple</li>\
        <li class=item data-p="10">Fig</li><li class="item old">Date</li></ul>
        <div><p>one</p><div><p>two</p><p>three</p></div></div>
        <time datetime="2026-11-21T10:30:15Z">21 Nov</time><span id=s>a,b;c</span><i>ÄÖ ü</i><em>x1y22</em>
        </body></html>
        """

    /// Everything an expression finds, elements by their text.
    static func found(_ filter: String, in page: String = page, as language: TreeBuilder.Language = .html) throws
        -> String
    {
        let compiled = try PageFilter(filter)
        let parts = MarkupTree.with(Array(page.utf8)[...], as: language, limit: 100_000) { tree in
            Result { () throws(CheckFailure) in
                let matches: [SelectorMatch]
                switch compiled {
                case .path(let expression):
                    matches = try PathEvaluator.evaluate(
                        expression, on: tree, DetectionLimits(), FilterTime(DetectionLimits()))
                case .xpath(let expression):
                    let document = try XPathDocument(tree, for: [expression], DetectionLimits())
                    defer { document.free() }
                    matches = try document.evaluate(expression, DetectionLimits(), FilterTime(DetectionLimits()))
                default: matches = []
                }
                return matches.map { Self.text($0, tree) }
            }
        }
        return try #require(parts).get().joined(separator: " | ")
    }

    static func text(_ match: SelectorMatch, _ tree: MarkupTree) -> String {
        let bytes: [UInt8]
        switch match {
        case .element(let node): bytes = tree.textContent(node)
        case .text(let text, _): bytes = text
        }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test(
        "what people use of XPath 2 and 3 is there",
        arguments: TextCase.all(
            #"""
            //li[matches(., '^[AF]')] => Apple | Fig
            //li[matches(., 'PEAR', 'i')] => Pear
            //li[ends-with(., 'e')] => Apple | Date
            //li[lower-case(.) = 'fig'] => Fig
            //li[@data-p castable as xs:integer] => Fig
            //li[@data-p castable as xs:double] => Pear | Apple | Fig
            //li[. castable as xs:decimal] =>
            xpath:() castable as xs:string? => true
            xpath:() castable as xs:string => false
            xpath:'1' cast as xs:boolean => true
            xpath:'3.7' cast as xs:double + 1 => 4.7
            xpath:3.7 cast as xs:integer => 3
            xpath:-3.7 cast as xs:integer => -3
            xpath:deep-equal(//ul/li[1], //ul/li[1]) => true
            xpath:deep-equal(//p[1], //p[2]) => false
            xpath:deep-equal((1, 'a'), (1, 'a')) => true
            xpath:deep-equal((1, 'a'), (1, 'b')) => false
            xpath:deep-equal((), ()) => true
            xpath:deep-equal(//li[2]/@class, //li[3]/@class) => true
            xpath:format-number(1234.5, '#,##0.00') => 1,234.50
            xpath:format-number(-1234567, '#,###') => -1,234,567
            xpath:format-number(0.256, '0.0%') => 25.6%
            xpath:format-number(-5, '0;(0)') => (5)
            xpath:format-number(7, '000') => 007
            xpath:format-number(0.5, '#.##') => .5
            xpath:format-number(1.999, '0.0#') => 2.0
            xpath:format-number(number('x'), '0') => NaN
            xpath:format-number(12, '€ 0.-') => € 12-
            //li/format-number(@data-p, '0.00') => 3.50 | 1.25 | 10.00 | NaN
            //li/upper-case(.) => PEAR | APPLE | FIG | DATE
            //i/lower-case(.) => äö ü
            //li/replace(., 'p+', 'P') => Pear | APle | Fig | Date
            //em/replace(., '(\d+)', '[$1]') => x[1]y[22]
            xpath:tokenize(//span, '[,;]') => a | b | c
            xpath:tokenize(' a  b ') => a | b
            xpath:string-join(//li, ', ') => Pear, Apple, Fig, Date
            xpath:string-join(for $i in //li return concat($i, '=', $i/@data-p), ' ') => Pear=3.50 Apple=1.25 Fig=10 Date=
            xpath:distinct-values(//li/@class) => item new | item | item old
            xpath:if (count(//li) > 3) then 'many' else 'few' => many
            xpath:if (//li[. = 'Kiwi']) then 'yes' else () =>
            xpath:for $x in 1 to 3 return $x * 2 => 2 | 4 | 6
            xpath:for $x in (1, 2), $y in (10, 20) return $x + $y => 11 | 21 | 12 | 22
            xpath:let $n := count(//li) return $n + 1 => 5
            xpath:some $l in //li satisfies $l = 'Fig' => true
            xpath:every $l in //li satisfies $l/@data-p => false
            xpath:(//h1, //em) => Prices of today | x1y22
            xpath://li ! string-length(.) => 4 | 5 | 3 | 4
            xpath:'a' || 'b' || 1 => ab1
            xpath:sum(//li/@data-p ! number()) => 14.75
            xpath:max(//li/@data-p) => 10
            xpath:min(//li/string()) => Apple
            xpath:avg((1, 2, 6)) => 3
            xpath:round-half-to-even(2.565, 2) => 2.56
            xpath:abs(-3) => 3
            xpath:7 idiv 2 => 3
            xpath:1 to 0 =>
            xpath://li[position() = (1, 3)] => Pear | Fig
            xpath:(//li)[last()] => Date
            xpath://p[1] => one | two
            xpath:(//p)[1] => one
            xpath://p[last()] => one | three
            xpath:reverse(//li) => Date | Fig | Apple | Pear
            xpath:subsequence(//li, 2, 2) => Apple | Fig
            xpath:head(//li) => Pear
            xpath:tail(//li) => Apple | Fig | Date
            xpath:index-of((1, 2, 1), 1) => 1 | 3
            xpath:insert-before((1, 2), 2, 9) => 1 | 9 | 2
            xpath:remove((1, 2, 3), 2) => 1 | 3
            xpath:empty(//table) => true
            xpath:exists(//ul) => true
            xpath:sort((3, 1, 2)) => 1 | 2 | 3
            xpath:sort(//li/string()) => Apple | Date | Fig | Pear
            xpath://ul/* except //li[1] => Apple | Fig | Date
            xpath://li intersect //*[@data-p] => Pear | Apple | Fig
            xpath://h1 union //em => Prices of today | x1y22
            xpath:1 eq 1.0 => true
            xpath:'a' lt 'b' => true
            xpath://li[1] is //li[. = 'Pear'] => true
            xpath://li[1] << //li[2] => true
            xpath:contains-token(//li[1]/@class, 'new') => true
            xpath:codepoints-to-string((72, 105)) => Hi
            xpath:string-to-codepoints('Hi') => 72 | 105
            xpath:encode-for-uri('a b/ä') => a%20b%2F%C3%A4
            xpath:xs:integer('12') + 1 => 13
            xpath:(: a comment (: inside :) :) 1 + 1 => 2
            xpath:"say ""hi""" => say "hi"
            xpath:math:sqrt(16) => 4
            xpath:math:pow(2, 10) => 1024
            xpath:fn:upper-case('a') => A
            xpath://*:li[1] => Pear
            xpath:document-uri(/) => refused
            xpath:doc('file:///etc/passwd') => refused
            xpath:unparsed-text('file:///etc/passwd') => refused
            xpath:environment-variable('HOME') => refused
            xpath:current-dateTime() => refused
            xpath:$x || '' => refused
            xpath:matches('a', '(') => refused
            xpath:matches('a') => refused
            xpath:foo('a') => refused
            xpath:if (1) then 2 => refused
            xpath:for $x in 1 => refused
            xpath:'abc => refused
            xpath:(1, 2 => refused
            xpath:map { 'a': 1 } => refused
            """#))
    func newer(_ golden: TextCase) throws {
        if golden.expected == "refused" {
            let error = #expect(throws: SelectorError.self) { try PageFilter(golden.input) }
            #expect(error?.message.isEmpty == false)
        } else {
            #expect(try Self.found(golden.input) == golden.expected)
        }
    }

    @Test("an arrow hands its left side to a function")
    func arrow() throws {
        #expect(try Self.found("xpath://h1 => normalize-space() => upper-case()") == "PRICES OF TODAY")
        #expect(try Self.found("xpath:(//li/string()) => string-join('-')") == "Pear-Apple-Fig-Date")
    }

    @Test(
        "EXSLT's functions are there, in xpath1: too",
        arguments: TextCase.all(
            #"""
            //li[re:test(., '^a', 'i')] => Apple
            xpath1://li[re:test(., '^[AF]')] => Apple | Fig
            xpath1:re:replace(string(//em), '\d', 'g', '#') => x#y##
            xpath1:re:replace(string(//em), '\d', '', '#') => x#y22
            xpath:re:match('2026-11-21', '(\d+)-(\d+)') => 2026-11 | 2026 | 11
            xpath:re:match('a1b2', '\d', 'g') => 1 | 2
            xpath:str:tokenize('2026-11-21', '-') => 2026 | 11 | 21
            xpath:str:split('a, b', ', ') => a | b
            xpath:str:replace('a-b', '-', '+') => a+b
            xpath:str:concat(//p) => onetwothree
            xpath:str:padding(5, 'ab') => ababa
            xpath:str:align('x', '-----', 'center') => --x--
            xpath:str:decode-uri('a%20b') => a b
            xpath:set:difference(//li, //li[@data-p]) => Date
            xpath:set:intersection(//li, //*[@data-p > 3]) => Pear | Fig
            xpath:set:distinct(//li/@class) => item new | item | item old
            xpath:set:has-same-node(//li, //ul) => false
            xpath:set:leading(//li, //li[3]) => Pear | Apple
            xpath:set:trailing(//li, //li[3]) => Date
            xpath:math:max(//li/@data-p) => 10
            xpath:math:highest(//li[@data-p]/@data-p) => 10
            xpath:math:lowest(//li[@data-p]/@data-p)/.. => Apple
            xpath:date:year(//time/@datetime) => 2026
            xpath:date:month-in-year('2026-11-21') => 11
            xpath:date:day-in-week('2026-11-21') => 7
            xpath:date:day-in-year('2026-02-01') => 32
            xpath:date:hour-in-day(//time/@datetime) => 10
            xpath:date:seconds('1970-01-02T00:00:10+01:00') => 82810
            xpath:date:date(//time/@datetime) => 2026-11-21
            xpath:date:year('yesterday') => NaN
            """#))
    func exslt(_ golden: TextCase) throws {
        #expect(try Self.found(golden.input) == golden.expected)
    }

    @Test(
        "xpath1: takes 1.0 and nothing newer",
        arguments: ["xpath1:lower-case('A')", "xpath1:if (1) then 2 else 3", "xpath1://a["])
    func first(_ filter: String) {
        #expect(throws: SelectorError.self) { try PageFilter(filter) }
    }

    @Test(
        "what no page can make right is refused before the filter is kept",
        arguments: TextCase.all(
            #"""
            xpath:position() => inside [ ]
            xpath:last() = 3 => inside [ ]
            //p[$x] => not defined
            xpath1://p[$x] => not defined
            xpath:count('p') => where elements are expected
            xpath1://p['a => closing quote
            //p[position() = last()] => kept
            //dc:date => kept
            xpath:count(//p) => kept
            xpath:xs:integer(//p) + 1 => kept
            xpath:count(1 to 900000000) => kept
            json:$.a => kept
            """#))
    func mistakes(_ row: TextCase) throws {
        do {
            try PageFilter(row.input).compile()
            #expect(row.expected == "kept")
        } catch {
            #expect(error.message.contains(row.expected), "\(error.message)")
        }
    }

    @Test(
        "only what finds elements and texts can take something out",
        arguments: TextCase.all(
            #"""
            //p/text() => kept
            //p => kept
            .ad => kept
            xpath://p | //b/text() => kept
            xpath:count(//p) => refused
            xpath:'ad' => refused
            xpath:string-join(//p) => refused
            json:$.a => refused
            jq:.a => refused
            """#))
    func takenOut(_ row: TextCase) throws {
        let result = Result { try PageFilter(row.input).compile(takesOut: true) }
        if row.expected == "kept" {
            #expect(throws: Never.self) { try result.get() }
        } else {
            #expect(throws: SelectorError.self) { try result.get() }
        }
    }

    @Test("a prefix means what the page says; where it says nothing the failure does")
    func prefix() throws {
        #expect(try Self.found("//dc:d", in: "<a xmlns:dc='u'><dc:d>x</dc:d></a>", as: .xml) == "x")
        #expect(try Self.found("//*[name() = 'dc:d']", in: "<dc:d>x</dc:d>") == "x")
        let failure = #expect(throws: CheckFailure.self) { try Self.found("//dc:d", in: "<dc:d>x</dc:d>") }
        #expect(failure?.detail?.contains("does not declare its prefix") == true)
    }

    @Test("in XML names are compared as they are written")
    func xml() throws {
        let feed = "<rss xmlns:dc='d'><Item a='1'><dc:date>x</dc:date></Item><item>y</item><item><b>B</b>t</item></rss>"
        #expect(try Self.found("xpath://item/upper-case(.)", in: feed, as: .xml) == "Y | BT")
        #expect(try Self.found("xpath:(//Item/@a, //dc:date, //*:date, //dc:*)", in: feed, as: .xml) == "1 | x | x | x")
    }

    @Test("what would take too long ends with a clear failure")
    func bounded() throws {
        let page = "<p>" + String(repeating: "<b>x</b>", count: 3000)
        let nested = "xpath:count(for $a in //b, $b in //b, $c in //b return $a)"
        #expect(throws: CheckFailure.self) { try Self.found(nested, in: page) }
        #expect(throws: CheckFailure.self) { try Self.found("xpath:count(1 to 900000000)") }
        // PCRE2 sees at once that there is no "y" and no longer tries.
        #expect(throws: CheckFailure.self) {
            try Self.found("xpath:matches(string-join(//b, ''), '(x+x+)+[yz]')", in: page)
        }
        #expect(throws: SelectorError.self) { try PageFilter("xpath:" + String(repeating: "(", count: 2000)) }
        #expect(throws: SelectorError.self) { try PathExpression(String(repeating: "-", count: 2000) + "1") }
        #expect(throws: SelectorError.self) { try PathExpression("1" + String(repeating: "+1", count: 2000)) }
    }

    /// Both evaluators must mean the same by what is XPath 1.0.
    @Test("our evaluator finds what libxml2 finds")
    func differential() throws {
        var random = SeededGenerator(seed: runSeed)
        for _ in 0..<3000 {
            let source = ExpressionMaker.path(&random, depth: 2)
            let old = try XPathExpression(source)
            let new = try PathExpression(source)
            let results = MarkupTree.with(Array(Self.page.utf8)[...], as: .html, limit: 100_000) { tree in
                Result { () throws(CheckFailure) in
                    let document = try XPathDocument(tree, for: [old], DetectionLimits())
                    defer { document.free() }
                    return try [
                        document.evaluate(old, DetectionLimits(), FilterTime(DetectionLimits())),
                        PathEvaluator.evaluate(new, on: tree, DetectionLimits(), FilterTime(DetectionLimits())),
                    ].map { matches in
                        matches.map { match in
                            if case .element(let node) = match { "#\(node)" } else { Self.text(match, tree) }
                        }
                    }
                }
            }
            let both = try #require(results).get()
            #expect(both[0] == both[1], "seed \(runSeed): \(source)")
        }
    }
}

/// Makes XPath 1.0 expressions whose meaning is the same in every version.
enum ExpressionMaker {
    private static let axes = [
        "child::", "descendant::", "", "", "parent::", "ancestor::", "following-sibling::", "preceding-sibling::",
        "following::", "preceding::", "self::", "descendant-or-self::", "ancestor-or-self::",
    ]
    private static let tests = ["*", "li", "p", "div", "node()", "text()", "ul", "b"]

    static func path(_ random: inout SeededGenerator, depth: Int) -> String {
        var source = ["//", "/", "//", "//body/"][random.below(4)]
        let count = 1 + random.below(3)
        for index in 0..<count {
            if index > 0 { source += ["/", "//", "/"][random.below(3)] }
            source += step(&random, depth: depth)
        }
        if random.below(6) == 0 { source += ["/@class", "/@*", "/..", "/text()"][random.below(4)] }
        if random.below(8) == 0 { source += " | //" + step(&random, depth: 0) }
        if random.below(12) == 0 { source = "(\(source))[\(1 + random.below(3))]" }
        if random.below(10) == 0 { source = "count(\(source))" }
        return source
    }

    private static func step(_ random: inout SeededGenerator, depth: Int) -> String {
        var step = axes[random.below(axes.count)] + tests[random.below(tests.count)]
        if depth > 0, random.below(2) == 0 { step += "[\(predicate(&random, depth: depth - 1))]" }
        return step
    }

    private static func predicate(_ random: inout SeededGenerator, depth: Int) -> String {
        switch random.below(10) {
        case 0: "\(1 + random.below(3))"
        case 1: "last()"
        case 2: "position() \(["<", ">", "=", "!="][random.below(4)]) 2"
        case 3: "contains(., '\(["e", "p", "Fig", ""][random.below(4)])')"
        case 4: "@data-p \(["<", ">", "="][random.below(3)]) 3"
        case 5: "not(\(predicate(&random, depth: depth)))"
        case 6: "@class = 'item' or position() = last()"
        case 7: "count(\(depth > 0 ? step(&random, depth: depth - 1) : "*")) \([">", "="][random.below(2)]) 1"
        case 8: "string-length(normalize-space(.)) mod 2 = 1"
        default: depth > 0 ? step(&random, depth: depth - 1) : "*"
        }
    }
}
