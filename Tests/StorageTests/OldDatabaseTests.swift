import Domain
import Foundation
import GRDB
import Storage
import StoreTestKit
import Testing

/// `Golden/before-the-table.db` was written by the version whose settings were coded by hand, with every setting there
/// was.
@Suite("A database of an older version")
struct OldDatabaseTests {
    private static func opened() throws -> (folder: String, store: Store) {
        let folder = Fixture.makeFolder()
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/before-the-table.db")
        let path = folder + "/turnstone.db"
        try FileManager.default.copyItem(atPath: golden.path, toPath: path)
        return (folder, try Store.open(at: path))
    }

    private static func watch(_ url: String, _ store: Store) async throws -> Watch {
        let rows = try await store.page(WatchQuery(limit: 10)).rows
        let row = try #require(rows.first { $0.url == "http://127.0.0.1:5656/\(url)" })
        return try #require(try await store.watch(row.id))
    }

    @Test("gives back every setting of a watch")
    func watch() async throws {
        let (folder, store) = try Self.opened()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let watch = try await Self.watch("all", store)
        #expect(watch.settings == Self.everything)
        #expect(watch.title == "Everything" && watch.tags.count == 1)
        #expect(try await Self.watch("matched", store).settings == WatchSettings())
        let paused = try await Self.watch("paused", store)
        #expect(paused.paused && paused.notificationMuted && paused.settings.processor == .restock)
        try store.close()
    }

    @Test("gives back every setting of a tag, of all watches, and what they make together")
    func others() async throws {
        let (folder, store) = try Self.opened()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let tag = try #require(try await store.tags().first)
        #expect(tag.settings == Self.tag && tag.title == "News" && tag.notificationMuted)
        #expect(tag.colour?.description == "#4f8ef7" && tag.addresses.text == "*/matched")
        let all = try await store.settings()
        #expect(all == Self.all)
        let merged = Self.everything.merged(with: [tag.settings], under: all)
        #expect(merged.includeFilters == ["p", "//p", "body"])
        #expect(merged.subtractiveSelectors == ["footer", "nav", ".ad", "header"])
        #expect(merged.ignoreText == ["/a\\d/i", "ad", "tagged", "/\\d+ visitors/"])
        #expect(merged.restock == Self.tag.restock)
        #expect(merged.stripIgnoredLines == false && merged.historyLimit == 7)
        try store.close()
    }

    @Test("is written as it was before: whoever goes back reads it")
    func writtenAlike() async throws {
        let (folder, store) = try Self.opened()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let watch = try await Self.watch("all", store)
        let before = try Self.stored(folder)
        _ = try await store.update(watch.id, now: .at(0)) { $0.settings.method = "PUT" }
        _ = try await store.update(watch.id, now: .at(1)) { $0.settings.method = "POST" }
        let after = try Self.stored(folder)
        #expect(before == after)
        try store.close()
    }

    private static func stored(_ folder: String) throws -> [String] {
        try DatabaseQueue(path: folder + "/turnstone.db").read { db in
            try String.fetchAll(db, sql: "SELECT settings FROM watch WHERE settings IS NOT NULL ORDER BY id")
        }
    }

    private static let everything: WatchSettings = {
        var all = WatchSettings()
        all.method = "POST"
        all.headers = ["Cookie": "a=b", "X-Key": "v"]
        all.body = "x={{ 1 }}"
        all.ignoreStatusCodes = true
        all.linkToOpen = "https://example.org/open"
        all.timeBetweenCheck = CheckInterval(weeks: 1, days: 2, hours: 3, minutes: 4, seconds: 5)
        all.usesDefaultInterval = false
        all.includeFilters = ["p", "//p"]
        all.subtractiveSelectors = ["nav"]
        all.ignoreText = ["/a\\d/i", "ad"]
        all.triggerText = ["Price"]
        all.textShouldNotBePresent = ["maintenance"]
        all.extractLinesContaining = ["price"]
        all.extractText = ["/Price \\d+/"]
        all.trimTextWhitespace = true
        all.removeDuplicateLines = true
        all.sortTextAlphabetically = true
        all.stripIgnoredLines = false
        all.countsRemoved = false
        all.countsReplaced = false
        all.wantsUniqueLines = true
        all.conditions = [
            WatchCondition(field: .wordCount, operator: .greater, value: "0"),
            WatchCondition(field: .text, operator: .matches, value: "\\d"),
        ]
        all.conditionLogic = .any
        all.historyLimit = 7
        all.priceData = .rejected
        all.restock.stock = .allChanges
        all.restock.followsPrice = false
        all.restock.priceMinimum = 10
        all.restock.priceMaximum = 20.5
        all.restock.thresholdPercent = 5
        all.image.minimumPercent = 2.5
        all.image.sensitivity = 80
        all.image.box = PixelBox(x: 1, y: 2, width: 3, height: 4)
        return all
    }()

    private static let tag: TagSettings = {
        var tag = TagSettings()
        tag.includeFilters = ["body"]
        tag.subtractiveSelectors = ["footer"]
        tag.ignoreText = ["tagged"]
        tag.triggerText = ["Price"]
        tag.textShouldNotBePresent = ["closed"]
        tag.extractLinesContaining = ["1"]
        tag.extractText = ["/\\d+/"]
        tag.overridesWatch = true
        tag.restock.stock = .off
        tag.restock.followsPrice = false
        tag.restock.priceMinimum = 1
        tag.restock.priceMaximum = 2
        tag.restock.thresholdPercent = 3
        return tag
    }()

    private static let all: Settings = {
        var all = Settings()
        all.timeBetweenCheck = CheckInterval(hours: 5, minutes: 30)
        all.jitterSeconds = 9
        all.subtractiveSelectors = [".ad", "header"]
        all.ignoreText = ["/\\d+ visitors/", "ad"]
        all.historyLimit = 50
        all.pagerSize = 25
        all.stripIgnoredLines = true
        all.ignoreWhitespace = false
        all.renderAnchorTagContent = true
        all.emptyPagesAreAChange = true
        all.rssReaderMode = true
        return all
    }()
}
