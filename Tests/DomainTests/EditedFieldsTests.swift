import Domain
import Foundation
import Testing

@Suite("What an edit changes")
struct EditedFieldsTests {
    private static let now = Date(timeIntervalSince1970: 1_700_000_000)
    private static let plain = Watch(url: "https://example.org/", createdAt: now)

    @Test("only what differs is noted, under the API's names; what checks find and people see is not")
    func watch() {
        var other = Self.plain
        other.title = "Mine"
        other.settings.ignoreText = ["ad"]
        other.settings.restock.priceMinimum = 1.25
        other.state.checkCount = 9
        other.state.lastViewed = SnapshotVersion(7)
        let fields = EditedFields(from: Self.plain, to: other)
        #expect(fields.before["title"] == .null && fields.after["title"] == .string("Mine"))
        #expect(fields.before["ignore_text"] == .array([]) && fields.after["ignore_text"] == .array([.string("ad")]))
        #expect(fields.after["processor_config_restock_diff.price_change_min"] == .number(1.25))
        #expect(fields.after.count == 3 && fields.before.count == 3 && fields.action == .edited)
    }

    @Test("an edit that only pauses is called that")
    func paused() {
        var paused = Self.plain
        paused.paused = true
        #expect(EditedFields(from: Self.plain, to: paused).action == .paused)
        #expect(EditedFields(from: paused, to: Self.plain).action == .resumed)
        paused.title = "Mine"
        #expect(EditedFields(from: Self.plain, to: paused).action == .edited)
    }

    @Test("the order of a watch's tags is none of a person's wishes")
    func tagOrder() {
        let tags = [TagID(), TagID()]
        var one = Self.plain, other = Self.plain
        one.tags = tags
        other.tags = tags.reversed()
        #expect(EditedFields(from: one, to: other).isEmpty)
    }

    @Test("secrets are neither in what is told nor in what is shown")
    func secrets() throws {
        var settings = Settings()
        let address = try ProxyAddress("http://user:s3cret@proxy.example:3128")
        settings.proxies = [try NamedProxy(name: "office", address: address)]
        settings.pagerSize = 20
        let fields = EditedFields(from: Settings(), to: settings)
        let edit = Edit(
            id: 1, at: Self.now, by: .anonymous(.page), thing: .settings, action: fields.action,
            before: fields.before, after: fields.after)
        #expect("\(fields.after)".contains("s3cret"), "it is to be undone")
        #expect(!"\(edit.redacted)".contains("s3cret"))
        #expect(edit.redacted.after?["extra_proxies"] == .string("***"))
        #expect(edit.redacted.after?["pager_size"] == .integer(20))
        let shown = edit.fields { _ in nil }
        #expect(!"\(shown)".contains("s3cret"))
        #expect(shown.first { $0.name == "extra_proxies" }?.to == "***")
    }

    @Test("every row that is a secret is redacted on its level")
    func everySecret() {
        for name in SettingsTable.all.filter(\.about.isSecret).map(\.about.path) {
            #expect(redacted(.settings, name), "\(name)")
        }
        for name in SettingsTable.tag.filter(\.about.isSecret).map(\.about.path) {
            #expect(redacted(.tag(TagID()), name), "\(name)")
        }
        for name in SettingsTable.watch.filter(\.about.isSecret).map(\.about.path) {
            #expect(redacted(.watch(WatchID()), name), "\(name)")
        }
    }

    private func redacted(_ thing: Edit.Thing, _ name: String) -> Bool {
        let edit = Edit(
            id: 1, at: Self.now, by: .anonymous(.page), thing: thing, action: .edited,
            before: [name: .string("s3cret")], after: [name: .string("s3cret too")])
        return !"\(edit.redacted) \(edit.fields { _ in nil })".contains("s3cret")
    }

    @Test("people read labels and words, tags by their titles, and what this version does not know as it is")
    func words() {
        let news = TagID()
        let edit = Edit(
            id: 1, at: Self.now, by: .person("Ada"), thing: .watch(WatchID()), action: .edited,
            before: [
                "trim_text_whitespace": .bool(false), "tags": .array([]), "title": .null, "ignore_text": .array([]),
                "method": .string("GET"), "from_the_future": .integer(1),
            ],
            after: [
                "trim_text_whitespace": .bool(true), "tags": .array([.string("\(news)"), .string("\(TagID())")]),
                "title": .string("Mine"), "ignore_text": .array([.string("a"), .string("b")]),
                "method": .string("PUT"), "from_the_future": .object(["a": .bool(true)]),
            ])
        let fields = Dictionary(uniqueKeysWithValues: edit.fields { $0 == news ? "news" : nil }.map { ($0.name, $0) })
        #expect(fields["title"]?.label == "Title")
        #expect(fields["title"]?.from == "" && fields["title"]?.to == "Mine")
        #expect(fields["tags"]?.from == "" && fields["tags"]?.to == "a deleted tag, news")
        #expect(fields["trim_text_whitespace"]?.from == "No" && fields["trim_text_whitespace"]?.to == "Yes")
        #expect(fields["ignore_text"]?.from == "" && fields["ignore_text"]?.to == "a\nb")
        #expect(fields["method"]?.from == "GET" && fields["method"]?.to == "PUT")
        #expect(fields["from_the_future"]?.to == #"{"a":true}"#)
        #expect(edit.fields { _ in nil }.map(\.name).prefix(2) == ["title", "tags"], "as forms have it")
    }

    @Test("a number is written so that the same is read again", arguments: [0.1, 1.0 / 3, 1e-9, 12_345.678_9, 1e21])
    func numbers(_ number: Double) {
        var json = JSONWriter()
        JSONValue.number(number).write(to: &json, exactly: true)
        switch JSONValue.parse(json.bytes) {
        case .number(let read)?: #expect(read == number)
        case .integer(let read)?: #expect(Double(read) == number)
        default: Issue.record("no number: \(String(decoding: json.bytes, as: UTF8.self))")
        }
    }
}
