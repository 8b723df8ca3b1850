import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Testing

@Suite("Tags by address")
struct TagTests {
    @Test("a watch has the tags for its address, in lists, counts and jobs, and its own tags stay what it was given")
    func membership() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let kettle = try await fixture.add("https://shop.example/kettle").id
        let news = try await fixture.add("https://news.example/").id
        let tag = try await store.createTag("Shops", now: .at(0))
        _ = try await store.updateTag(tag.id, now: .at(0)) { tag in
            tag.addresses = AddressPattern("*://SHOP.example/*")
            tag.settings.ignoreText = ["ad"]
        }
        func members() async throws -> Set<WatchID> {
            Set(try await store.page(WatchQuery(tag: tag.id)).rows.map(\.id))
        }
        #expect(try await members() == [kettle])
        #expect(try await store.tagCounts() == [tag.id: 1])
        #expect(try await store.rows([kettle]).first?.tags == [tag.id])
        #expect(try await store.watch(kettle)?.tags == [])
        #expect(try await store.checkJob(kettle)?.settings.ignoreText == ["ad"])
        #expect(try await store.checkJob(news)?.settings.ignoreText == [])
        #expect(try await store.checkableCount(tag: tag.id) == 1)

        // A watch that comes, one that moves there, and one that moves away.
        let pot = try await fixture.add("http://shop.example/pot").id
        #expect(try await members() == [kettle, pot])
        _ = try await store.update(news, now: .at(1)) { $0.url = "https://shop.example/news" }
        _ = try await store.update(pot, now: .at(1)) { $0.url = "https://elsewhere.example/" }
        #expect(try await members() == [kettle, news])
        #expect(try await store.checkJob(pot)?.settings.ignoreText == [])
        #expect(try await store.tagSettings(of: [], address: "https://shop.example/x").map(\.ignoreText) == [["ad"]])
    }

    @Test("what a watch was given survives a pattern that goes, and a pattern what a person takes away")
    func bothWays() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let tag = try await store.createTag("Shops", now: .at(0))
        let watch = try await store.create(
            [NewWatch(url: "https://shop.example/", tags: [tag.id])], now: .at(0))[0].id
        func pattern(_ text: String) async throws {
            _ = try await store.updateTag(tag.id, now: .at(0)) { $0.addresses = AddressPattern(text) }
        }
        func shown() async throws -> [TagID] { try await store.rows([watch]).first?.tags ?? [] }
        try await pattern("shop")
        try await pattern("other")
        #expect(try await shown() == [tag.id])
        try await pattern("shop")
        _ = try await store.update(watch, now: .at(1)) { $0.tags = [] }
        #expect(try await shown() == [tag.id])
        #expect(try await store.watch(watch)?.tags == [])
        _ = try await store.update(watch, now: .at(2)) { $0.tags = [tag.id] }
        try await pattern("")
        #expect(try await shown() == [tag.id])
        _ = try await store.update(watch, now: .at(3)) { $0.tags = [] }
        #expect(try await shown() == [])
        #expect(try await store.tagCounts() == [:])
        try await store.quickCheck()
    }

    @Test("a new pattern lets the pages of those that come and go be looked at anew, when the tag adds something")
    func looksAnew() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let one = try await fixture.add("http://one.example/").id, two = try await fixture.add("http://two.example/").id
        let tag = try await store.createTag("t", now: .at(0))
        func revisions() async throws -> [Int64?] {
            [try await store.checkJob(one)?.revision, try await store.checkJob(two)?.revision]
        }
        _ = try await store.updateTag(tag.id, now: .at(0)) { $0.addresses = AddressPattern("one.") }
        _ = try await store.updateTag(tag.id, now: .at(0)) { tag in
            tag.colour = TagColour("#abc")
            tag.notificationMuted = true
        }
        #expect(try await revisions() == [1, 1])
        _ = try await store.updateTag(tag.id, now: .at(0)) { $0.settings.triggerText = ["x"] }
        #expect(try await revisions() == [2, 1])
        _ = try await store.updateTag(tag.id, now: .at(0)) { $0.addresses = AddressPattern("two.") }
        #expect(try await revisions() == [3, 2])
        let stored = try #require(try await store.tag(tag.id))
        #expect(stored.colour?.description == "#abc" && stored.notificationMuted && stored.addresses.text == "two.")
        #expect(try await store.tags() == [stored])
    }

    @Test("what a click opens is in rows and lists, and a change of it checks nothing")
    func linkToOpen() async throws {
        let fixture = try Fixture()
        let store = fixture.store
        let watch = try await fixture.add().id
        _ = try await store.record(.changed(watch, at: 1, "text"))
        let due = try await store.watch(watch)?.state.nextDue
        let edited = try await store.update(watch, now: .at(2)) { $0.settings.linkToOpen = "https://a.example/" }
        #expect(edited?.settings.linkToOpen == "https://a.example/")
        #expect(edited?.state.nextDue == due)
        #expect(try await store.checkJob(watch)?.revision == 1)
        #expect(try await store.rows([watch]).first?.linkToOpen == "https://a.example/")
        #expect(try await store.allForAPI().first?.linkToOpen == "https://a.example/")
    }
}
