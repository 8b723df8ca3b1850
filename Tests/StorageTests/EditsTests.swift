import Domain
import Foundation
import GRDB
import StoreTestKit
import Testing

@testable import Storage

@Suite("The record of edits")
struct EditsTests {
    private struct Refused: Error {}

    private static let ada = Requester(.person("Ada"))

    @Test("making, changing, pausing and deleting a watch leaves who, when, what from and what to")
    func watch() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let draft = NewWatch(url: "http://example.com/", title: "Mine", tagTitles: ["news"])
        let id = try await store.create([draft], by: Self.ada, now: .at(0))[0].id
        let tag = try #require(try await store.tags().first).id
        _ = try await store.update(id, by: Requester(.apiKey("default")), now: .at(1)) { watch in
            watch.url = "http://example.com/new"
            watch.settings.ignoreText = ["ad"]
        }
        _ = try await store.setPaused([id], true, by: Requester(.anonymous(.socket)), now: .at(2))
        _ = try await store.update(id, by: Self.ada, now: .at(3)) { $0.paused = false }
        _ = try await store.delete([id], by: .command("demo"), now: .at(4))

        let edits = try await store.edits(of: .watch(id), limit: 100)
        #expect(edits.map(\.action) == [.deleted, .resumed, .paused, .edited, .created])
        #expect(edits.map(\.at) == [.at(4), .at(3), .at(2), .at(1), .at(0)])
        #expect(
            edits.map(\.by) == [
                .machine("turnstone demo"), .person("Ada"), .anonymous(.socket), .apiKey("default"), .person("Ada"),
            ])
        let tags = JSONValue.array([.string(tag.description)])
        #expect(edits[4].before == nil)
        #expect(edits[4].after == ["url": .string("http://example.com/"), "title": .string("Mine"), "tags": tags])
        #expect(edits[3].before == ["url": .string("http://example.com/"), "ignore_text": .array([])])
        #expect(
            edits[3].after == ["url": .string("http://example.com/new"), "ignore_text": .array([.string("ad")])])
        #expect(edits[2].before == ["paused": .bool(false)] && edits[2].after == ["paused": .bool(true)])
        #expect(edits[1].before == ["paused": .bool(true)] && edits[1].after == ["paused": .bool(false)])
        #expect(
            edits[0].before == [
                "url": .string("http://example.com/new"), "title": .string("Mine"), "tags": tags,
                "ignore_text": .array([.string("ad")]),
            ])
        #expect(edits[0].after == nil)
        #expect(try await store.edits(of: .tag(tag), limit: 9).map(\.action) == [.created])
    }

    @Test("what changes nothing that people set leaves nothing: a check, a look, the same again")
    func noEdit() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add(title: "Mine").id
        _ = try await store.record(.changed(id, at: 1, "one"))
        _ = try await store.record(.changed(id, at: 2, "two"))
        _ = try await store.update(id, now: .at(3)) { $0.title = "Mine" }
        _ = try await store.update(id, now: .at(3)) { $0.state.lastViewed = SnapshotVersion(5) }
        _ = try await store.setPaused([id], false, now: .at(4))
        _ = try await store.markViewed(id)
        _ = try await store.makeDue([id], now: .at(5))
        _ = try await store.clearHistory(id, now: .at(6))
        _ = try await store.updateSettings(now: .at(7)) { _ in }
        _ = try await store.delete([WatchID()])
        #expect(try await store.edits(limit: 100).map(\.action) == [.created])
    }

    @Test("an edit that fails leaves no row, and a row that cannot be written leaves no edit")
    func together() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        let tag = try await store.createTag("news", now: .at(0)).id
        _ = try await store.createTag("taken", now: .at(0))
        let before = try await store.edits(limit: 100)
        await #expect(throws: Refused.self) {
            _ = try await store.update(id, now: .at(1), tagTitles: ["new tag"]) { _ in throw Refused() }
        }
        await #expect(throws: InputError.self) {
            _ = try await store.updateTag(tag, now: .at(1)) { $0.title = "Taken" }
        }
        await #expect(throws: Refused.self) { _ = try await store.updateSettings(now: .at(1)) { _ in throw Refused() } }
        #expect(try await store.edits(limit: 100) == before)

        let outsider = try DatabaseQueue(path: fixture.path)
        try await outsider.write { db in
            try db.execute(
                sql: "CREATE TRIGGER refusal BEFORE INSERT ON edit BEGIN SELECT RAISE(ABORT, 'no room'); END")
        }
        await #expect(throws: StoreError.self) { _ = try await store.update(id, now: .at(2)) { $0.title = "Mine" } }
        await #expect(throws: StoreError.self) { _ = try await store.setPaused([id], true, now: .at(2)) }
        await #expect(throws: StoreError.self) { _ = try await store.delete([id]) }
        await #expect(throws: StoreError.self) { _ = try await store.updateTag(tag, now: .at(2)) { $0.title = "b" } }
        await #expect(throws: StoreError.self) { _ = try await store.deleteTag(tag, now: .at(2)) }
        await #expect(throws: StoreError.self) { _ = try await store.updateSettings(now: .at(2)) { $0.pagerSize = 7 } }
        await #expect(throws: StoreError.self) {
            _ = try await store.create([NewWatch(url: "http://b.example/")], now: .at(2))
        }
        let watch = try #require(try await store.watch(id))
        #expect(watch.title == nil && !watch.paused)
        #expect(try await store.tag(tag)?.title == "news")
        #expect(try await store.settings() == Settings())
        #expect(try await store.totals().watches == 1)
    }

    @Test("of many watches each leaves its row, in one transaction")
    func bulk() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let drafts = (0..<300).map { NewWatch(url: "http://example.com/\($0)") }
        let ids = try await store.create(drafts, by: Self.ada, now: .at(0)).map(\.id)
        #expect(try await store.setPaused(ids, true, by: Self.ada, now: .at(1)).count == 300)
        #expect(try await store.delete(ids + [WatchID()], by: Self.ada, now: .at(2)).count == 300)
        let edits = try await store.edits(limit: 1000)
        #expect(edits.count == 900)
        for (action, from) in [(Edit.Action.deleted, 0), (.paused, 300), (.created, 600)] {
            let part = edits[from..<from + 300]
            #expect(part.allSatisfy { $0.action == action && $0.by == .person("Ada") })
            #expect(Set(part.map(\.thing)) == Set(ids.map(Edit.Thing.watch)))
        }
    }

    @Test("a tag's edits, and those of the settings for all watches, with secrets for whoever takes them back")
    func others() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await store.createTag("news", by: Self.ada, now: .at(0)).id
        _ = try await store.createTag("NEWS", by: Self.ada, now: .at(1))
        _ = try await store.updateTag(id, by: Self.ada, now: .at(2)) { tag in
            tag.colour = TagColour("#abc")
            tag.addresses = AddressPattern("example.com")
            tag.settings.overridesWatch = true
        }
        _ = try await store.deleteTag(id, by: Self.ada, now: .at(3))
        let edits = try await store.edits(of: .tag(id), limit: 9)
        #expect(edits.map(\.action) == [.deleted, .edited, .created])
        let set: EditedValues = [
            "tag_colour": .string("#abc"), "url_match_pattern": .string("example.com"), "overrides_watch": .bool(true),
        ]
        #expect(edits[1].after == set)
        #expect(
            edits[1].before == [
                "tag_colour": .null, "url_match_pattern": .string(""), "overrides_watch": .bool(false),
            ])
        #expect(edits[0].before == set.merging(["title": .string("news")]) { $1 })

        let proxy = try NamedProxy(name: "office", address: try ProxyAddress("http://u:s3cret@proxy.example:3128"))
        _ = try await store.updateSettings(by: Self.ada, now: .at(4)) { $0.proxies = [proxy] }
        let edit = try #require(try await store.edits(of: .settings, limit: 9).first)
        #expect(edit.thing == .settings && edit.before == ["extra_proxies": .array([])])
        var undone = Settings()
        try SettingsTable.all("extra_proxies")?.set(try #require(edit.after?["extra_proxies"]), in: &undone)
        #expect(undone.proxies == [proxy])
        #expect(!"\(edit.redacted)".contains("s3cret"))
    }

    @Test("pages of edits follow each other, newest first")
    func pages() async throws {
        let fixture = try Fixture()
        let id = try await fixture.add().id
        for number in 1...9 { _ = try await fixture.store.update(id, now: .at(1)) { $0.title = "\(number)" } }
        let all = try await fixture.store.edits(limit: 100)
        #expect(all.count == 10 && all.map(\.id) == all.map(\.id).sorted(by: >))
        for thing in [nil, Edit.Thing.watch(id)] {
            let first = try await fixture.store.edits(of: thing, limit: 4)
            let second = try await fixture.store.edits(of: thing, before: first.last?.id, limit: 100)
            #expect(first + second == all)
        }
        #expect(try await fixture.store.edits(of: .watch(WatchID()), limit: 9).isEmpty)
        #expect(try await fixture.store.edits(of: .settings, limit: 9).isEmpty)
    }

    @Test("there are never more than are to be kept; when fewer are, the rest goes little by little")
    func kept() async throws {
        var options = StoreOptions()
        options.editsKept = 5
        let fixture = try Fixture(options)
        let id = try await fixture.add().id
        for number in 1...20 { _ = try await fixture.store.update(id, now: .at(1)) { $0.title = "\(number)" } }
        let titles = try await fixture.store.edits(limit: 100).map { $0.after?["title"] }
        #expect(titles == (16...20).reversed().map { .string("\($0)") })

        try fixture.store.close()
        let outsider = try DatabaseQueue(path: fixture.path)
        try await outsider.write { db in
            for _ in 0..<3000 {
                try db.execute(
                    sql: """
                        INSERT INTO edit (at, requester_kind, requester, thing_kind, action, before, after)
                        VALUES (0, 'person', 'Ada', 'settings', 'edited', '{}', '{}')
                        """)
            }
        }
        try outsider.close()
        let store = try Store.open(at: fixture.path, options: options)
        for expected in [2005, 1005, 5, 5] {
            _ = try await store.setPaused([id], expected != 1005, now: .at(2))
            let count = try await store.edits(limit: 10_000).count
            #expect((expected..<expected + 5).contains(count), "\(count)")
            _ = try await store.update(id, now: .at(2)) { $0.paused = expected == 1005 }
        }
        try store.close()
    }

    @Test("SQLite finds a thing's edits by index")
    func index() async throws {
        let fixture = try Fixture()
        let plan = try await DatabaseQueue(path: fixture.path).read { db in
            try Row.fetchAll(
                db,
                sql: "EXPLAIN QUERY PLAN SELECT * FROM edit WHERE thing IS ? AND id < 9 ORDER BY id DESC LIMIT 5",
                arguments: [Data(count: 16)]
            ).map { "\($0["detail"] ?? "")" }
        }
        #expect(plan.contains { $0.contains("edit_by_thing") } && !plan.contains { $0.contains("TEMP B-TREE") })
    }
}
