import Domain
import Foundation
import Testing

@Suite("A watch's settings")
struct WatchSettingsTests {
    /// Settings in which nothing is as in a watch without wishes.
    private static let wishes: WatchSettings = {
        var all = WatchSettings()
        all.method = "POST"
        all.headers = ["A": "b"]
        all.body = "body"
        all.ignoreStatusCodes = false
        all.timeBetweenCheck = CheckInterval(minutes: 5)
        all.usesDefaultInterval = false
        all.includeFilters = ["a"]
        all.subtractiveSelectors = ["b"]
        all.ignoreText = ["c"]
        all.triggerText = ["d"]
        all.textShouldNotBePresent = ["e"]
        all.extractLinesContaining = ["f"]
        all.extractText = ["g"]
        all.trimTextWhitespace = true
        all.removeDuplicateLines = true
        all.sortTextAlphabetically = true
        all.stripIgnoredLines = false
        all.countsAdded = false
        all.countsRemoved = false
        all.countsReplaced = false
        all.wantsUniqueLines = true
        all.conditions = [WatchCondition(field: .wordCount, operator: .greater, value: "3")]
        all.conditionLogic = .any
        all.historyLimit = 9
        all.processor = .restock
        all.restock.stock = .allChanges
        all.restock.followsPrice = false
        all.restock.priceMinimum = 1
        all.restock.priceMaximum = 2
        all.restock.thresholdPercent = 3
        all.image.minimumPercent = 2.5
        all.image.sensitivity = 80
        all.image.box = PixelBox(x: 1, y: 2, width: 3, height: 4)
        all.priceData = .rejected
        return all
    }()

    @Test("every setting is stored: none is forgotten where they are written or read")
    func everySetting() throws {
        let plain = Settings.fields(of: WatchSettings())
        let wished = Settings.fields(of: Self.wishes)
        for (before, after) in zip(plain, wished) {
            #expect(
                String(reflecting: before.value) != String(reflecting: after.value),
                "give \(after.label ?? "?") another value in this test's wishes")
        }
        let stored = try JSONEncoder().encode(Self.wishes)
        #expect(try JSONDecoder().decode(WatchSettings.self, from: stored) == Self.wishes)
        let names = try #require(JSONSerialization.jsonObject(with: stored) as? [String: Any])
        #expect(names.count == wished.count)
    }

    @Test("a watch without wishes takes no room")
    func plain() throws {
        #expect(try JSONEncoder().encode(WatchSettings()) == Data("{}".utf8))
    }
}

extension Settings {
    /// The single settings of a value, those of its rules for the text among them.
    static func fields(of settings: Any) -> [Mirror.Child] {
        Mirror(reflecting: settings).children.flatMap { field in
            field.value is TextRules ? Array(Mirror(reflecting: field.value).children) : [field]
        }
    }
}
