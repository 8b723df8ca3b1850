import Differences
import Domain
import TestSupport
import Testing

@testable import Detection

@Suite("JSONPath")
struct JSONPathTests {
    private static let store = """
        {"store": {"book": [
            {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95},
            {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword", "price": 12.99},
            {"category": "fiction", "author": "Herman Melville", "title": "Moby", "isbn": "0-553", "price": 8.99},
            {"category": "fiction", "author": "J. R. R.", "title": "Rings", "isbn": "0-395", "price": "22.99"}],
          "bicycle": {"color": "red", "price": 399, "in stock": true}},
         "list": [0, 1, 2, 3, 4, 5], "o": {"b": 1, "a": 2, "k-x": "v"}, "n": null, "e": [], "words": ["ab", "b", "abc"]}
        """

    /// What a path finds, each value on one line without blanks.
    private func found(_ path: String, in json: String = Self.store) throws -> [String] {
        let tree = try #require(try JSONTree(Array(json.utf8), DetectionLimits()))
        var search = JSONPathSearch(tree, DetectionLimits())
        return try search.find(JSONPath(path)).map {
            String(decoding: search.tree.text($0, indent: 0), as: UTF8.self).filter { $0 != "\n" && $0 != " " }
        }
    }

    @Test(
        "calculates with what is found, and keeps values by what one step finds in them, as jsonpath-ng does",
        arguments: TextCase.all(
            #"""
            $.list[1] + $.list[2] => 3
            $.store.bicycle.price * 2 => 798
            $.store.bicycle.price / 2 - 0.5 => 199
            2 * ($.list[2] + $.list[3]) => 10
            $.store.book[:2].price + $.list[1:3] => 9.95 14.99
            $.store.book[:2].price + $.list[1] =>
            $.store.book[:2].category + '!' => "reference!" "fiction!"
            $.store.bicycle.color + $.list[1] =>
            $.list[1] / 0 =>
            $.list[1] - $.list[3] | $.list[0] => -2 0
            $.store.book[*] where isbn => {"category":"fiction","author":"HermanMelville","title":"Moby","isbn":"0-553","price":8.99} {"category":"fiction","author":"J.R.R.","title":"Rings","isbn":"0-395","price":"22.99"}
            $.store.book[*] where isbn.title => "Moby" "Rings"
            $.store.book[*] wherenot isbn.title => "Sayings" "Sword"
            $.store.* where color.price => 399
            $.* where [0] => [0,1,2,3,4,5] ["ab","b","abc"]
            """#))
    func arithmetic(_ row: TextCase) throws {
        #expect(try found(row.input).joined(separator: " ") == row.expected)
    }

    @Test(
        "finds what RFC 9535 says",
        arguments: TextCase.all(
            #"""
            $.store.bicycle.color => "red"
            $['store']['bicycle']["color"] => "red"
            $.store.book[0].title => "Sayings"
            $.store.book[-1].title => "Rings"
            $.store.book[9] =>
            $.list[1:3] => 1 2
            $.list[:2] => 0 1
            $.list[-2:] => 4 5
            $.list[::2] => 0 2 4
            $.list[4:1:-2] => 4 2
            $.list[::-1] => 5 4 3 2 1 0
            $.list[0,5] => 0 5
            $.list[::0] =>
            $.o.* => 1 2 "v"
            $.o['a','b'] => 2 1
            $..price => 8.95 12.99 8.99 "22.99" 399
            $..book[2].title => "Moby"
            $.store.bicycle['in stock'] => true
            $.n => null
            $.store.book[?@.isbn].title => "Moby" "Rings"
            $.store.book[?!@.isbn].title => "Sayings" "Sword"
            $.store.book[?@.price < 10].title => "Sayings" "Moby"
            $.store.book[?@.category == 'fiction' && @.price < 10].title => "Moby"
            $.store.book[?@.title == 'Sword' || @.title == 'Moby'].price => 12.99 8.99
            $.store.book[?match(@.title, 'S.*')].title => "Sayings" "Sword"
            $.store.book[?search(@.author, 'R')].title => "Sayings" "Rings"
            $.words[?length(@) > 1] => "ab" "abc"
            $.words[?count(@.*) == 0] => "ab" "b" "abc"
            $.list[?@ >= $.o.a] => 2 3 4 5
            $.list[?@ == 1.0] => 1
            $[?@ == null] => null
            $.store.book[?@.none == @.nothing].price => 8.95 12.99 8.99 "22.99"
            $.store.book[?(@.price > 8.95 && (@.price < 9 || @.price > 100))].title => "Moby"
            """#))
    func standard(_ path: TextCase) throws {
        #expect(try found(path.input).joined(separator: " ") == path.expected)
    }

    @Test(
        "takes what users of jsonpath-ng write",
        arguments: TextCase.all(
            #"""
            store.bicycle.color => "red"
            list[*] => 0 1 2 3 4 5
            $.list.[0] => 0
            $[o][a] => 2
            $.o.k-x => "v"
            *.color =>
            $.store.book[?(@.title =~ '^S')].title => "Sayings" "Sword"
            $.store.book[?title == Moby].price => 8.99
            $.store.book[?(price > 20)].title => "Rings"
            $.store.book[?category = 'fiction' & price < 10].title => "Moby"
            $.list.`len` => 6
            $.o.`keys` => ["b","a","k-x"]
            $..isbn.`parent`.title => "Moby" "Rings"
            $.words.`sorted` => ["ab","abc","b"]
            $.store.book[\price][0].title => "Rings"
            $.store.book[/price].[0].title => "Sayings"
            $.store.book[/category, \price][0].title => "Rings"
            $.words[0].`sub(/(a)(b)/, \2-\1)` => "b-a"
            $.store.book[0].author.`split( , 1, -1)` => "Rees"
            $.o.a | $.o.b => 2 1
            $.store.bicycle.price.`str()` => "399"
            $.list[0].`this` => 0
            $.store.book[:2].(title|price) => "Sayings" 8.95 "Sword" 12.99
            $.store.book[*].title|isbn => "Sayings" "Sword" "Moby" "0-553" "Rings" "0-395"
            $.o.( a | none | b ) => 2 1
            $.(o.(a|b)) => 2 1
            $..(isbn|color) => "0-553" "0-395" "red"
            (o|store.bicycle).(a|color) => "red"
            ($.o|$.store.bicycle).(a|color) => 2 "red"
            $.o.(a|$.n) => 2 null
            $.store.(bicycle.color|book[0].title) =>
            $.o.("k-x"|a) => "v" 2
            $.o.b,a => 1 2
            $.o.(a|b) * 10 => 20 10
            2 * ((($.list[1]))) => 2
            $.list[1] | o.a => 1 2
            $.store.book[*] where (isbn|none).title => "Moby" "Rings"
            """#))
    func extensions(_ path: TextCase) throws {
        #expect(try found(path.input).joined(separator: " ") == path.expected)
    }

    @Test(
        "a comparison with several values holds when it does for one of them",
        arguments: TextCase.all(
            #"""
            $.x[?(@.tags[*]=="a")].t => 1
            $.x[?(@.tags[*]=="b")].t => 1 2
            $.x[?("b" == @.tags[*])].t => 1 2
            $.x[?(@.tags[*]!="a")].t => 1 2
            $.x[?(@.tags[*]<"b")].t => 1
            $.x[?(@.tags[*]=~"^a")].t => 1
            $.x[?(@.tags[*]=="c")].t =>
            $.x[?(!(@.tags[*]=="a"))].t => 2 3 4
            $.x[?(@.tags[*]=="a" & @.t==1)].t => 1
            $.x[?(@.tags[*]==@.tags[1])].t => 1
            $.x[?(@.(t|tags)==2)].t => 2
            $.x[?(@..*=="b")].t => 1 2
            $.x[?(@.tags[*]==@.none)].t =>
            $.x[?(@.none==@.nothing)].t => 1 2 3 4
            $.x[?(value(@.tags[*])=="b")].t => 2
            """#))
    func several(_ path: TextCase) throws {
        let json = #"{"x": [{"t": 1, "tags": ["a", "b"]}, {"t": 2, "tags": ["b"]}, {"t": 3, "tags": []}, {"t": 4}]}"#
        #expect(try found(path.input, in: json).joined(separator: " ") == path.expected)
    }

    @Test(
        "refuses with a sentence what it cannot mean",
        arguments: [
            "", "$.", "$[", "$[']", "$.a[?]", "$.a[?@.b ==]", "$.a b", "$[99999999999999999999]", "$.a[?foo(@)]",
            "$.`nonsense`", "$.a[?match(@.b, @.c)]", "$.a[?@.b =~ '(']", "$.a[?match(@.b,'x') == true]", "$..",
            String(repeating: "[?(", count: 200), "$.a.(", "$.a.()", "$.a.(b|)", "$.a.(b", "$.a.b,", "$.a|",
            String(repeating: "(", count: 2000), "$" + String(repeating: ".(a", count: 2000),
        ])
    func refused(_ path: String) {
        let error = #expect(throws: SelectorError.self) { try JSONPath(path) }
        #expect(error?.message.isEmpty == false)
    }

    @Test("of equal keys the last value counts, in the first one's place, and numbers keep their spelling")
    func spelling() throws {
        #expect(
            try found("$", in: #"{"a": 1.0, "b": 12345678901234567890, "a": 2e3}"#) == [
                #"{"a":2e3,"b":12345678901234567890}"#
            ])
        var limits = DetectionLimits()
        limits.treeNodes = 4
        #expect(try JSONTree(Array("{} x".utf8), limits) == nil)
        #expect(try JSONTree(Array("[1,2,3]".utf8), limits) != nil)
        #expect(throws: limits.tooManyNodes) { try JSONTree(Array("[1,2,3,4]".utf8), limits) }
        #expect(throws: limits.tooManyNodes) { try JSONTree(Array(#"{"a":1,"b":2,"c":3}"#.utf8), limits) }
        #expect(try JSONTree(Array(String(repeating: "[", count: 100_000).utf8), DetectionLimits()) == nil)
    }

    @Test("a path that would look at too much ends with a clear failure")
    func bounded() throws {
        let json = "[" + Array(repeating: "1", count: 2000).joined(separator: ",") + "]"
        var limits = DetectionLimits()
        limits.selectorSteps = 100_000
        var search = JSONPathSearch(try #require(try JSONTree(Array(json.utf8), DetectionLimits())), limits)
        let path = try JSONPath("$[?count($[?count($..*) > 0]) > 0]")
        #expect(throws: CheckFailure.self) { try search.find(path) }
    }

    @Test(
        "finds the argument of a JSONP call",
        arguments: [
            ("cb({\"a\":1});", "{\"a\":1}"), ("/**/ jQuery12['x'].y( [1] )", " [1] "), ("a.b(1)\n;\n", "1"),
            ("cb({\"a\":1}) + 1", nil), ("{\"a\":(1)}", nil), ("cb", nil), ("(1)", nil), ("", nil),
        ])
    func padded(_ body: String, _ expected: String?) {
        let argument = JSONSource.callArgument(Array(body.utf8)[...])
        #expect(argument.map { String(decoding: $0, as: UTF8.self) } == expected)
    }
}

@Suite("jq")
struct JQFilterTests {
    private static let json = Array(#"{"a": [{"n": "x", "v": 1}, {"n": "y", "v": 2.50}], "env": "e"}"#.utf8)

    private func result(_ filter: String, isRaw: Bool = false) throws -> String? {
        try JQFilter(filter, isRaw: isRaw).results(of: Self.json).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("one result stands for itself, several are a list, none is nothing")
    func results() throws {
        #expect(try result(".a[0].n") == "\"x\"")
        #expect(try result(".a[].v") == "[\n    1,\n    2.5\n]")
        #expect(try result(".a[] | select(.v > 9)") == nil)
        #expect(try result(".env # a comment") == "\"e\"")
    }

    @Test("raw results are lines without quotes")
    func raw() throws {
        #expect(try result(".a[].n", isRaw: true) == "x\ny")
        #expect(try result(".a[0]", isRaw: true) == #"{"n":"x","v":1}"#)
    }

    @Test(
        "what asks for more than the page is refused before it runs",
        arguments: [
            "env", "$ENV.PATH", "input", "[inputs]", ".a | debug", "\"\\(env)\"", "include \"x\"; .", "halt",
            "input_filename", "", "\"\\(\"\\(input)\")\"", "{a: env}", "{env: $ENV}", "{(env): 1}", "$__prog_args",
            "env::x",
        ])
    func refused(_ filter: String) {
        #expect(throws: SelectorError.self) { try JQFilter(filter, isRaw: false) }
    }

    @Test(
        "fields, keys, variables, texts and comments may be called like what is refused",
        arguments: [
            ".env", "\"env\"", "1 # env", ".a.input", ".a as $env | $env", "{env: 1, input : 2}",
            ". as {$env} | [$env]", ". as [$debug, {env: $input}] | $debug, $input",
        ])
    func allowed(_ filter: String) throws {
        try JQFilter(filter, isRaw: false).compile()
    }

    @Test(
        "a filter with a mistake is refused by jq's own word", arguments: [".a[", "nosuchfunction", "1 +", "1) | (2"])
    func mistakes(_ filter: String) throws {
        let known = try JQFilter(filter, isRaw: false)
        if filter == "1) | (2" { return try known.compile() }
        let error = #expect(throws: SelectorError.self) { try known.compile() }
        #expect(error?.message.isEmpty == false)
    }

    @Test("a filter that fails on this page says so")
    func failing() {
        #expect(throws: CheckFailure.self) { try result(".env.x.y") }
    }

    @Test(
        "an endless filter, a greedy one and a talkative one are stopped",
        arguments: ["def f: f; f", "[range(1e9)]", "repeat(1)"])
    func bounded(_ filter: String) {
        let failure = #expect(throws: CheckFailure.self) { try result(filter) }
        #expect(failure?.code == .badFilter)
        #expect(failure?.detail?.hasPrefix(filter) == true)
    }
}

@Suite("The process that runs jq")
struct JQProcessTests {
    private static let json = Array(
        #"{"a": [1, 2.50, 1e400, "x\u00e4\n", null, true], "b": {"d": 1, "c": [[], {}, ""]}, "t": 1700000000}"#.utf8)

    /// What Debian's program makes of the page.
    private func cli(_ filter: String, isRaw: Bool) throws -> [UInt8]? {
        let arguments =
            isRaw
            ? ["--raw-output", "--compact-output", filter]
            : ["--indent", "4", "[\(filter)\n] | if length == 1 then .[0] elif length == 0 then empty else . end"]
        let output = try OutsideProgram(name: "jq").run(arguments, input: Self.json)
        guard output.status == 0 else { return nil }
        var text = output.bytes
        while text.last == ByteClass.newline { text.removeLast() }
        return Lines.isBlank(text) ? nil : text
    }

    private static let filters = [
        ".", ".a", ".a[]", ".b", ".b.c[]", "keys", ".a | length", ".a[1:3]", ".. | numbers", "to_entries", "paths",
        ".b | to_entries | map(\"\\(.key)=\\(.value)\")[]", "@json", ".a | @csv", "@base64 \"x\\(.t)\"", ".t | todate",
        ".a[3] | test(\"X\"; \"i\")", "[.a[] | strings | ascii_upcase]", "reduce .a[1] as $x (0; . + $x)", ".none",
        "def f(x): x * 2; f(.t)", "if .t > 1 then \"big\" else empty end", ".a[] as $x | $x", "tojson | fromjson | .t",
        "label $out | .a[] | ., break $out", "try error(\"x\") catch .", "[limit(3; repeat(1))]", "empty", "$__loc__",
        ".t | strftime(\"%A %d %B %Y %H:%M %Z\")", "1 # a comment", ". as {b: {$d}} | $d", "(.a, .b)?", "\"\"",
    ]

    @Test("finds what Debian's own program finds, one by one and all at once")
    func parity() throws {
        for isRaw in [false, true] {
            let filters = try Self.filters.map { try JQFilter($0, isRaw: isRaw) }
            let expected = try Self.filters.map { try cli($0, isRaw: isRaw) }
            let together = try JQFilter.results(of: Self.json, for: filters)
            for (index, filter) in filters.enumerated() {
                #expect(together[index] == expected[index], "\(filter.source)")
                #expect(try filter.results(of: Self.json) == expected[index], "\(filter.source)")
            }
        }
    }

    @Test(
        "of many filters the one that fails is named, and those that are wrong are told apart from those that are not")
    func named() throws {
        let failing = try [".a", ".t", ".t.x", ".b"].map { try JQFilter($0, isRaw: false) }
        let failure = #expect(throws: CheckFailure.self) { try JQFilter.results(of: Self.json, for: failing) }
        #expect(failure == CheckFailure(.badFilter, ".t.x: Cannot index number with string \"x\""))
        var sources = (0..<40).map { ".a[\($0)]" }
        for (place, wrong) in [(3, "nosuch"), (17, ".a |"), (18, "1, (2"), (19, "3)"), (39, "\"a")] {
            sources[place] = wrong
        }
        let problems = JQFilter.problems(of: try sources.map { try JQFilter($0, isRaw: false) })
        #expect(problems.indices.filter { problems[$0] != nil } == [3, 17, 18, 19, 39])
        #expect(problems[3]?.message == "nosuch/0 is not defined")
        #expect(problems[18]?.message == "it ends before it is complete")
    }

    @Test("sees no environment and no files, and cannot load modules")
    func alone() throws {
        let process = try JQProcess()
        defer { process.end() }
        let answer = try process.answer(JQRequest(program: "[$ENV]", isRaw: [false], json: [0x31]))
        guard case .found(let found) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(found == [Array("{}".utf8)])
    }

    @Test(
        "modules and files are loaded by nobody: jq refuses it, or ends",
        arguments: ["import \"/etc/passwd\" as $x; [.]", "include \"x\"; [.]", "import \"x\" as $x; [$x]"])
    func modules(_ program: String) throws {
        let process = try JQProcess()
        defer { process.end() }
        if case .found(let found)? = try? process.answer(JQRequest(program: program, isRaw: [false], json: [0x31])) {
            Issue.record("\(found)")
        }
    }

    @Test("a process that was killed while it waited is replaced")
    func replaced() throws {
        let filter = try JQFilter(".t", isRaw: false)
        #expect(try filter.results(of: Self.json) == Array("1700000000".utf8))
        JQProcesses.shared.release()
        #expect(try filter.results(of: Self.json) == Array("1700000000".utf8))
    }
}

@Suite("Outside programs")
struct OutsideProgramTests {
    @Test("input goes in whole and output comes out whole, both larger than any buffer")
    func both() throws {
        let input = [UInt8](repeating: 0x61, count: 3 << 20)
        #expect(try OutsideProgram(name: "cat").run([], input: input).bytes == input)
    }

    @Test("a program that is not there, ends early, crashes or sleeps costs a failure and no more")
    func bad() throws {
        #expect(throws: CheckFailure.self) { try OutsideProgram(name: "no-such-program").run([], input: []) }
        #expect(try OutsideProgram(name: "true").run([], input: [UInt8](repeating: 1, count: 1 << 20)).status == 0)
        #expect(throws: CheckFailure.self) { try OutsideProgram(name: "sh").run(["-c", "kill -SEGV $$"], input: []) }
        var short = OutsideProgram(name: "sleep")
        short.seconds = 0
        #expect(throws: CheckFailure.self) { try short.run(["60"], input: []) }
        var silent = OutsideProgram(name: "sh")
        silent.seconds = 0
        #expect(throws: CheckFailure.self) { try silent.run(["-c", "exec >&- 2>&-; sleep 60"], input: []) }
        var small = OutsideProgram(name: "cat")
        small.outputBytes = 10
        #expect(throws: CheckFailure.self) { try small.run([], input: [UInt8](repeating: 1, count: 100_000)) }
    }

    @Test("it sees no environment and no open files of ours, and writes none")
    func alone() throws {
        let seen = try OutsideProgram(name: "sh").run(["-c", "env | grep -c =; ls /proc/self/fd | wc -l"], input: [])
        let lines = String(decoding: seen.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.first.flatMap { Int($0) } ?? 99 <= 5)
        #expect(lines.last.flatMap { Int($0) } ?? 99 <= 5)
        #expect(throws: CheckFailure.self) {
            try OutsideProgram(name: "sh").run(["-c", "echo x > /tmp/never"], input: [])
        }
    }
}
