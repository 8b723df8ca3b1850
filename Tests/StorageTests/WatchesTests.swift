import Domain
import Foundation
import Storage
import StoreTestKit
import Testing

@Suite("People's actions")
struct WatchesTests {
    private struct Refusal: Error {}

    @Test("a watch is created with all that was asked for, and reads back so")
    func create() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let tag = try await store.createTag("News", now: .at(0))
        var settings = WatchSettings()
        settings.headers = ["X-A": "ä\"\\"]
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck.minutes = 5
        let made = try await store.create(
            [
                NewWatch(
                    url: "https://Example.COM:8443/x", title: "T", tagTitles: [" news ", "Other"],
                    tags: [tag.id, TagID()],
                    settings: settings, firstDue: .at(7)),
                NewWatch(url: "source:http://b.example/", paused: true, notificationMuted: true),
            ], now: .at(0.0004))
        #expect(made.count == 2)
        #expect(try await store.watch(made[0].id) == made[0])
        #expect(try await store.watch(made[1].id) == made[1])
        #expect(made[0].tags.first == tag.id && made[0].tags.count == 2 && made[0].state.nextDue == .at(7))
        #expect(
            made[0].settings == settings && made[1].paused && made[1].notificationMuted && made[1].state.nextDue == nil)
        #expect(try await store.tags().map(\.title) == ["News", "Other"])
        #expect(try await store.totals() == Totals(watches: 2, paused: 1, tags: 2))
        let due = try await store.due(at: .at(7), limit: 10)
        #expect(due.map(\.id) == [made[0].id] && due.first?.host == "example.com:8443")
        let job = try #require(try await store.checkJob(made[0].id))
        #expect(job.settings == settings && job.revision == 1 && job.previous == PreviousCheck())
        #expect(try await store.checkJob(WatchID()) == nil)
        #expect(try await store.watch(WatchID()) == nil)
    }

    @Test("a batch with one bad watch creates none")
    func createAllOrNone() async throws {
        let fixture = try Fixture()
        await #expect(throws: StoreError.self) {
            try await fixture.store.create(
                [NewWatch(url: "http://a.example/", tagTitles: ["x"]), NewWatch(url: "")], now: .at(0))
        }
        #expect(try await fixture.store.totals() == Totals())
    }

    @Test("a new address or new settings clear what was known and make the watch due; the text checksum stays")
    func edit() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        _ = try await store.record(.verdict(id, at: 1, .changed(text: [65]), text: "A", etag: "e"))
        _ = try await store.record(.failed(id, at: 2, CheckFailure(.timeout)))
        let edited = try #require(
            try await store.update(id, now: .at(5)) { watch in
                watch.url = "http://other.example/"
                watch.title = "New"
                watch.notificationMuted = true
            })
        #expect(edited.url == "http://other.example/" && edited.title == "New" && edited.notificationMuted)
        #expect(
            edited.state.nextDue == .at(5) && edited.state.lastFailure == nil && edited.state.consecutiveFailures == 0)
        let job = try #require(try await store.checkJob(id))
        #expect(job.revision == 2 && job.previous == PreviousCheck(textChecksum: Checksum(bytes: [65])))
        #expect(try await store.due(at: .at(5), limit: 5).map(\.host) == ["other.example"])
        #expect(try await store.totals() == Totals(watches: 1))
        #expect(try await store.page(WatchQuery(search: "other.ex")).matching == 1)
        #expect(try await store.page(WatchQuery(search: "//example")).matching == 0)
    }

    @Test("a new title alone is no edit, and a change that throws changes nothing")
    func smallEdit() async throws {
        let fixture = try Fixture()
        let id = try await fixture.add().id
        _ = try await fixture.store.record(.changed(id, at: 1, "A"))
        let renamed = try await fixture.store.update(id, now: .at(5)) { $0.title = "Only a name" }
        #expect(renamed?.state.nextDue == .at(1001))
        #expect(try await fixture.store.checkJob(id)?.revision == 1)
        await #expect(throws: Refusal.self) {
            try await fixture.store.update(id, now: .at(6)) { watch in
                watch.url = "http://never.example/"
                throw Refusal()
            }
        }
        #expect(try await fixture.store.watch(id) == renamed)
        #expect(try await fixture.store.update(WatchID(), now: .at(6)) { $0.title = "x" } == nil)
    }

    @Test("pausing ends being due and unpausing makes due at once, by edit or by action")
    func pause() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        #expect(try await store.update(id, now: .at(1)) { $0.paused = true }?.state.nextDue == nil)
        #expect(try await store.update(id, now: .at(2)) { $0.url = "http://b.example/" }?.state.nextDue == nil)
        try await store.makeDue([id], now: .at(3))
        try await store.postpone(id, until: .at(3))
        #expect(try await store.makeAllDue(now: .at(3)) == 0)
        #expect(try await store.watch(id)?.state.nextDue == nil)
        #expect(try await store.setPaused([id, WatchID()], true, now: .at(4)).isEmpty)
        #expect(try await store.setPaused([id], false, now: .at(5)) == [id])
        #expect(try await store.watch(id)?.state.nextDue == .at(5))
    }

    @Test("tags of a watch are replaced, renamed and deleted without touching the watch")
    func tags() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        let tags = [
            try await store.createTag("Alpha", now: .at(0)), try await store.createTag("Ünïcode", now: .at(0)),
            try await store.createTag("alpha", now: .at(0)),
        ]
        #expect(tags[0] == tags[2])
        #expect(
            try await store.update(id, now: .at(1)) { $0.tags = [tags[1].id, tags[0].id] }?.tags == [
                tags[0].id, tags[1].id,
            ])
        #expect(try await store.update(id, now: .at(1)) { $0.tags = [tags[1].id] }?.tags == [tags[1].id])
        #expect(try await store.tagCounts() == [tags[1].id: 1])
        #expect(try await store.createTag("ÜNÏCODE", now: .at(9)) == tags[1])
        #expect(try await store.updateTag(tags[1].id, now: .at(0)) { $0.title = "Beta" }?.title == "Beta")
        await #expect(throws: InputError.self) {
            try await store.updateTag(tags[1].id, now: .at(0)) { $0.title = "ALPHA" }
        }
        #expect(try await store.updateTag(TagID(), now: .at(0)) { $0.title = "Gamma" } == nil)
        #expect(try await store.tag(tags[1].id)?.title == "Beta")
        #expect(try await store.page(WatchQuery(tag: tags[1].id)).rows.map(\.id) == [id])
        #expect(try await store.deleteTag(tags[1].id, now: .at(0)))
        #expect(try await !store.deleteTag(tags[1].id, now: .at(0)))
        #expect(try await store.watch(id)?.tags == [])
        #expect(try await store.checkJob(id)?.revision == 1)
    }

    @Test("what was seen is noted, never taken back by looking at older ones, and can be unseen")
    func viewed() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        #expect(try await !store.markViewed(id))
        var versions: [SnapshotVersion] = []
        for number in 1...3 {
            versions.append(try #require(try await store.record(.changed(id, at: Double(number), "\(number)")).version))
        }
        #expect(try await store.totals().unviewed == 1)
        #expect(try await store.markViewed(id, version: versions[1]))
        #expect(try await store.totals().unviewed == 1)
        #expect(try await store.markViewed(id))
        #expect(try await !store.markViewed(id, version: versions[0]))
        #expect(try await store.totals().unviewed == 0)
        let seen = versions[1]
        #expect(try await store.update(id, now: .at(8)) { $0.state.lastViewed = seen }?.state.isUnviewed == true)
        #expect(try await store.markAllViewed() == 1)
        #expect(try await store.markAllViewed() == 0)
        #expect(
            try await store.update(id, now: .at(9)) { $0.state.lastViewed = SnapshotVersion(0) }?.state.isUnviewed
                == true)
    }

    @Test(
        "clearing history forgets checks and failures too, and makes the watch due for a first snapshot, also when a check runs meanwhile"
    )
    func clearHistory() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let id = try await fixture.add().id
        _ = try await store.record(.changed(id, at: 1, "A"))
        _ = try await store.record(.changed(id, at: 2, "B"))
        _ = try await store.record(.failed(id, at: 3, CheckFailure(.timeout, "5")))
        #expect(try await store.clearHistory(id, now: .at(4)))
        #expect(try await !store.clearHistory(WatchID(), now: .at(4)))
        #expect(try await store.snapshots(of: id).isEmpty)
        #expect(try await store.checks(of: id, limit: 9).isEmpty)
        var state = WatchState()
        state.nextDue = .at(4)
        state.contentType = "text/html"
        #expect(try await store.watch(id)?.state == state)
        #expect(try await store.latestText(of: id) == nil)
        #expect(try await store.totals() == Totals(watches: 1))
        #expect(try await store.record(.verdict(id, revision: 1, at: 5, .sameBytes)).superseded)
        let job = try #require(try await store.checkJob(id))
        #expect(job.previous == PreviousCheck())
        #expect(try await store.record(.changed(id, revision: job.revision, at: 6, "B")).result == .first)
    }

    @Test("deleting takes the watch with all it has")
    func delete() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let ids = try await store.create((0..<3).map { NewWatch(url: "http://example.com/\($0)") }, now: .at(0)).map(
            \.id)
        for id in ids { _ = try await store.record(.changed(id, at: 1, "the same text")) }
        #expect(try await store.delete([ids[0], WatchID(), ids[0]]) == [ids[0]])
        #expect(try await store.latestText(of: ids[1]) == Array("the same text".utf8))
        #expect(try await store.rows(ids).map(\.id) == [ids[1], ids[2]])
        #expect(try await store.delete(ids) == [ids[1], ids[2]])
        #expect(try await store.totals() == Totals())
        try await store.quickCheck()
    }

    @Test("settings are kept; those that decide what counts make every page be looked at anew")
    func settings() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        #expect(try await store.settings() == Settings())
        let id = try await fixture.add().id
        let own = try await store.create(
            [NewWatch(url: "http://own.example/", settings: Self.ownInterval)], now: .at(0))[0].id
        for id in [id, own] { _ = try await store.record(.changed(id, at: 1, "A")) }
        #expect(try await store.updateSettings(now: .at(2)) { $0.pagerSize = 10 }.pagerSize == 10)
        #expect(try await store.checkJob(id)?.previous.pageChecksum != nil)
        _ = try await store.updateSettings(now: .at(2)) { $0.timeBetweenCheck = CheckInterval(minutes: 1) }
        #expect(try await store.watch(id)?.state.nextDue == .at(61))
        #expect(try await store.watch(own)?.state.nextDue == .at(1001))
        _ = try await store.updateSettings(now: .at(3)) { $0.ignoreText = ["ad"] }
        let job = try #require(try await store.checkJob(id))
        #expect(job.revision == 2 && job.previous == PreviousCheck(textChecksum: Checksum(bytes: [65])))
        await #expect(throws: Refusal.self) { try await store.updateSettings(now: .at(3)) { _ in throw Refusal() } }
        let kept = try await store.settings()
        #expect(kept.pagerSize == 10 && kept.ignoreText == ["ad"])
    }

    private static var ownInterval: WatchSettings {
        var settings = WatchSettings()
        settings.usesDefaultInterval = false
        settings.timeBetweenCheck.hours = 1
        return settings
    }

    @Test("the API's key is made once and can be replaced")
    func apiKey() async throws {
        let fixture = try Fixture()
        #expect(try await fixture.store.apiKey { "first" } == "first")
        #expect(try await fixture.store.apiKey { "second" } == "first")
        try await fixture.store.setAPIKey("third")
        #expect(try await fixture.store.apiKey { "second" } == "third")
    }
}
