import Domain
import Foundation
import Testing

@testable import API

@Suite("The API's fields")
struct WatchFieldTests {
    private let blank = Watch(url: "https://example.org", createdAt: Date(timeIntervalSince1970: 1_000_000))

    @Test("what is read can be sent back and changes nothing")
    func roundTrip() throws {
        var watch = blank
        watch.title = "Title"
        watch.tags = [TagID(), TagID()]
        watch.settings.headers = ["A": "b"]
        watch.settings.includeFilters = ["h1", "//p"]
        watch.settings.timeBetweenCheck = CheckInterval(hours: 2, seconds: 0)
        watch.settings.usesDefaultInterval = false
        watch.settings.stripIgnoredLines = false
        let fields = Dictionary(uniqueKeysWithValues: WatchFields.fields.all.map { ($0.name, $0.read(watch)) })
        var copy = watch
        try WatchFields.fields.apply(fields, to: &copy)
        #expect(copy == watch)
    }

    @Test("every field that a person may set can be written, and null is what it was at first")
    func nulls() throws {
        var watch = blank
        watch.settings.ignoreText = ["x"]
        watch.settings.body = "y"
        watch.title = "z"
        for field in WatchFields.fields.all where field.write != nil && field.name != "url" {
            try WatchFields.fields.apply([field.name: .null], to: &watch)
        }
        #expect(watch.settings == WatchSettings())
        #expect(watch.title == nil)
    }

    @Test("link is the address filled in, open_link what is to be opened instead of it")
    func links() throws {
        var watch = Watch(url: "source:https://me:pw@a.example/{{ 'x' | upper }}", createdAt: blank.createdAt)
        func read(_ name: String) -> JSONValue? { WatchFields.fields.byName[name]?.read(watch) }
        #expect(read("link") == .string("https://me:pw@a.example/X"))
        #expect(read("open_link") == read("link"))
        #expect(read("title") == .null)
        try WatchFields.fields.apply(["link_to_open": .string(" https://b.example/{{ 1 }} ")], to: &watch)
        #expect(read("link_to_open") == .string("https://b.example/{{ 1 }}"))
        #expect(read("open_link") == .string("https://b.example/1"))
        #expect(read("link") == .string("https://me:pw@a.example/X"))
    }

    @Test("every problem is told at once")
    func allProblems() {
        var watch = blank
        let error = #expect(throws: InputError.self) {
            try WatchFields.fields.apply(
                ["title": .integer(1), "paused": .string("no"), "nonsense": .null, "proxy": .integer(1)], to: &watch)
        }
        #expect(error?.fields.map(\.field).sorted() == ["nonsense", "paused", "proxy", "title"])
    }

    @Test("what is not done yet may be sent with the value that means nothing special")
    func later() throws {
        var watch = blank
        try WatchFields.fields.apply(
            [
                "processor": .string("text_json_diff"), "fetch_backend": .string("system"),
                "notification_urls": .array([]), "previous_md5": .string("x"),
            ],
            to: &watch)
        #expect(watch == blank)
    }
}
