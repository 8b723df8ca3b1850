import Domain
import Testing

@testable import Detection

@Suite("Verdicts")
struct VerdictTests {
    private let processor = TextProcessor()

    private func page(_ body: String, type: String = "text/html") -> FetchedPage {
        FetchedPage(status: 200, finalURL: "https://example.org/", contentType: type, body: Array(body.utf8))
    }

    private func previous(_ verdict: Verdict) -> PreviousCheck {
        PreviousCheck(pageChecksum: verdict.pageChecksum, textChecksum: verdict.textChecksum)
    }

    private func verdict(
        _ body: String, _ settings: DetectionSettings = .init(), _ previous: PreviousCheck = .init()
    ) throws -> Verdict {
        try processor.verdict(on: page(body), settings: settings, previous: previous)
    }

    @Test("the first look at a page is a change with its text, title and checksums")
    func first() throws {
        let verdict = try verdict("<title>T</title><p>a")
        #expect(verdict.decision == .changed(text: Array("a".utf8)))
        #expect(verdict.title == "T")
        #expect(verdict.textChecksum?.bytes.count == 24)
        #expect(verdict.pageChecksum.bytes.count == 24)
    }

    @Test("the same bytes are not looked at again")
    func sameBytes() throws {
        let first = try verdict("<p>a")
        let second = try verdict("<p>a", .init(), previous(first))
        #expect(second.decision == .sameBytes)
        #expect(second.textChecksum == nil)
        #expect(second.pageChecksum == first.pageChecksum)
    }

    @Test("other bytes with the same text are no change")
    func sameText() throws {
        let first = try verdict("<p>a b")
        let second = try verdict("<div id=x>a  b</div><script>1</script>", .init(), previous(first))
        #expect(second.decision == .sameText)
        #expect(second.textChecksum == first.textChecksum)
    }

    @Test("only a short page without rules is read where others wait for the thread; PDF and jq start a process")
    func effort() {
        func effort(
            _ body: [UInt8], type: String = "text/html", _ change: (inout DetectionSettings) -> Void = { _ in }
        ) -> DetectionEffort {
            var settings = DetectionSettings()
            change(&settings)
            let page = FetchedPage(status: 200, finalURL: "", contentType: type, body: body)
            return processor.effort(on: page, settings: settings)
        }
        let page = Array("<p>a".utf8)
        #expect(effort(page) == .brief)
        #expect(effort(page, type: "text/plain") == .brief)
        #expect(effort(page) { $0.sortTextAlphabetically = true } == .brief)
        #expect(effort([UInt8](repeating: 0x61, count: 200_000)) == .long)
        #expect(effort(Array("{}".utf8), type: "application/json") == .long)
        #expect(effort(Array("<rss><channel>".utf8)) == .long)
        #expect(effort(page) { $0.includeFilters = ["p"] } == .long)
        #expect(effort(page) { $0.subtractiveSelectors = ["p"] } == .long)
        #expect(effort(page) { $0.ignoreText = ["/a+/"] } == .long)
        #expect(effort(page) { $0.extractText = ["/a+/"] } == .long)
        #expect(effort(page) { $0.countsRemoved = false } == .long)
        #expect(
            effort(page) { $0.conditions = [WatchCondition(field: .likeness, operator: .less, value: "0.9")] } == .long)
        #expect(effort(page) { $0.includeFilters = ["jq:.a"] } == .program)
        #expect(effort(Array("%PDF-1.7".utf8)) == .program)
    }

    @Test("any setting that differs makes the same bytes be looked at again")
    func settingsCount() throws {
        let first = try verdict("<p>a")
        var ignoring = DetectionSettings()
        ignoring.ignoreText = ["zzz"]
        #expect(try verdict("<p>a", ignoring, previous(first)).decision == .sameText)
        var other = DetectionSettings()
        other.triggerText = ["zzz"]
        #expect(try verdict("<p>a", other, previous(first)).isBlocked)
        #expect(ignoring.canonical != other.canonical)
        let asText = try processor.verdict(
            on: page("<p>a", type: "text/plain"), settings: .init(), previous: previous(first))
        #expect(asText.decision == .changed(text: Array("<p>a".utf8)))
    }

    @Test("white space counts only when it should")
    func whitespace() throws {
        let first = try verdict("<p>a b</p><p>c</p>")
        #expect(try verdict("<div>ab</div><div>c</div>", .init(), previous(first)).decision == .sameText)
        var strict = DetectionSettings()
        strict.ignoreWhitespace = false
        let exact = try verdict("<p>a b</p>", strict)
        #expect(try verdict("<p>ab</p>", strict, previous(exact)).decision == .changed(text: Array("ab".utf8)))
    }

    @Test("a difference in ignored lines only is no change, and the snapshot keeps them")
    func ignored() throws {
        var settings = DetectionSettings()
        settings.ignoreText = ["/^now/"]
        let first = try verdict("<p>now 1</p><p>a</p>", settings)
        #expect(first.decision == .changed(text: Array("now 1\n\na".utf8)))
        #expect(try verdict("<p>now 2</p><p>a</p>", settings, previous(first)).decision == .sameText)
        #expect(
            try verdict("<p>now 3</p><p>b</p>", settings, previous(first)).decision
                == .changed(text: Array("now 3\n\nb".utf8)))
    }

    @Test("a blocked change leaves the old checksum, so that it counts once it is unblocked")
    func blocked() throws {
        var settings = DetectionSettings()
        settings.triggerText = ["sale"]
        let first = try verdict("<p>sale 1", settings)
        let blocked = try verdict("<p>nothing", settings, previous(first))
        #expect(blocked.decision == .blocked(text: Array("nothing".utf8)))
        #expect(blocked.textChecksum == first.textChecksum)
        #expect(try verdict("<p>sale 2", settings, previous(blocked)).decision == .changed(text: Array("sale 2".utf8)))
        #expect(try verdict("<p>sale 1 ", settings, previous(blocked)).decision == .sameText)
        #expect(try verdict("<p>nothing", settings).textChecksum == nil)
    }

    @Test("a watch's wishes come before those for all watches")
    func merged() {
        var watch = WatchSettings()
        watch.ignoreText = ["a"]
        watch.subtractiveSelectors = [".x"]
        watch.stripIgnoredLines = false
        var settings = Settings()
        settings.ignoreText = ["b"]
        settings.subtractiveSelectors = [".y"]
        settings.stripIgnoredLines = true
        let merged = DetectionSettings(watch: watch, settings: settings, url: "SOURCE:https://example.org/")
        #expect(merged.ignoreText == ["a", "b"])
        #expect(merged.subtractiveSelectors == [".x", ".y"])
        #expect(merged.stripIgnoredLines == false)
        #expect(merged.isSource)
        watch.stripIgnoredLines = nil
        #expect(
            DetectionSettings(watch: watch, settings: settings, url: "https://example.org/").stripIgnoredLines == true)
    }

    @Test("what cannot be used is named by its field before it is kept")
    func validation() {
        var watch = WatchSettings()
        watch.includeFilters = ["li", "li[", "//p[", "//p[upper-kase(.)='X']", " ", "xpath:count(//p)"]
        watch.subtractiveSelectors = [".ok", ":modal"]
        watch.ignoreText = ["(", "/(/", "/a/i"]
        watch.triggerText = ["/a/q"]
        watch.extractText = ["/[/"]
        let fields = TextProcessor.validate(settings: watch).map(\.field)
        #expect(
            fields == [
                "include_filters[1]", "include_filters[2]", "include_filters[3]", "subtractive_selectors[1]",
                "ignore_text[1]",
                "trigger_text[0]", "extract_text[0]",
            ])
        var settings = Settings()
        settings.ignoreText = ["/*/"]
        settings.subtractiveSelectors = ["a", "a >"]
        #expect(
            TextProcessor.validate(settings: settings).map(\.field) == [
                "global_subtractive_selectors[1]", "global_ignore_text[0]",
            ])
    }

    @Test("rules are compiled once and the cache stays bounded")
    func cache() throws {
        let cache = RulesCache(limit: 4)
        var settings = DetectionSettings()
        let one = try cache.rules(for: settings)
        #expect(try cache.rules(for: settings) === one)
        for index in 0..<10 {
            settings.ignoreText = ["\(index)"]
            _ = try cache.rules(for: settings)
        }
        #expect(cache.count <= 4)
        #expect(try cache.rules(for: DetectionSettings()) !== one)
    }

    @Test("rules are those of all watches whose settings differ in nothing that detection looks at")
    func sharedRules() throws {
        let cache = RulesCache(limit: 10)
        var watch = WatchSettings()
        watch.ignoreText = ["a"]
        let rules = { (watch: WatchSettings) in
            try cache.rules(for: DetectionSettings(merged: watch, reading: ReadingSettings(), url: "http://a.test/"))
        }
        let one = try rules(watch)
        watch.request.headers = ["X-Key": "1"]
        watch.timing.timeBetweenCheck = CheckInterval(hours: 1)
        #expect(try rules(watch) === one)
        let edits: [(inout WatchSettings) -> Void] = [
            { $0.ignoreText = ["b"] }, { $0.text.sortTextAlphabetically = true }, { $0.restock.followsPrice.toggle() },
            { $0.image.minimumPercent = 3 }, { $0.priceData = .accepted },
        ]
        for edit in edits {
            var other = watch
            edit(&other)
            #expect(try rules(other) !== one)
        }
        let source = DetectionSettings(merged: watch, reading: ReadingSettings(), url: "SOURCE:http://a.test/")
        #expect(try cache.rules(for: source) !== one)
    }

    @Test("one processor answers many threads at once as it answers one")
    func concurrency() async throws {
        var settings = DetectionSettings()
        settings.includeFilters = ["//p", "p:nth-child(2)"]
        settings.ignoreText = ["/x\\d+/"]
        let body = "<p>a</p><p>x1</p>"
        let expected = try verdict(body, settings).decision
        let page = page(body)
        await withTaskGroup(of: Bool.self) { [processor, settings] group in
            for _ in 0..<64 {
                group.addTask {
                    (try? processor.verdict(on: page, settings: settings, previous: .init()))?.decision == expected
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }

    @Test(
        "jq's complaints are about the filter as it was typed",
        arguments: [
            ("jq:.a |", "it ends before it is complete"), ("jq:.[", "it ends before it is complete"),
            ("jq:\"a", "it ends before it is complete"), ("jq:.a)", "it closes a bracket that is not open"),
            ("jq:foo", "foo/0 is not defined"), ("jq:1,\n,2", "syntax error, unexpected ','"),
        ])
    func jqComplaint(filter: String, words: String) {
        var settings = WatchSettings()
        settings.includeFilters = [filter]
        #expect(
            TextProcessor.validate(settings: settings).map(\.message) == ["'\(filter)' is not a valid filter: \(words)"]
        )
    }
}
