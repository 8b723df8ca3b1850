import Domain
import TestSupport
import Testing

@testable import Detection

/// Each table was asked of soupsieve 4.1, from which watches come; where its answers are not HTML's, the page has no
/// such case.
@Suite("CSS")
struct CSSTests {
    private static let forms = """
        <form id=f1>
        <input id=t1><input id=t2 type=TEXT required value=x><input id=t3 type=email placeholder=mail>\
        <input id=t4 placeholder=p value=v><input id=t5 placeholder="" >\
        <input id=t6 type=search placeholder=q value="">
        <input id=t7 readonly><input id=t8 disabled><input id=hid type=hidden disabled>\
        <input id=hid2 type=hidden>
        <textarea id=ta1 placeholder=w></textarea><textarea id=ta2 placeholder=w>text</textarea>\
        <textarea id=ta3 required readonly></textarea><textarea id=ta4 placeholder=w>
        </textarea>
        <input id=c1 type=checkbox checked><input id=c2 type=checkbox indeterminate>\
        <input id=c3 type=Checkbox><input id=c4 checked>
        <input id=r1 type=radio name=g><input id=r2 type=radio name=g>\
        <input id=r3 type=radio name=h checked><input id=r4 type=radio name=h><input id=r5 type=radio>\
        <input id=r6 type=radio checked>
        <select id=s1 required><option id=o1 selected>1<option id=o2>2<optgroup id=og1 disabled>\
        <option id=o3>3</option></optgroup></select>
        <button id=b0 type=button>x</button><button id=b1 type=submit>go</button><button id=b2 type=submit>\
        go</button><input id=sub type=submit>
        <progress id=p1></progress><progress id=p2 value=3></progress>
        <fieldset id=fs disabled><legend id=lg><input id=fi1></legend><legend id=lg2><input id=fi1b>\
        </legend><input id=fi2><div id=fd><input id=fi3><button id=fb>b</button></div></fieldset>
        </form>
        <form id=f2><input id=img type=image><button id=b3>plain</button>\
        <input id=ra type=radio name=g checked></form>
        <form id=f3><button id=b4>plain</button><input type=submit id=sub3></form>
        <input id=n1 type=number min=1 max=10 value=5><input id=n2 type=number min=1 max=10 value=11>\
        <input id=n3 type=number min=1><input id=n4 type=number value=3>\
        <input id=n5 type=number min=x max=10 value=5><input id=n6 type=range min=0 value=-1>
        <input id=d1 type=date min=2020-01-01 max=2020-12-31 value=2020-06-15>\
        <input id=d2 type=date min=2020-01-01 value=2019-12-31>\
        <input id=d3 type=date min=2020-01-01 value=2020-02-31>
        <input id=m1 type=month min=2020-01 value=2020-02>\
        <input id=w1 type=week min=2020-W10 value=2020-W09>\
        <input id=w2 type=week max=2020-W53 value=2020-W53>\
        <input id=tm1 type=time min=09:00 max=17:00 value=18:00>\
        <input id=tm2 type=time min=22:00 max=06:00 value=23:00>\
        <input id=tm3 type=time min=22:00 max=06:00 value=12:00>\
        <input id=dl1 type=datetime-local min=2020-01-01T00:00 value=2020-01-01T00:00>
        <input id=n7 type=number min=1 value=x><input id=x1 type=text min=1 value=0>
        <input id=n8 type=number min=5 max=1 value=3>
        <a id=a1 href=x>l</a><a id=a2>n</a><area id=ar href=y><link id=lk href=z>
        <details id=de1 open><summary id=su>s</summary></details><details id=de2></details>\
        <dialog id=di open></dialog>
        <video id=v muted></video><my-thing id=my>m</my-thing><svg id=svg><foo id=foo></foo></svg>\
        <unknown id=un></unknown><o:p id=op></o:p>
        <div id=ce contenteditable>e<p id=cep>x</p></div><div id=ce2 contenteditable=true></div>\
        <div id=ce3 contenteditable=false></div><div id=ce4 contenteditable=plaintext-only></div>
        """

    private static let languages = """
        <html id=html lang=en><body id=body>
        <p id=l1 lang=de>a</p><p id=l2 lang=de-CH><b id=l2b>x</b></p><p id=l3 lang=de-Latn-CH>a</p>\
        <p id=l4 lang="">a</p><p id=l5 xml:lang=it>x</p><p id=l6 lang=DE-ch>x</p><p id=l8 lang=den>y</p>\
        <p id=l9 lang=de-x-CH>y</p>
        <div id=r dir=rtl><span id=rs>x</span><bdi id=bdi>abc</bdi><bdi id=bdi2>שלום</bdi><p id=rl dir=LTR>y\
        </p><p id=rb dir=bogus>z</p></div>
        <p id=au dir=auto>שלום abc</p><p id=au2 dir=auto>123 abc</p><p id=au3 dir=auto></p>\
        <p id=au4 dir=auto><span id=au4s dir=rtl>שלום</span>abc</p><p id=au5 dir=auto><script>abc</script>\
        שלום</p>
        <input id=di1 dir=auto value="שלום"><textarea id=di2 dir=auto>שלום</textarea>\
        <input id=di3 type=tel dir=rtl><input id=di4 dir=auto><div dir=rtl id=dr><input id=di5 type=tel>\
        </div>
        </body></html>
        """

    /// The ids of what a filter finds, names where there is no id; "refused" when it is none.
    private func found(
        _ filter: String, in page: String, as language: TreeBuilder.Language = .html,
        limits: DetectionLimits = DetectionLimits()
    ) throws -> String {
        guard case .css(let selector, _)? = try? PageFilter(filter) else { return "refused" }
        let ids = MarkupTree.with(Array(page.utf8)[...], as: language, limit: 1_000_000) { tree in
            Result { () throws(CheckFailure) in
                var matcher = CSSMatcher(tree, steps: limits.selectorSteps, time: FilterTime(limits))
                return try matcher.select(selector).map { node in
                    let bytes =
                        tree.attribute(Array("id".utf8), of: node).map { tree.value($0) }
                        ?? Array(tree.source[Int(tree.nodes[node].nameStart)..<Int(tree.nodes[node].nameEnd)])
                    return String(decoding: bytes, as: UTF8.self)
                }
            }
        }
        return try #require(ids).get().joined(separator: " ")
    }

    @Test(
        "the states of forms are those of a page that nobody has touched",
        arguments: TextCase.all(
            #"""
            :required => t2 ta3 s1
            textarea:optional, input:optional:not([type], #n1) => t1 t4 t5 t7 t8 ta1 ta2 ta4 c4 fi1 fi1b fi2 fi3
            :read-write => t1 t2 t3 t4 t5 t6 ta1 ta2 ta4 c4 fi1 n1 n2 n3 n4 n5 d1 d2 d3 m1 w1 w2 tm1 tm2 tm3 dl1 n7 x1 n8 ce cep ce2 ce4
            :is(input, textarea, div, p):read-only => t7 t8 hid hid2 ta3 c1 c2 c3 r1 r2 r3 r4 r5 r6 sub fi1b fi2 fd fi3 img ra sub3 n6 ce3
            :checked => c1 r3 r6 o1 ra
            :default => c1 r3 r6 o1 b1 img ra b4
            :indeterminate => c2 r1 r2 r5 p1
            :disabled => t8 hid og1 o3 fs fi1b fi2 fi3 fb
            :is(input, select, button, fieldset, optgroup):enabled => t1 t2 t3 t4 t5 t6 t7 hid2 c1 c2 c3 c4 r1 r2 r3 r4 r5 r6 s1 b0 b1 b2 sub fi1 img b3 ra b4 sub3 n1 n2 n3 n4 n5 n6 d1 d2 d3 m1 w1 w2 tm1 tm2 tm3 dl1 n7 x1 n8
            :placeholder-shown => t3 t6 ta1 ta4
            :in-range => n1 n3 n5 n6 d1 d3 m1 w2 tm2 dl1 n7
            :out-of-range => n2 d2 w1 tm1 tm3 n8
            :link => a1 ar
            :any-link => a1 ar
            :open => de1 di
            :muted => v
            :not(:defined) => my
            :is(my-thing, unknown, foo):defined => foo un
            """#))
    func forms(_ row: TextCase) throws {
        #expect(try found(row.input, in: Self.forms) == row.expected)
    }

    @Test(
        "languages, directions, comments, and what only a browser knows",
        arguments: TextCase.all(
            #"""
            p:lang(de) => l1 l2 l3 l6 l9
            :lang(DE, it) => l1 l2 l2b l3 l6 l9
            p:lang(de-CH) => l2 l3 l6
            p:lang("*-CH") => l2 l3 l6
            p:lang(\*-CH) => l2 l3 l6
            p:lang('de-*-CH') => l2 l3 l6
            p:lang(de-DE) =>
            p:lang(d) =>
            p:lang(de-) =>
            p:lang('') => l4
            p:lang( 'en' , de-CH ) => l2 l3 l5 l6 rl rb au au2 au3 au4 au5
            p:not(:lang('*')) => l4
            p:lang() => refused
            p:lang(de,) => refused
            :dir(rtl):not(script) => r rs bdi2 rb au au4s au5 di1 di2 di3 dr
            :is(p, bdi, input, textarea, span):dir(ltr):not(:lang(de)) => l4 l5 l8 bdi rl au2 au3 au4 di4 di5
            p:dir(auto) =>
            p:dir() => refused
            p:hover =>
            p:not(:hover, :focus):lang(de-CH) => l2 l3 l6
            p:is(:visited, #l1) => l1
            p:focus-within, #l1 => l1
            p:current(b) =>
            p:host =>
            p:host-context(p) =>
            p#l1:not(:target, :active) => l1
            p:is() =>
            p:is( ) =>
            p:is(,#l1) => l1
            p:where(#l1,) => l1
            p:is(#l1,,#l3) => l1 l3
            p#l1:not() => refused
            p:has() => refused
            p, => refused
            p::before => refused
            p:nth-child() => refused
            p:modal => refused
            p:state(x) => refused
            p/**/#l1 => l1
            p/**/ #l2b => l2b
            p /**/#l2b => l2b
            p/**/#l2b =>
            body/**/>/**/p#l1/**/ => l1
            /* c */ p#l1 => l1
            /* a *//* b */p#l1 => l1
            p#l1/* * / */ => l1
            p[/**/id/**/=/**/l1/**/] => l1
            :is(/**/p/**/)#l1 => l1
            p/**/b => refused
            p/*/#l1 => refused
            /**/ => refused
            p:/**/hover => refused
            p#/**/l1 => refused
            """#))
    func words(_ row: TextCase) throws {
        #expect(try found(row.input, in: Self.languages) == row.expected)
    }

    @Test("a page may note its language once for all, but not several; in XML the language has a prefix")
    func notedLanguage() throws {
        func page(_ languages: String) -> String {
            "<meta http-equiv=Content-Language content='\(languages)'><p id=a>x</p><p id=b lang=''>x</p>"
        }
        #expect(try found("p:lang(fr)", in: page("fr-CA")) == "a")
        #expect(try found("p:lang('')", in: page("fr")) == "b")
        #expect(try found("p:lang(fr)", in: page("fr, de")) == "")
        #expect(try found("p:lang('')", in: page("fr, de")) == "a b")
        #expect(try found("b:lang(de)", in: "<a xml:lang='de'><b id='1'/><b id='2' lang='fr'/></a>", as: .xml) == "1")
    }

    @Test(
        "what begins like a comment is XPath when it can be",
        arguments: ["/*", "/*/*", "/*//*/p", "/*[1]", "/* | //*/p"])
    func roots(_ filter: String) throws {
        #expect(try PageFilter(filter).isXPath)
    }

    @Test(
        "a value between limits is read as its input's type says",
        arguments: [
            ("number", "-1.5e2", -150), ("number", " 5 ", 5), ("number", "0x10", nil), ("number", "nan", nil),
            ("number", "", nil), ("time", "09:30", 34_200), ("time", "09:30:01.5", 34_201.5), ("time", "24:00", nil),
            ("time", "9:30", nil), ("month", "2020-13", nil), ("week", "2020-54", nil), ("week", "2020-w54", nil),
            ("date", "2020-02-30", nil), ("date", "1900-02-29", nil), ("date", "2020-1-1", nil), ("text", "1", nil),
            ("datetime-local", "2020-02-30t10:00", nil),
        ] as [(String, String, Double?)])
    func inputValues(_ type: String, _ text: String, _ expected: Double?) {
        #expect(InputValue.number(text, type) == expected)
    }

    @Test("dates grow across months, years and leap days")
    func dates() throws {
        let days = ["1999-12-31", "2000-01-01", "2000-02-29", "2000-03-01", "2000-12-31", "10000-01-01"]
        let numbers = try days.map { try #require(InputValue.number($0, "date")) }
        #expect(numbers == numbers.sorted() && Set(numbers).count == days.count)
        let minutes = ["2000-01-01t00:00", "2000-01-01 23:59", "2000-01-01t23:59:30", "2000-01-02t00:00"]
        let times = try minutes.map { try #require(InputValue.number($0, "datetime-local")) }
        #expect(times == times.sorted() && Set(times).count == times.count)
    }

    @Test(
        "what looks around for each of many elements ends with a clear failure",
        arguments: [":lang(de)", ":dir(rtl)", ":read-only", ":disabled"])
    func bounded(_ filter: String) throws {
        let page = "<fieldset dir=auto>" + String(repeating: "<div><input>1", count: 2000)
        var limits = DetectionLimits()
        limits.selectorSteps = 100_000
        #expect(throws: CheckFailure.self) { try found(filter, in: page, limits: limits) }
    }
}
